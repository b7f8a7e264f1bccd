"""Many vouchers at the same moment, and actions that break off in the middle."""

from collections import Counter
from functools import partial
from itertools import count

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection

from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.roles import Role
from portal.tenancy import acting_for_all
from tests.concurrency import at_once
from tests.conftest import LOGIN
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.portal import actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.uploads import read_now
from tests.vouchers.actions import accounts, acting, recorded
from vouchers.models import (
    Balance,
    LedgerEntry,
    Voucher,
    VoucherBatch,
    VoucherImport,
)
from vouchers.services import assignment, voucher_imports, vouchers
from vouchers.services.assignment import Assignee
from vouchers.services.vouchers import VoucherSpec

pytestmark = pytest.mark.django_db(transaction=True)
IS_THERE = "SELECT FROM pg_stat_activity WHERE pid = %s"
TABLE = "Engagement type,Days,Country of delivery,Project manager"


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(days=250, program__reissue_days=30)


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def kind(agreement):
    return EngagementTypeFactory(
        offering__program=agreement.program, lengths=[5], name="Cloud"
    )


def acted(actor, action, *args, **details):
    with acting(actor):
        return action(*args, **details, by=actor)


def uploaded(owner, *rows):
    file = ContentFile("\n".join([TABLE, *rows]).encode(), "vouchers.csv")
    return read_now(acted(owner, voucher_imports.TABLES.upload, file))


def test_of_fifty_batches_on_days_for_half_exactly_half_are_made(
    agreement, owner, kind
):
    actions = [
        partial(
            acted,
            owner,
            vouchers.create,
            agreement,
            [VoucherSpec(kind, 5, "DE"), VoucherSpec(kind, 5, "DE")],
        )
        for _rival in range(50)
    ]

    outcomes = at_once(*actions)

    assert Counter(type(each) for each in outcomes) == {VoucherBatch: 25, Refused: 25}
    assert accounts(agreement) == (0, 250, 0, 0, 0)
    assert VoucherBatch.objects.count() == 25
    assert Voucher.objects.count() == 50
    assert recorded() == ["voucher.created"] * 50


@pytest.mark.parametrize("times", [2, 50])
def test_one_table_sent_several_times_at_once_is_one_batch(
    agreement, owner, kind, times
):
    kept = uploaded(owner, *["Cloud,5,DE,"] * 10)

    outcomes = at_once(
        *[partial(acted, owner, voucher_imports.TABLES.confirm, kept)] * times
    )

    assert set(outcomes) == {kept}
    assert VoucherBatch.objects.get().ticket == kept.ticket
    assert Voucher.objects.count() == 10
    assert accounts(agreement) == (200, 50, 0, 0, 0)


def test_of_two_tables_with_the_same_rows_at_once_one_is_asked_about(
    agreement, owner, kind
):
    kept = [uploaded(owner, "Cloud,5,DE,") for _table in range(2)]

    outcomes = at_once(
        *[partial(acted, owner, voucher_imports.TABLES.confirm, each) for each in kept]
    )

    assert Counter(map(type, outcomes)) == {VoucherImport: 1, Refused: 1}
    assert Voucher.objects.count() == 1
    assert accounts(agreement) == (245, 5, 0, 0, 0)


def test_two_actions_on_the_same_vouchers_do_not_tie_each_other_up(agreement, owner):
    VoucherFactory.create_batch(10, agreement=agreement)
    backwards = Voucher.objects.order_by("-pk")

    outcomes = at_once(
        partial(acted, owner, vouchers.cancel, Voucher.objects.all()),
        partial(acted, owner, vouchers.cancel, backwards),
    )

    assert Counter(map(type, outcomes)) == {int: 1, Refused: 1}
    assert accounts(agreement) == (250, 0, 0, 0, 0)


def creating(agreement, owner, kind):
    manager = actor_of(agreement.customer, Role.PROJECT_MANAGER).person
    partner = eligible_partner(kind)
    actor_of(partner, Role.DELIVERY_LEAD)
    wanted = [
        VoucherSpec(kind, 5, "DE", to=Assignee(manager, partner)) for _ in range(3)
    ]
    return partial(vouchers.create, agreement, wanted)


def importing(agreement, owner, kind):
    manager = actor_of(agreement.customer, Role.PROJECT_MANAGER).person
    kept = uploaded(owner, *[f"Cloud,5,DE,{manager.email}"] * 3)
    return partial(voucher_imports.TABLES.confirm, kept)


def cancelling(agreement, owner, kind):
    for _number in range(3):
        VoucherFactory(
            agreement=agreement, assigned=True, partner=eligible_partner(kind)
        )
    return partial(vouchers.cancel, Voucher.objects.all())


def handing_over(agreement, owner, kind):
    VoucherFactory.create_batch(3, agreement=agreement, assigned=True)
    return partial(assignment.hand_over, Voucher.objects.all(), owner.person)


def reissuing(agreement, owner, kind):
    voucher = VoucherFactory(agreement=agreement, expired=True)
    return partial(vouchers.reissue, voucher)


def state_of_all():
    """Return what an action could have left behind, as another session sees it."""
    with acting_for_all():
        return (
            list(Voucher.objects.order_by("pk").values_list("pk", "state")),
            list(Voucher.objects.order_by("pk").values_list("project_manager")),
            list(Balance.objects.order_by("pk").values_list("free", "held")),
            LedgerEntry.objects.count(),
            AuditEntry.objects.count(),
            VoucherBatch.objects.count(),
            Email.objects.count(),
        )


class Ending:
    """Ends the session on the server just before its n-th statement."""

    def __init__(self, when):
        self.left = when

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0:
            settings = connection.settings_dict
            login = {k.lower(): settings[k] for k in LOGIN if settings[k]}
            pid = connection.connection.info.backend_pid
            login |= {"dbname": settings["NAME"], "autocommit": True}
            with psycopg.connect(**login) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [pid])
                # Given seconds to wait, the server would look every 100 ms only.
                while other.execute(IS_THERE, [pid]).rowcount:
                    pass
        return execute(sql, params, many, context)


@pytest.mark.parametrize(
    "begin", [creating, importing, cancelling, handing_over, reissuing]
)
def test_a_session_that_ends_between_two_statements_leaves_nothing_half_done(
    agreement, owner, kind, begin
):
    action = begin(agreement, owner, kind)
    before = state_of_all()

    for when in count(start=1):
        ending = Ending(when)
        try:
            with connection.execute_wrapper(ending):
                acted(owner, action)
        except DatabaseError:
            connection.close()
        if ending.left > 0:
            break
        assert state_of_all() == before, f"statement {when}"

    assert when > 5
    assert state_of_all() != before

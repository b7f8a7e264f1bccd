"""A voucher in the place of an expired one: once, within the program's days."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from portal import clock
from portal.findings import Refused, unmet_findings
from portal.models import AuditEntry
from tests.concurrency import at_once
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory, owner_of
from tests.vouchers.actions import accounts, acting, recorded, told
from vouchers.models import State, Voucher
from vouchers.services import vouchers


def expired(days=30, ago=1, **fields):
    agreement = CustomerAgreementFactory(program__reissue_days=days)
    return VoucherFactory(
        agreement=agreement,
        expired=True,
        label="Project",
        expires_on=clock.today() - timedelta(days=ago),
        **fields,
    )


def reissue(voucher, owner=None):
    owner = owner or owner_of(voucher)
    with acting(owner):
        return vouchers.reissue(voucher, by=owner)


@pytest.mark.django_db
def test_a_reissued_voucher_is_like_the_expired_one():
    old = expired()

    made = reissue(old)

    same = ["agreement", "engagement_type", "days", "country", "label"]
    assert [getattr(made, name) for name in same] == [
        getattr(old, name) for name in same
    ]
    assert (made.state, made.reissue_of) == (State.CREATED, old)
    assert made.expires_on > clock.today()
    assert accounts(old.agreement) == (45, 5, 0, 0, 0)


@pytest.mark.django_db
def test_both_vouchers_tell_of_the_reissue():
    old = expired()

    made = reissue(old)

    for voucher, other in [(old, made), (made, old)]:
        entry = AuditEntry.objects.about(voucher).get()
        assert (entry.verb, entry.reason) == (
            "voucher.reissued",
            f"See voucher {other}.",
        )


@pytest.mark.django_db
def test_its_project_manager_gets_it_again_who_is_still_there():
    old = expired(assigned=True, state=State.EXPIRED)

    made = reissue(old)

    made = Voucher.objects.get(pk=made.pk)
    assert (made.state, made.project_manager) == (
        State.ASSIGNED,
        old.project_manager,
    )
    assert told() == [("voucher-assigned-manager", old.project_manager.email)]


@pytest.mark.django_db
def test_a_project_manager_who_left_gets_nothing():
    old = expired(assigned=True, state=State.EXPIRED)
    old.project_manager.memberships.update(is_active=False)

    made = reissue(old)

    assert (made.state, told()) == (State.CREATED, [])


def refused_rules(voucher):
    with pytest.raises(Refused) as refusal:
        reissue(voucher)
    assert not Voucher.objects.filter(reissue_of=voucher).exclude(state=State.CREATED)
    return [str(each.rule) for each in unmet_findings(refusal.value.findings)]


@pytest.mark.django_db
def test_a_voucher_is_reissued_once():
    old = expired()
    reissue(old)

    assert refused_rules(old) == ["It was not reissued before"]
    assert recorded() == ["voucher.reissued"] * 2


@pytest.mark.django_db
def test_the_database_keeps_a_reissue_alone():
    old = expired()
    made = reissue(old)

    with pytest.raises(IntegrityError), transaction.atomic():
        VoucherFactory(agreement=old.agreement, reissue_of=made.reissue_of)


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "ago"), [(30, 31), (0, 1)])
def test_after_the_programs_days_nothing_is_reissued(days, ago):
    assert refused_rules(expired(days, ago)) == ["The program still reissues it"]


@pytest.mark.django_db
def test_on_the_last_of_the_programs_days_it_is():
    assert reissue(expired(30, 30)).state == State.CREATED


@pytest.mark.django_db
def test_what_has_not_expired_is_not_reissued():
    voucher = VoucherFactory(
        agreement=CustomerAgreementFactory(program__reissue_days=30)
    )

    assert "The voucher has expired" in refused_rules(voucher)


@pytest.mark.django_db
def test_without_free_days_nothing_is_reissued():
    old = expired()
    VoucherFactory.create_batch(9, agreement=old.agreement, days=5)
    VoucherFactory(agreement=old.agreement, days=3)

    assert refused_rules(old) == ["Such a voucher can be created today"]
    assert accounts(old.agreement) == (2, 48, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_ten_reissues_at_once_make_one_voucher():
    old = expired()

    outcomes = at_once(*[partial(reissue, old, owner_of(old))] * 10)

    assert [type(each) for each in outcomes].count(Voucher) == 1
    assert [type(each) for each in outcomes].count(Refused) == 9
    assert accounts(old.agreement) == (45, 5, 0, 0, 0)

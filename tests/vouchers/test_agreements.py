"""Ending, lengthening and adjusting an agreement; days that end with it."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, ProgrammingError, connection
from django.utils.formats import date_format

from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.roles import Duty, Role
from portal.tenancy import acting_for, acting_for_all
from tests.concurrency import at_once
from tests.factories.enrollment import EngagementTypeFactory, ProgramFactory
from tests.factories.portal import CustomerFactory, actor_of, staff_actor
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory, owner_of
from tests.vouchers.actions import accounts, acting, recorded, told
from vouchers import tasks
from vouchers.models import AgreementStatus, Balance, CustomerAgreement, LedgerEntry
from vouchers.models.ledger import EntryType
from vouchers.services import agreements, ledger, vouchers
from vouchers.services.vouchers import VoucherSpec

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return staff_actor(Duty.PROGRAM_MANAGER)


@pytest.fixture
def pool():
    return CustomerAgreementFactory()


@pytest.fixture
def owner(pool):
    return actor_of(pool.customer, Role.BENEFIT_ADMIN)


def expired(agreement):
    return Balance.objects.get(agreement=agreement).expired


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        (-201, AgreementStatus.NOT_YET),
        (-200, AgreementStatus.RUNNING),
        (400, AgreementStatus.RUNNING),
        (401, AgreementStatus.ENDED),
    ],
)
def test_an_agreement_stands_where_its_days_say(pool, day, standing):
    assert pool.standing_on(clock.in_days(day)) == standing


def test_a_licensing_id_has_a_pool_in_each_program(pool):
    second = CustomerAgreementFactory(
        customer=pool.customer, licensing_id=pool.licensing_id, days=5
    )

    assert second.program != pool.program
    assert (accounts(pool)[0], accounts(second)[0]) == (50, 5)


def test_a_licensing_id_has_one_pool_in_one_program(pool):
    with pytest.raises(IntegrityError, match="customer_agreement_once"):
        CustomerAgreementFactory(
            program=pool.program, licensing_id=pool.licensing_id, days=0
        )


def test_ending_early_says_when_and_why_and_tells_the_customer(pool, owner, manager):
    day = clock.in_days(30)

    agreements.end_agreement(
        pool, last_day=day, reason="Contract was left.", by=manager
    )

    held = CustomerAgreement.objects.get()
    assert (held.ended_on, held.last_day) == (day, day)
    assert AuditEntry.objects.get().reason == "Contract was left."
    assert told() == [("entitlement-ended", owner.person.email)]
    assert "Contract was left." in Email.objects.get().body


@pytest.mark.parametrize("days", [-201, 400, 401])
def test_an_end_outside_of_the_agreement_is_refused(pool, manager, days):
    with pytest.raises(Refused, match="Choose a day from"):
        agreements.end_agreement(
            pool, last_day=clock.in_days(days), reason="x", by=manager
        )

    assert recorded() == []


def test_an_agreement_is_ended_once(pool, manager):
    end = partial(agreements.end_agreement, pool, reason="x", by=manager)
    end(last_day=clock.in_days(30))

    with pytest.raises(Refused, match=r"ended on .* already"):
        end(last_day=clock.in_days(20))


def test_lengthening_moves_the_last_day_and_tells_the_customer(pool, owner, manager):
    agreements.renew_agreement(pool, ends_on=clock.in_days(500), by=manager)

    assert CustomerAgreement.objects.get().last_day == clock.in_days(500)
    assert recorded() == ["entitlement.renewed"]
    assert told() == [("entitlement-renewed", owner.person.email)]


@pytest.mark.parametrize("days", [-10, 400])
def test_lengthening_never_shortens(pool, manager, days):
    with pytest.raises(Refused, match="Choose a later day"):
        agreements.renew_agreement(pool, ends_on=clock.in_days(days), by=manager)


def test_what_was_ended_early_is_not_lengthened(manager):
    pool = CustomerAgreementFactory(ended_on=clock.in_days(-1))

    with pytest.raises(Refused, match="ended early"):
        agreements.renew_agreement(pool, ends_on=clock.in_days(500), by=manager)


@pytest.mark.parametrize(
    ("days", "kind"), [(5, EntryType.RAISED), (-50, EntryType.LOWERED)]
)
def test_an_adjustment_moves_days_with_its_reason(pool, owner, manager, days, kind):
    agreements.adjust(pool, days=days, reason="Order 7 was wrong.", by=manager)

    assert accounts(pool)[0] == 50 + days
    entry = LedgerEntry.objects.latest("pk")
    assert (entry.kind, entry.note) == (kind, "Order 7 was wrong.")
    assert recorded() == ["entitlement.adjusted"]
    assert told() == [("entitlement-adjusted", owner.person.email)]
    assert "Order 7 was wrong." in Email.objects.get().body


@pytest.mark.parametrize(
    ("days", "sentence"), [(0, "at least one day"), (-51, "has 50 free days")]
)
def test_an_adjustment_never_goes_below_zero(pool, manager, days, sentence):
    with pytest.raises(Refused, match=sentence):
        agreements.adjust(pool, days=days, reason="x", by=manager)

    assert accounts(pool) == (50, 0, 0, 0, 0)
    assert recorded() == []


def test_an_adjustment_sent_twice_counts_once(pool, manager):
    agreements.adjust(pool, days=5, reason="Order 7", by=manager)

    with pytest.raises(Refused, match="adjusted by these days for this reason"):
        agreements.adjust(pool, days=5, reason="Order 7", by=manager)

    assert accounts(pool)[0] == 55


def test_nothing_is_added_to_an_agreement_that_is_over(manager):
    pool = CustomerAgreementFactory(ended=True)

    for action in (
        partial(agreements.adjust, pool, days=5, reason="x"),
        partial(agreements.grant, pool, days=5, note="x"),
    ):
        with pytest.raises(Refused, match="ended on"):
            action(by=manager)
    agreements.adjust(pool, days=-5, reason="x", by=manager)


@pytest.mark.parametrize("duty", sorted(set(Duty) - {Duty.PROGRAM_MANAGER}))
def test_only_program_managers_change_agreements(pool, duty):
    other = staff_actor(duty)

    for action in (
        partial(agreements.adjust, pool, days=5, reason="x"),
        partial(agreements.renew_agreement, pool, ends_on=clock.in_days(500)),
        partial(agreements.end_agreement, pool, last_day=clock.today(), reason="x"),
    ):
        with pytest.raises(Refused, match="Program manager"):
            action(by=other)


@pytest.mark.parametrize(
    "kind", [EntryType.GRANTED, EntryType.RAISED, EntryType.LOWERED]
)
def test_a_customer_cannot_move_the_sponsors_days_in_raw_sql(pool, kind):
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        acting_for(pool.customer_id),
    ):
        LedgerEntry.objects.bulk_create([ledger.entry(kind, pool, 1, note="x")])


@pytest.mark.parametrize(
    "change",
    [
        "ends_on = ends_on + 1",
        "starts_on = starts_on - 1",
        "ended_on = NULL",
        "licensing_id = 'X'",
    ],
)
def test_a_customer_cannot_change_what_was_agreed_in_raw_sql(change):
    pool = CustomerAgreementFactory(ended_on=clock.in_days(5))

    with (
        pytest.raises(ProgrammingError, match="sponsor alone"),
        acting_for(pool.customer_id),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE vouchers_customeragreement SET {change}")


def test_a_customer_cannot_open_an_agreement_in_raw_sql(pool):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        acting_for(pool.customer_id),
    ):
        CustomerAgreement.objects.create(
            customer=pool.customer,
            program=pool.program,
            licensing_id="mine",
            starts_on=clock.today(),
            ends_on=clock.today(),
        )


def test_free_days_expire_after_the_last_day_and_the_customer_is_told(owner):
    gone = CustomerAgreementFactory(customer=owner.organization, ended=True, days=7)
    runs = CustomerAgreementFactory(customer=owner.organization)

    assert tasks.expire_free_days() == 1

    assert (accounts(gone)[0], expired(gone)) == (0, 7)
    assert accounts(runs)[0] == 50
    assert recorded() == ["entitlement.expired"]
    assert told() == [("entitlement-expired", owner.person.email)]
    assert "7 free days" in Email.objects.get().body


def test_the_wipe_takes_the_free_days_of_all_pools_and_leaves_what_is_held():
    program = ProgramFactory(pool_wipe_on=clock.today())
    pools = CustomerAgreementFactory.create_batch(3, program=program)
    voucher = VoucherFactory(agreement=pools[0])
    other = CustomerAgreementFactory()

    assert ledger.expire_free_days() == 3

    assert [expired(each) for each in pools] == [45, 50, 50]
    assert accounts(voucher.agreement)[:2] == (0, 5)
    assert accounts(other)[0] == 50


def test_the_wipe_waits_for_its_day():
    pool = CustomerAgreementFactory(program__pool_wipe_on=clock.in_days(1))

    assert ledger.expire_free_days() == 0
    assert accounts(pool)[0] == 50


def test_days_expire_by_the_calendar_of_their_customer(time_machine):
    time_machine.move_to("2026-03-10T00:15:00Z", tick=False)
    last = clock.today() - timedelta(days=1)
    east, west = (
        CustomerAgreementFactory(customer=CustomerFactory(time_zone=zone), ends_on=last)
        for zone in ("Asia/Taipei", "America/Los_Angeles")
    )

    ledger.expire_free_days()

    assert (expired(east), expired(west)) == (50, 0)


def test_expiring_free_days_twice_does_it_once(owner):
    pool = CustomerAgreementFactory(customer=owner.organization, ended=True)
    tasks.expire_free_days()
    before = told()

    assert tasks.expire_free_days() == 0

    assert expired(pool) == 50
    assert (recorded(), told()) == (["entitlement.expired"], before)


def test_days_that_come_back_after_the_wipe_go_with_the_next_run():
    program = ProgramFactory(pool_wipe_on=clock.in_days(-3))
    voucher = VoucherFactory(agreement=CustomerAgreementFactory(program=program))
    ledger.expire_free_days()
    owner = owner_of(voucher)

    with acting(owner):
        vouchers.cancel([voucher], by=owner)
    ledger.expire_free_days()

    assert expired(voucher.agreement) == 50


def test_many_pools_are_emptied_with_few_queries(django_assert_max_num_queries):
    CustomerAgreementFactory.create_batch(12, ended=True)

    with django_assert_max_num_queries(18):
        assert ledger.expire_free_days() == 12


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ended_on": clock.in_days(-1)}, date_format(clock.in_days(-1))),
        ({"program__pool_wipe_on": clock.today()}, "took all free days off"),
    ],
)
def test_no_voucher_is_made_of_days_that_are_over(fields, sentence):
    pool = CustomerAgreementFactory(**fields)
    owner = actor_of(pool.customer, Role.BENEFIT_ADMIN)
    kind = EngagementTypeFactory(offering__program=pool.program)

    with pytest.raises(Refused, match=sentence), acting(owner):
        vouchers.create(pool, [VoucherSpec(kind, 5, "DE")], by=owner)

    assert accounts(pool)[:2] == (50, 0)


def as_sponsor(action, *args, **details):
    with acting_for_all():
        return action(*args, **details)


@pytest.mark.django_db(transaction=True)
def test_two_adjustments_around_zero_leave_one_of_them():
    manager, pool = staff_actor(Duty.PROGRAM_MANAGER), CustomerAgreementFactory(days=10)

    outcomes = at_once(
        *[
            partial(
                as_sponsor, agreements.adjust, pool, days=-6, reason=why, by=manager
            )
            for why in "ab"
        ]
    )

    assert sorted(map(type, outcomes), key=str) == [type(None), Refused]
    assert accounts(pool)[0] == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_a_grant_beside_the_wipe_leaves_no_day(round_):
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    pool = CustomerAgreementFactory(program__pool_wipe_on=clock.today())

    granted, _wiped = at_once(
        partial(as_sponsor, agreements.grant, pool, days=5, note="x", by=manager),
        ledger.expire_free_days,
    )

    assert isinstance(granted, Refused)
    assert accounts(pool)[0] == 0


@pytest.mark.django_db(transaction=True)
def test_wipes_side_by_side_take_each_day_once():
    pools = CustomerAgreementFactory.create_batch(5, ended=True)

    outcomes = at_once(*[ledger.expire_free_days] * 4)

    assert sum(outcomes) == 5
    assert [expired(each) for each in pools] == [50] * 5

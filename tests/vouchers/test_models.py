"""The voucher's machine as a table, and what the database refuses."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection
from django.db.transaction import atomic
from django_fsm import TransitionNotAllowed, can_proceed

from enrollment.models import EngagementType, Offering, Program
from portal import clock
from portal.models import Organization
from portal.states import explain, ways
from tests.factories.enrollment import SignatureFactory
from tests.factories.portal import CustomerFactory, LocationFactory, PartnerFactory
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    ReservationFactory,
    VoucherFactory,
)
from vouchers.models import MOVES, ReleaseReason, Reservation, State, Voucher

STARTS = {
    "assign": {State.CREATED, State.ASSIGNED},
    "recall": {State.ASSIGNED},
    "reserve": {State.ASSIGNED},
    "release": {State.RESERVED},
    "redeem": {State.RESERVED},
    "reverse": {State.REDEEMED},
    "pay": {State.REDEEMED},
    "cancel": {State.CREATED, State.ASSIGNED},
}
UNUSED = {State.CREATED, State.ASSIGNED, State.RESERVED}
TARGETS = {
    "assign": State.ASSIGNED,
    "recall": State.CREATED,
    "reserve": State.RESERVED,
    "release": State.ASSIGNED,
    "redeem": State.REDEEMED,
    "reverse": State.RESERVED,
    "pay": State.PAID,
    "cancel": State.CANCELLED,
    "expire": State.EXPIRED,
}
DETAILS = {
    "assign": {"project_manager": None, "partner": None},
    "reserve": {"partner": None},
    "redeem": {"days": 5},
}
IN_TIME = {"assign", "recall", "reserve", "release", "redeem", "cancel"}
PAIRS = [(one, other) for one in State for other in State if one != other]


def voucher_in(state, *, days_left=0):
    return Voucher(
        state=state,
        customer=Organization(),
        engagement_type=EngagementType(offering=Offering(program=Program())),
        expires_on=clock.in_days(days_left),
    )


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", STARTS)
def test_each_move_starts_only_from_its_own_states(move, state):
    assert can_proceed(getattr(voucher_in(state), move)) == (state in STARTS[move])


@pytest.mark.parametrize("move", sorted({*STARTS, "expire"}))
def test_a_suspended_voucher_stands_still(move):
    start = next(iter(STARTS.get(move, UNUSED)))
    voucher = voucher_in(start, days_left=-1 if move == "expire" else 0)
    voucher.suspended_at = clock.now()

    with pytest.raises(TransitionNotAllowed) as refusal:
        getattr(voucher, move)(**DETAILS.get(move, {}))

    assert explain(refusal.value) == "The voucher is suspended by the sponsor."


@pytest.mark.parametrize("state", State)
def test_only_an_unused_voucher_past_its_date_expires(state):
    voucher = voucher_in(state, days_left=-1)

    assert can_proceed(voucher.expire) == (state in UNUSED)


@pytest.mark.parametrize("move", TARGETS)
def test_each_move_ends_in_its_state(move):
    days_left = -1 if move == "expire" else 0
    start = next(iter(STARTS.get(move, UNUSED)))
    voucher = voucher_in(start, days_left=days_left)

    getattr(voucher, move)(**DETAILS.get(move, {}))

    assert voucher.state == TARGETS[move]


@pytest.mark.parametrize("move", sorted(IN_TIME))
def test_people_do_nothing_with_a_voucher_past_its_date(move):
    voucher = voucher_in(next(iter(STARTS[move])), days_left=-1)

    with pytest.raises(TransitionNotAllowed) as refusal:
        getattr(voucher, move)(**DETAILS.get(move, {}))

    assert explain(refusal.value) == "The voucher has expired."


@pytest.mark.parametrize("state", sorted(UNUSED))
def test_a_voucher_does_not_expire_on_its_last_day(state):
    with pytest.raises(TransitionNotAllowed) as refusal:
        voucher_in(state).expire()

    assert explain(refusal.value) == "The voucher has not expired yet."


def test_the_last_day_ends_at_midnight_of_the_customer(time_machine):
    time_machine.move_to("2026-03-02T03:00:00Z", tick=False)
    late = Organization(time_zone="America/Los_Angeles")
    voucher = Voucher(
        state=State.ASSIGNED,
        customer=late,
        expires_on=clock.today() - timedelta(days=1),
    )

    assert can_proceed(voucher.reserve)


def test_the_state_cannot_be_set_by_hand():
    voucher = voucher_in(State.CREATED)

    with pytest.raises(AttributeError):
        voucher.state = State.PAID


def test_the_moves_of_the_database_are_those_of_the_machine():
    assert ways(Voucher) == MOVES


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "end"), [pair for pair in PAIRS if pair not in MOVES]
)
def test_the_database_refuses_every_other_way(start, end):
    voucher = VoucherFactory(**{start: True} if start != State.CREATED else {})

    with pytest.raises(match="Invalid transition"):
        Voucher.objects.filter(pk=voucher.pk).update(state=end)


@pytest.mark.django_db
def test_the_database_refuses_an_impossible_way_in_raw_sql():
    voucher = VoucherFactory(reserved=True)

    with (
        pytest.raises(match="Invalid transition"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE vouchers_voucher SET state = 'paid' WHERE id = %s", [voucher.pk]
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"days": 4}, "voucher_days_are_a_service_level"),
        ({"state": "lost"}, "voucher_state_is_known"),
        ({"assigned": True, "project_manager": None}, "voucher_assigned_has_manager"),
        ({"reserved": True, "partner": None}, "voucher_reserved_has_partner"),
        ({"reserved": True, "reserved_at": None}, "voucher_reserved_has_partner"),
        ({"redeemed": True, "redeemed_at": None}, "voucher_redeemed_has_its_moment"),
        ({"redeemed_at": clock.now()}, "voucher_redeemed_has_its_moment"),
    ],
)
def test_the_database_refuses_an_incomplete_voucher(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        VoucherFactory(**fields)


@pytest.mark.django_db
def test_a_voucher_belongs_to_the_customer_of_its_agreement():
    voucher = VoucherFactory()

    with pytest.raises(IntegrityError, match="voucher_agreement_customer_tied"):
        refuse_now(voucher, agreement=CustomerAgreementFactory())


@pytest.mark.django_db
def test_a_voucher_has_one_live_reservation():
    VoucherFactory(reserved=True)
    second = Reservation.objects.get()
    second.pk = None

    with pytest.raises(IntegrityError, match="reservation_one_live"):
        second.save()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"released_at": clock.now()},
        {"release_reason": ReleaseReason.CHANGED},
    ],
)
def test_a_released_reservation_has_moment_and_reason(fields):
    VoucherFactory(reserved=True)

    with pytest.raises(IntegrityError, match="reservation_released_has_reason"):
        Reservation.objects.update(**fields)


def refuse_now(row, **fields):
    """Change a row behind the models' back and ask the deferred constraints."""
    type(row).objects.filter(pk=row.pk).update(**fields)
    connection.check_constraints()


def another_hold(voucher, **fields):
    """Insert a released reservation behind the services' back."""
    ReservationFactory(
        voucher=voucher,
        released_at=clock.now(),
        release_reason=ReleaseReason.CHANGED,
        **fields,
    )
    connection.check_constraints()


@pytest.mark.django_db
def test_a_reservation_is_under_its_own_partners_location():
    voucher = VoucherFactory(reserved=True)

    with pytest.raises(IntegrityError, match="reservation_location_partner_tied"):
        another_hold(voucher, location=LocationFactory())


@pytest.mark.django_db
def test_a_reservation_is_under_its_own_partners_signature():
    voucher = VoucherFactory(reserved=True)

    with pytest.raises(IntegrityError, match="reservation_signature_partner_tied"):
        another_hold(voucher, signature=SignatureFactory())


@pytest.mark.django_db
def test_a_reservation_has_the_customer_of_its_voucher():
    voucher = VoucherFactory(reserved=True)

    with pytest.raises(IntegrityError, match="reservation_voucher_customer_tied"):
        another_hold(voucher, customer=CustomerFactory())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "promise = '[1]'",
        "rate_per_day = 1, rate_currency = 'EUR'",
        "reserved_at = now()",
        "location_id = location_id + 1",
    ],
)
def test_what_a_reservation_promises_never_changes(change):
    VoucherFactory(reserved=True)

    with pytest.raises(ProgrammingError, match="Cannot update rows"), atomic():
        execute(f"UPDATE vouchers_reservation SET {change}")


@pytest.mark.django_db
def test_a_suspended_voucher_does_not_move_even_by_raw_sql():
    VoucherFactory(suspended_at=clock.now(), suspension_reason="Under review")

    with pytest.raises(ProgrammingError, match="Cannot update rows"), atomic():
        execute("UPDATE vouchers_voucher SET state = 'cancelled'")


@pytest.mark.django_db
def test_the_last_day_moves_by_an_extension_only():
    VoucherFactory()

    with pytest.raises(ProgrammingError, match="by an extension only"), atomic():
        execute("UPDATE vouchers_voucher SET expires_on = expires_on + 1")


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
def test_next_names_the_partner_who_is_to_reserve():
    voucher = VoucherFactory(assigned=True, partner=PartnerFactory(name="Contoso"))

    assert voucher.next_step == "Contoso reserves it."


@pytest.mark.parametrize("state", State)
def test_every_state_says_what_comes_next(state):
    assert voucher_in(state).next_step.endswith(".")

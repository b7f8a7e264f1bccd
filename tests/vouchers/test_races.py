"""Actions on the same voucher or pool at the same moment."""

from collections import Counter
from functools import partial
from uuid import uuid4

import pytest
from django_fsm import TransitionNotAllowed

from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Location
from portal.roles import Duty, Role
from portal.states import explain
from portal.tenancy import acting_for_all
from tests.concurrency import at_once
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.portal import actor_of, staff_actor
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory, owner_of
from tests.vouchers.actions import accounts, acting, recorded, told
from vouchers.models import Reservation, State, Voucher, VoucherBatch
from vouchers.services import (
    agreements,
    assignment,
    redemptions,
    reservations,
    suspension,
    vouchers,
)
from vouchers.services.vouchers import VoucherSpec

pytestmark = pytest.mark.django_db(transaction=True)


def acted(actor, action, *args, **details):
    """Do an action as a page does it: on its own connection, for one organization."""
    with acting(actor):
        return action(*args, **details, by=actor)


def reserving(voucher, actor):
    place = Location.objects.get(organization=actor.organization)
    return partial(
        acted, actor, reservations.reserve, voucher, location=place, accepts_terms=True
    )


def kinds(outcomes):
    return Counter(type(outcome) for outcome in outcomes)


def test_fifty_reservations_by_five_partners_leave_one_holder():
    voucher = VoucherFactory(assigned=True)
    leads = [
        actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
        for _rival in range(5)
    ]

    outcomes = at_once(
        *[reserving(voucher, lead) for lead in leads for _try in "0123456789"]
    )

    assert kinds(outcomes) == {Reservation: 1, Refused: 49}
    held = Voucher.objects.get()
    assert (held.state, held.partner) == (
        State.RESERVED,
        Reservation.objects.get().partner,
    )
    assert AuditEntry.objects.get().organization == held.partner
    assert told() == sorted(
        ("voucher-reserved", person.email)
        for person in (voucher.admin, voucher.project_manager)
    )


def test_twenty_creations_on_days_for_ten_leave_no_day_twice():
    agreement = CustomerAgreementFactory(days=50)
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    engagement_type = EngagementTypeFactory(offering__program=agreement.program)
    actions = [
        partial(
            acted,
            owner,
            vouchers.create,
            agreement,
            [VoucherSpec(engagement_type, 5, "DE")],
        )
        for _press in range(20)
    ]

    outcomes = at_once(*actions)

    assert kinds(outcomes) == {VoucherBatch: 10, Refused: 10}
    assert accounts(agreement) == (0, 50, 0, 0, 0)
    assert recorded() == ["voucher.created"] * 10


def test_creations_and_cancellations_on_one_pool_do_not_block_each_other():
    agreement = CustomerAgreementFactory(days=100)
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    engagement_type = EngagementTypeFactory(offering__program=agreement.program)
    wanted = partial(VoucherSpec, engagement_type, 5, "DE")
    made = VoucherFactory.create_batch(10, agreement=agreement)

    outcomes = at_once(
        *[partial(acted, owner, vouchers.cancel, [voucher]) for voucher in made],
        *[partial(acted, owner, vouchers.create, agreement, [wanted()]) for _ in made],
    )

    assert kinds(outcomes) == {int: 10, VoucherBatch: 10}
    assert accounts(agreement) == (50, 50, 0, 0, 0)


def test_one_form_sent_by_ten_clicks_makes_one_voucher():
    agreement = CustomerAgreementFactory()
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    engagement_type = EngagementTypeFactory(offering__program=agreement.program)
    wanted, ticket = VoucherSpec(engagement_type, 5, "DE"), uuid4()
    press = partial(acted, owner, vouchers.create, agreement, [wanted], ticket=ticket)

    outcomes = at_once(*[press] * 10)

    assert set(outcomes) == {Voucher.objects.get().batch}
    assert accounts(agreement) == (45, 5, 0, 0, 0)


@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize(
    ("action", "verb", "end"),
    [
        (assignment.recall, "voucher.recalled", State.CREATED),
        (vouchers.cancel, "voucher.cancelled", State.CANCELLED),
    ],
)
def test_taking_back_against_a_reservation_ends_in_one_of_both(
    action, verb, end, round_
):
    voucher = VoucherFactory(assigned=True)
    owner = owner_of(voucher)
    lead = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)

    taken, reserved = at_once(
        partial(acted, owner, action, [voucher]), reserving(voucher, lead)
    )

    after = Voucher.objects.get()
    sentence = f"This cannot be done while the voucher is {after.state}."
    if after.state == State.RESERVED:
        assert explain(taken) == sentence
        assert recorded() == ["voucher.reserved"]
    else:
        assert (after.state, after.partner, str(reserved)) == (end, None, sentence)
        assert recorded() == [verb]


def test_a_suspension_against_a_reservation_stops_it_or_finds_it_made():
    voucher = VoucherFactory(assigned=True)
    lead = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    sponsor = staff_actor(Duty.PROGRAM_MANAGER)

    _suspended, reserved = at_once(
        partial(suspension.suspend, voucher, reason="An audit.", by=sponsor),
        reserving(voucher, lead),
    )

    after = Voucher.objects.get()
    assert after.suspended_at is not None
    if after.state == State.RESERVED:
        assert recorded() == ["voucher.reserved", "voucher.suspended"]
    else:
        assert str(reserved) == "The voucher is suspended by the sponsor."
        assert recorded() == ["voucher.suspended"]


def test_two_reversals_take_the_rest_from_the_pool_once():
    pool = CustomerAgreementFactory(days=10, program__allows_fewer_days=True)
    voucher = VoucherFactory(redeemed=True, agreement=pool, days_used=2)
    reviewer = staff_actor(Duty.DELIVERY_REVIEWER)

    def press():
        with acting_for_all():
            redemptions.reverse(voucher, reason="A mistake.", by=reviewer)

    outcomes = at_once(press, press)

    assert kinds(outcomes) == {type(None): 1, TransitionNotAllowed: 1}
    assert accounts(pool) == (5, 5, 0, 0, 0)


def test_two_ends_of_an_agreement_leave_the_first():
    pool = CustomerAgreementFactory(days=10)
    manager = staff_actor(Duty.PROGRAM_MANAGER)

    def press(days):
        with acting_for_all():
            agreements.end_agreement(
                pool, last_day=clock.in_days(days), reason="It was left.", by=manager
            )

    outcomes = at_once(partial(press, 30), partial(press, 20))

    assert kinds(outcomes) == {type(None): 1, Refused: 1}
    assert recorded() == ["entitlement.ended"]


def test_ten_cancellations_return_the_days_once():
    voucher = VoucherFactory()
    press = partial(acted, owner_of(voucher), vouchers.cancel, [voucher])

    outcomes = at_once(*[press] * 10)

    assert kinds(outcomes) == {int: 1, TransitionNotAllowed: 9}
    assert accounts(voucher.agreement) == (50, 0, 0, 0, 0)
    assert recorded() == ["voucher.cancelled"]


def test_an_old_release_does_not_end_the_next_partners_hold():
    voucher = VoucherFactory(reserved=True)
    old = actor_of(voucher.partner, Role.DELIVERY_LEAD)
    new = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    reason = "changed"
    acted(old, reservations.release, voucher, reason=reason)
    reserving(voucher, new)()

    outcomes = at_once(
        *[partial(acted, old, reservations.release, voucher, reason=reason)] * 2
    )

    assert kinds(outcomes) == {Refused: 2}
    assert Voucher.objects.get().partner == new.organization

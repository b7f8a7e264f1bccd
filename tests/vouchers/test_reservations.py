"""Reserving, releasing, and what each side sees of it."""

from datetime import date, timedelta

import pytest
from django_fsm import TransitionNotAllowed

from portal import clock
from portal.audit import timeline
from portal.findings import Refused, unmet_findings
from portal.models import Location
from portal.roles import Duty, Role
from portal.states import explain
from tests.factories.enrollment import ProgramAgreementFactory, eligible_partner
from tests.factories.portal import (
    LocationFactory,
    PartnerFactory,
    actor_of,
    staff_actor,
)
from tests.factories.vouchers import VoucherFactory, manager_of
from tests.vouchers.actions import acting, recorded, told
from vouchers.models import ReleaseReason, Reservation, State, Voucher
from vouchers.services import assignment, reservations

pytestmark = pytest.mark.django_db


@pytest.fixture
def voucher():
    return VoucherFactory(assigned=True)


@pytest.fixture
def lead(voucher):
    partner = eligible_partner(voucher.engagement_type, name="Contoso")
    return actor_of(partner, Role.DELIVERY_LEAD)


def place_of(actor, **fields):
    return Location.objects.filter(organization=actor.organization, **fields).first()


def reserve(voucher, actor, location=None, *, accepts_terms=True):
    place = location or place_of(actor)
    with acting(actor):
        return reservations.reserve(
            voucher, location=place, accepts_terms=accepts_terms, by=actor
        )


def seen_by(actor):
    with acting(actor):
        return list(Voucher.objects.all())


def test_reserving_holds_the_voucher_for_the_callers_partner(voucher, lead):
    reserve(voucher, lead)

    reserved = Voucher.objects.get()
    assert reserved.state == State.RESERVED
    assert reserved.partner == lead.organization
    assert recorded() == ["voucher.reserved"]


@pytest.mark.parametrize(
    ("zone", "holds"), [("Europe/Berlin", True), ("Europe/London", False)]
)
def test_a_partner_is_judged_for_the_day_at_its_own_place(
    voucher, lead, time_machine, zone, holds
):
    time_machine.move_to("2026-11-25T23:30:00Z")
    lead.organization.enrollments.update(starts_on=date(2026, 11, 26))
    lead.organization.time_zone = zone
    lead.organization.save()

    partners = assignment.partners_for(voucher)
    listed = lead.organization in assignment.eligible_partners(partners, [voucher])
    with acting(lead):
        offer = reservations.offer_to(lead.organization, voucher)

    assert (listed, offer.is_open) == (holds, holds)


def test_reserving_notes_place_terms_and_person(voucher, lead):
    reservation = reserve(voucher, lead)

    kept = Reservation.objects.get()
    assert kept == reservation
    assert (kept.location, kept.reserved_by) == (place_of(lead), lead.person)
    assert kept.signature == lead.organization.signatures.get()
    assert kept.reserved_at == Voucher.objects.get().reserved_at


def test_reserving_tells_admin_and_manager_once_each(voucher, lead):
    reserve(voucher, lead)

    assert told() == sorted(
        ("voucher-reserved", person.email)
        for person in (voucher.admin, voucher.project_manager)
    )


def test_who_has_left_the_customer_is_not_told(voucher, lead):
    actor_of(voucher.customer, Role.BENEFIT_ADMIN)
    voucher.admin.memberships.update(is_active=False)

    reserve(voucher, lead)

    assert told() == [("voucher-reserved", voucher.project_manager.email)]


def test_when_all_followers_have_left_the_benefit_admins_are_told(voucher, lead):
    heir = actor_of(voucher.customer, Role.BENEFIT_ADMIN)
    voucher.admin.memberships.update(is_active=False)
    voucher.project_manager.memberships.update(is_active=False)

    reserve(voucher, lead)

    assert told() == [("voucher-reserved", heir.person.email)]


def test_the_customer_reads_place_and_terms_of_the_hold(voucher, lead):
    reserve(voucher, lead)
    voucher = Voucher.objects.get(pk=voucher.pk)
    manager = manager_of(voucher)

    with acting(manager):
        hold = reservations.live_reservation(voucher)
        sentences = [line.sentence for line in timeline(voucher, manager)]

    assert hold.location == place_of(lead)
    assert sentences == ["reserved the voucher"]


def refusal_of(voucher, actor, **details):
    before = Voucher.objects.get(pk=voucher.pk).state
    with pytest.raises(Refused) as refusal:
        reserve(voucher, actor, **details)
    assert Voucher.objects.get(pk=voucher.pk).state == before
    assert recorded() == []
    assert told() == []
    return refusal.value


def test_terms_have_to_be_accepted(voucher, lead):
    refusal = refusal_of(voucher, lead, accepts_terms=False)

    assert refusal.field == "accepts_terms"
    assert not Reservation.objects.exists()


def test_a_location_of_another_company_is_refused(voucher, lead):
    refusal = refusal_of(voucher, lead, location=LocationFactory())

    assert (refusal.field, str(refusal)) == (
        "location",
        "Choose a location of your company.",
    )


def test_a_location_in_another_country_is_refused(voucher, lead):
    abroad = LocationFactory(organization=lead.organization, country="FR")

    refusal = refusal_of(voucher, lead, location=abroad)

    assert (refusal.field, str(refusal)) == (
        "location",
        "The voucher is for Germany: choose a location there.",
    )


def without_competency(partner):
    partner.competencies.update(valid_until=clock.today() - timedelta(days=1))


def lapsed(partner):
    yesterday = clock.today() - timedelta(days=1)
    partner.enrollments.update(ends_on=yesterday, good_until=yesterday)


def unsigned(partner):
    program = partner.signatures.get().agreement.program
    ProgramAgreementFactory(program=program, effective_on=clock.today())


@pytest.mark.parametrize("spoil", [without_competency, lapsed, unsigned])
def test_a_partner_that_is_not_eligible_is_refused_with_the_finding(
    voucher, lead, spoil
):
    spoil(lead.organization)

    refusal = refusal_of(voucher, lead)

    assert str(refusal) == "Your company cannot reserve this voucher."
    assert len(unmet_findings(refusal.findings)) == 1


def test_a_voucher_named_for_another_partner_is_refused(lead):
    named = VoucherFactory(
        assigned=True,
        partner=PartnerFactory(),
        engagement_type=lead_type(lead),
    )

    (missing,) = unmet_findings(refusal_of(named, lead).findings)

    assert missing.found == "Another partner."


def lead_type(actor):
    """Return the engagement type for which the actor's company is eligible."""
    return Voucher.objects.get().engagement_type


def test_a_program_past_its_last_day_takes_no_reservation(voucher, lead):
    program = voucher.program
    program.reservation_ends_on = clock.today() - timedelta(days=1)
    program.save()

    (missing,) = unmet_findings(refusal_of(voucher, lead).findings)

    assert missing.rule == "Last day to reserve"


@pytest.mark.parametrize("state", ["created", "reserved", "redeemed", "cancelled"])
def test_only_an_assigned_voucher_is_reserved(lead, state):
    fields = {} if state == "created" else {state: True}
    other = VoucherFactory(engagement_type=lead_type(lead), **fields)

    refusal = refusal_of(other, lead)

    assert str(refusal) == f"This cannot be done while the voucher is {state}."


def test_an_expired_voucher_is_not_reserved(lead):
    late = VoucherFactory(
        assigned=True,
        engagement_type=lead_type(lead),
        expires_on=clock.today() - timedelta(days=1),
    )

    assert str(refusal_of(late, lead)) == "The voucher has expired."


@pytest.mark.parametrize("role", [Role.FINANCE, Role.BENEFIT_ADMIN])
def test_only_holders_reserve(voucher, role):
    is_customer = role == Role.BENEFIT_ADMIN
    place = voucher.customer if is_customer else PartnerFactory()
    person = actor_of(place, role)

    refusal = refusal_of(voucher, person, location=LocationFactory())

    assert "Delivery lead" in str(refusal)


def test_reserving_twice_is_refused_and_changes_nothing(voucher, lead):
    reserve(voucher, lead)
    before = told()

    with pytest.raises(Refused, match="while the voucher is reserved"):
        reserve(voucher, lead)

    assert recorded() == ["voucher.reserved"]
    assert told() == before
    assert Reservation.objects.count() == 1


def release(voucher, actor, reason=ReleaseReason.NOT_TAKING_PLACE):
    with acting(actor):
        reservations.release(voucher, reason=reason, by=actor)


def test_releasing_opens_the_voucher_to_any_partner(voucher, lead):
    reserve(voucher, lead)
    expires_on = Voucher.objects.get().expires_on

    release(voucher, lead)

    free = Voucher.objects.get()
    assert (free.state, free.partner, free.reserved_at) == (State.ASSIGNED, None, None)
    assert free.expires_on == expires_on
    assert Reservation.objects.get().release_reason == ReleaseReason.NOT_TAKING_PLACE


def test_releasing_tells_the_customer_and_is_read_by_both(voucher, lead):
    reserve(voucher, lead)

    release(voucher, lead)

    assert [name for name, _to in told()] == [
        "voucher-released",
        "voucher-released",
        "voucher-reserved",
        "voucher-reserved",
    ]
    with acting(lead):
        last = timeline(voucher, lead)[-1]
    assert (last.sentence, last.reason) == (
        "released the reservation",
        "The engagement will not take place",
    )


def test_a_partner_that_released_a_voucher_loses_sight_of_it(voucher, lead):
    reserve(voucher, lead)
    assert seen_by(lead) == [voucher]

    release(voucher, lead)

    assert seen_by(lead) == []


def test_a_released_voucher_can_be_reserved_by_another(voucher, lead):
    reserve(voucher, lead)
    release(voucher, lead)
    other = actor_of(eligible_partner(voucher.engagement_type), Role.PARTNER_ADMIN)

    reserve(voucher, other)

    holders = [each.partner for each in Reservation.objects.order_by("pk")]
    assert holders == [lead.organization, other.organization]


@pytest.mark.parametrize("reason", ["silent", "expired", "", "boredom"])
def test_only_the_partners_own_reasons_count(voucher, lead, reason):
    reserve(voucher, lead)

    with pytest.raises(Refused) as refusal:
        release(voucher, lead, reason)

    assert refusal.value.field == "reason"
    assert Voucher.objects.get().state == State.RESERVED


def test_a_partner_cannot_release_what_another_holds(voucher, lead):
    reserve(voucher, lead)
    other = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)

    with pytest.raises(Refused, match="does not hold"):
        release(voucher, other)

    assert Voucher.objects.get().state == State.RESERVED
    assert recorded() == ["voucher.reserved"]


def test_a_redeemed_voucher_is_not_released():
    voucher = VoucherFactory(redeemed=True)
    holder = actor_of(voucher.partner, Role.DELIVERY_LEAD)

    with pytest.raises(TransitionNotAllowed) as refusal:
        release(voucher, holder)

    assert explain(refusal.value) == (
        "This cannot be done while the voucher is redeemed."
    )
    assert recorded() == []


def test_the_sponsor_ends_the_hold_of_a_silent_partner():
    voucher = VoucherFactory(reserved=True)
    lead = actor_of(voucher.partner, Role.PARTNER_ADMIN)
    lead_too = voucher.reservations.get().reserved_by

    reservations.release_silent(
        voucher, reason="No answer.", by=staff_actor(Duty.DELIVERY_REVIEWER)
    )

    assert Reservation.objects.get().release_reason == ReleaseReason.SILENT
    assert seen_by(lead) == []
    assert {mail for mail in told() if mail[0] == "voucher-hold-released"} == {
        ("voucher-hold-released", lead.person.email),
        ("voucher-hold-released", lead_too.email),
    }


@pytest.mark.parametrize("duty", [Duty.AUDITOR, Duty.PAYMENT_APPROVER])
def test_other_duties_end_no_hold(duty):
    voucher = VoucherFactory(reserved=True)

    with pytest.raises(Refused):
        reservations.release_silent(voucher, reason="No answer.", by=staff_actor(duty))

    assert Voucher.objects.get().state == State.RESERVED

"""A voucher's page: its stage and, apart from it, how it stands and why it waits."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from portal import clock
from portal.models import Location
from portal.roles import Role
from tests.factories.enrollment import eligible_partner
from tests.factories.payments import RateFactory
from tests.factories.portal import actor_of
from tests.factories.vouchers import VoucherFactory, manager_of, owner_of
from tests.vouchers.actions import acting
from vouchers.models import Extension, State, Voucher
from vouchers.presentation import vouchers
from vouchers.services import reservations

pytestmark = pytest.mark.django_db


def page(as_person, reader, voucher):
    address = reverse(
        "vouchers:detail", args=[reader.organization.slug, voucher.number]
    )
    return as_person(reader.person).get(address)


@pytest.mark.parametrize(
    ("fields", "standings"),
    [
        ({}, ["now", "later", "later", "later", "later"]),
        ({"reserved": True}, ["done", "done", "now", "later", "later"]),
        ({"paid": True}, ["done", "done", "done", "done", "now"]),
    ],
)
def test_the_stage_is_a_place_on_the_way(fields, standings):
    voucher = VoucherFactory(**fields)

    assert [each.standing for each in vouchers.stages_of(voucher)] == standings


@pytest.mark.parametrize("ending", ["cancelled", "expired"])
def test_a_voucher_that_came_to_nothing_has_no_more_to_come(ending):
    stages = vouchers.stages_of(VoucherFactory(**{ending: True}))

    assert [(str(each.label), each.standing) for each in stages] == [
        ("Created", "done"),
        (State(ending).label, "now"),
    ]


def test_suspending_changes_the_health_and_not_the_stage():
    voucher = VoucherFactory(reserved=True)
    before = vouchers.stages_of(voucher)
    voucher.suspended_at = clock.now()
    voucher.suspension_reason = "An audit."

    health = vouchers.health_of(voucher, voucher.customer)

    assert vouchers.stages_of(voucher) == before
    assert (health.word, health.until) == ("Suspended", None)
    assert health.next_step.startswith("The sponsor reactivates the voucher.")
    assert [each.code for each in health.findings] == ["standstill"]


@pytest.mark.parametrize(
    ("days", "word"), [(90, "On its way"), (30, "Little time is left")]
)
def test_little_time_is_told(days, word):
    voucher = VoucherFactory(reserved=True, expires_on=clock.in_days(days))

    health = vouchers.health_of(voucher, voucher.customer)

    assert (health.word, health.until) == (word, voucher.expires_on)


def test_the_programs_last_day_comes_before_the_vouchers_own():
    voucher = VoucherFactory(reserved=True)
    program = voucher.program
    program.redemption_ends_on = clock.in_days(20)
    program.save()

    assert vouchers.health_of(voucher, voucher.customer).until == clock.in_days(20)
    assert vouchers.last_days_of(voucher) == [("Last day to redeem", clock.in_days(20))]


def test_last_days_that_are_far_or_passed_by_are_not_told():
    voucher = VoucherFactory(reserved=True)
    program = voucher.program
    program.reservation_ends_on = clock.in_days(10)
    program.redemption_ends_on = clock.in_days(400)
    program.save()

    assert vouchers.last_days_of(voucher) == []


def test_a_closed_program_stands_in_the_way():
    voucher = VoucherFactory(assigned=True)
    program = voucher.program
    program.reservation_ends_on = clock.in_days(-1)
    program.save()

    health = vouchers.health_of(voucher, voucher.customer)

    assert health.word == "Something stands in its way"
    assert [each.code for each in health.findings] == ["ending"]


def test_each_side_learns_of_a_named_partner_what_is_its_business():
    kind = VoucherFactory().engagement_type
    partner = eligible_partner(kind, name="Contoso")
    voucher = VoucherFactory(assigned=True, partner=partner, engagement_type=kind)
    partner.competencies.all().delete()

    (to_customer,) = vouchers.health_of(voucher, voucher.customer).findings
    (to_partner,) = vouchers.health_of(voucher, partner).findings
    (to_sponsor,) = vouchers.health_of(voucher, None).findings

    assert to_customer.found == "Contoso does not meet the program's rules at present."
    assert to_partner.code == to_sponsor.code == "competency"


@pytest.fixture
def reserved():
    voucher = VoucherFactory(assigned=True)
    RateFactory(offering=voucher.engagement_type.offering)
    lead = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    place = Location.objects.get(organization=lead.organization)
    with acting(lead):
        reservations.reserve(voucher, location=place, accepts_terms=True, by=lead)
    return Voucher.objects.get()


def test_both_sides_read_the_promise_and_only_the_partner_the_rate(as_person, reserved):
    lead = actor_of(reserved.partner, Role.DELIVERY_LEAD)
    texts = {}

    for reader in (lead, manager_of(reserved)):
        texts[reader.kind] = page(as_person, reader, reserved).text

    day = date_format(clock.today())
    for text in texts.values():
        assert f"What was promised on {day}" in text
        assert "These checks cannot fail later" in text
        assert "Competency:" in text
    assert "€1,000.00" in texts["partner"]
    assert "1,000.00" not in texts["customer"]


def test_a_reservation_without_a_promise_shows_none(as_person):
    voucher = VoucherFactory(reserved=True)

    text = page(as_person, manager_of(voucher), voucher).text

    assert "What was promised" not in text
    assert "Reservation" in text


def test_the_page_of_a_suspended_voucher_says_so_to_both_sides(as_person):
    voucher = VoucherFactory(reserved=True, suspended=True)
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)

    for reader in (lead, owner_of(voucher)):
        text = page(as_person, reader, voucher).text

        assert "An audit of the agreement." in text
        assert "it does not expire" in text
    assert "Give the voucher back: The voucher is suspended by the sponsor." in (
        page(as_person, lead, voucher).text
    )


def test_both_sides_read_how_the_last_day_moved(as_person):
    voucher = VoucherFactory(reserved=True)
    until = voucher.expires_on + timedelta(days=7)
    Extension.objects.create(
        voucher=voucher,
        customer=voucher.customer,
        kind="sponsor",
        before=voucher.expires_on,
        until=until,
        reason="A strike.",
        extended_by=voucher.admin,
    )
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)

    for reader in (lead, owner_of(voucher)):
        text = page(as_person, reader, voucher).text

        assert "A strike." in text
        assert date_format(until) in text


def test_only_the_customer_reads_what_a_voucher_replaces(as_person):
    expired = VoucherFactory(expired=True)
    again = VoucherFactory(
        reserved=True, agreement=expired.agreement, reissue_of=expired
    )
    lead = actor_of(again.partner, Role.DELIVERY_LEAD)
    owner = owner_of(again)

    assert expired.number in page(as_person, owner, again).text
    assert expired.number not in page(as_person, lead, again).text
    assert again.number in page(as_person, owner, expired).text


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Berlin", 11), ("America/New_York", 10), ("UTC", 10)]
)
def test_the_stations_stand_in_the_zone_of_the_page(zone, day, time_machine):
    time_machine.move_to("2026-06-10T22:30:00Z", tick=False)
    voucher = VoucherFactory(reserved=True, customer__time_zone="Asia/Taipei")

    with timezone.override(zone):
        stages = {str(each.label): each.on for each in vouchers.stages_of(voucher)}

    assert stages["Reserved"] == date(2026, 6, day)

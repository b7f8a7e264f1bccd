"""What a reservation promises: what held at that moment, frozen in words."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone, translation
from django.utils.formats import date_format

from portal import clock
from portal.models import Location
from portal.roles import Role
from tests.factories.enrollment import eligible_partner
from tests.factories.payments import RateFactory
from tests.factories.portal import actor_of
from tests.factories.vouchers import VoucherFactory, manager_of
from tests.vouchers.actions import acting
from vouchers.models import Reservation, Voucher
from vouchers.presentation import vouchers
from vouchers.services import reservations

pytestmark = pytest.mark.django_db

OF_THE_MOMENT = ["voucher", "partner"]
LASTING = ["offering", "competency", "agreement", "enrollment"]


@pytest.fixture
def voucher():
    return VoucherFactory(assigned=True)


@pytest.fixture
def lead(voucher):
    partner = eligible_partner(voucher.engagement_type, name="Contoso")
    return actor_of(partner, Role.DELIVERY_LEAD)


def reserve(voucher, actor):
    place = Location.objects.filter(organization=actor.organization).first()
    with acting(actor):
        return reservations.reserve(
            voucher, location=place, accepts_terms=True, by=actor
        )


def test_every_rule_that_was_judged_is_written_down(voucher, lead):
    reserve(voucher, lead)

    all_of_it = reservations.findings_on_promise(Reservation.objects.get())
    assert [each.code for each in all_of_it] == [*OF_THE_MOMENT, *LASTING, "location"]
    assert all(each.holds for each in all_of_it)


def test_what_is_promised_is_what_cannot_fail_later(voucher, lead):
    reserve(voucher, lead)

    promised = reservations.promised_findings(Reservation.objects.get())
    assert [each.code for each in promised] == LASTING


def test_a_promise_is_in_the_words_of_then(voucher, lead):
    reserve(voucher, lead)
    held = lead.organization.competencies.get()
    said = f"{held}, verified."
    held.competency.name = "Something else"
    held.competency.save()
    lead.organization.competencies.all().delete()

    (competency,) = [
        each
        for each in reservations.promised_findings(Reservation.objects.get())
        if each.code == "competency"
    ]
    assert (competency.rule, competency.found) == ("Competency", said)
    assert competency.until == held.counts_until


def test_a_promise_is_read_in_the_readers_language(voucher, lead):
    reservation = reserve(voucher, lead)

    with translation.override("zh-hant"):
        in_chinese = reservations.promised_findings(reservation)

    in_english = reservations.promised_findings(reservation)
    assert in_english[1].rule == "Competency"
    assert in_chinese[1].rule != in_english[1].rule
    assert in_chinese[1].until == in_english[1].until


def test_both_sides_read_the_same_promise(voucher, lead):
    reserve(voucher, lead)
    voucher = Voucher.objects.get(pk=voucher.pk)
    read = []

    for reader in (lead, manager_of(voucher)):
        with acting(reader):
            read.append(
                reservations.promised_findings(reservations.live_reservation(voucher))
            )

    assert read[0] == read[1]
    assert len(read[0]) == len(LASTING)


def test_what_is_kept_says_on_which_day_it_was_promised(voucher, lead, time_machine):
    time_machine.move_to("2026-05-03T10:00:00Z")
    partner = eligible_partner(voucher.engagement_type)
    reservation = reserve(voucher, actor_of(partner, Role.DELIVERY_LEAD))

    kept = reservations.guaranteed_findings(reservation)

    assert [each.code for each in kept] == LASTING
    day = date_format(clock.today())
    assert all(str(each.found).startswith(f"Promised on {day}: ") for each in kept)
    assert all(each.holds for each in kept)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Pacific/Auckland", "4 May 2026"),
        ("Asia/Taipei", "4 May 2026"),
        ("UTC", "3 May 2026"),
        ("America/Los_Angeles", "3 May 2026"),
    ],
)
def test_the_day_of_a_promise_is_that_of_the_page_on_which_it_stands(
    voucher, lead, time_machine, zone, day
):
    time_machine.move_to("2026-05-03T16:00:00Z")
    partner = eligible_partner(voucher.engagement_type, time_zone="America/Los_Angeles")
    reservation = reserve(voucher, actor_of(partner, Role.DELIVERY_LEAD))

    with timezone.override(zone):
        kept = reservations.guaranteed_findings(reservation)
        shown = vouchers.promise_of(reservation)

    assert {str(each.found).split(":")[0] for each in kept} == {f"Promised on {day}"}
    assert {each.since for each in kept} == {shown.on}


def test_the_rate_of_the_day_is_promised(voucher, lead):
    offering = voucher.engagement_type.offering
    RateFactory(offering=offering, amount_per_day=Decimal(900))
    newest = RateFactory(
        offering=offering,
        amount_per_day=Decimal(1100),
        valid_from=clock.today() - timedelta(days=5),
    )
    RateFactory(offering=offering, valid_from=clock.today() + timedelta(days=5))
    RateFactory(offering=offering, country="FR", valid_from=clock.today())

    reserve(voucher, lead)

    rate = Reservation.objects.get().promised_rate
    assert (rate.amount_per_day, rate.currency) == (Decimal(1100), "EUR")
    assert rate.valid_from == newest.valid_from


def test_without_a_rate_nothing_is_promised_of_it(voucher, lead):
    RateFactory(offering=voucher.engagement_type.offering, country="FR")

    reserve(voucher, lead)

    assert Reservation.objects.get().promised_rate is None


@pytest.mark.parametrize(
    "column", ["promise = '[]'", "rate_per_day = 1", "rate_currency = 'USD'"]
)
def test_the_database_keeps_a_promise_as_it_was_made(voucher, lead, column):
    RateFactory(offering=voucher.engagement_type.offering)
    reserve(voucher, lead)

    with (
        pytest.raises(match="Cannot update"),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE vouchers_reservation SET {column}")

"""What is checked of a payment request: both sides of every boundary."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from payments.models import PaymentRequest
from payments.services import reviews
from payments.services.requests import Claim
from portal import clock
from portal.models import Organization
from tests.factories.payments import PaymentRequestFactory, RateFactory

WINDOW = 60
IN_TIME = "The request was sent within the payment window"

pytestmark = pytest.mark.django_db


def holds(request, rule):
    [finding] = [
        each for each in reviews.check_request(request) if str(each.rule) == rule
    ]
    return finding.holds


def sent(days):
    """Make a request that was sent so many days after its voucher was redeemed."""
    request = PaymentRequestFactory(
        engagement__voucher__redeemed_at=clock.now() - timedelta(days=days),
        created_at=clock.now(),
    )
    return PaymentRequest.objects.select_related("partner", "location").get(
        pk=request.pk
    )


@pytest.mark.parametrize(
    ("days", "is_in_time"),
    [(0, True), (WINDOW - 1, True), (WINDOW, True), (WINDOW + 1, False)],
)
def test_a_request_is_in_time_on_the_last_day_and_not_after(days, is_in_time):
    assert holds(sent(days), IN_TIME) == is_in_time


@pytest.mark.parametrize(
    ("moment", "is_in_time"),
    [("2026-05-31T09:59:00Z", True), ("2026-05-31T10:00:00Z", False)],
)
def test_the_last_day_ends_at_the_partner(moment, is_in_time, time_machine):
    """Redeemed on 1 April in Kiritimati, which is 14 hours ahead: until 31 May."""
    time_machine.move_to("2026-03-31T20:00:00Z", tick=False)
    request = PaymentRequestFactory()
    Organization.objects.filter(pk=request.partner_id).update(
        time_zone="Pacific/Kiritimati"
    )
    time_machine.move_to(moment, tick=False)
    PaymentRequest.objects.update(created_at=clock.now())
    late = PaymentRequest.objects.select_related("partner", "location").get()

    assert holds(late, IN_TIME) == is_in_time


@pytest.mark.parametrize(
    ("days", "is_open"), [(WINDOW - 1, True), (WINDOW, True), (WINDOW + 1, False)]
)
def test_a_claim_is_open_on_the_last_day_and_not_after(days, is_open, engagement):
    engagement.voucher.redeemed_at = clock.now() - timedelta(days=days)
    rate = engagement.voucher.engagement_type.offering.rates.get().promise

    assert (Claim(engagement, rate).refusal == "") == is_open


@pytest.mark.parametrize(("days", "covers"), [(-1, False), (0, True), (1, True)])
def test_a_rate_holds_from_its_first_day(days, covers):
    rate = RateFactory(valid_from=date(2026, 7, 1))
    day = date(2026, 7, 1) + timedelta(days=days)

    assert rate.covers(rate.offering, "DE", day) == covers
    assert not rate.covers(rate.offering, "FR", day)


@pytest.mark.parametrize("field", ["net", "tax", "total"])
@pytest.mark.parametrize("cent", ["-0.01", "0.00", "0.01"])
def test_one_cent_off_does_not_add_up(field, cent):
    request = sent(1)
    setattr(request, field, getattr(request, field) + Decimal(cent))

    assert holds(request, "The amounts add up") == (Decimal(cent) == 0)


def test_a_rate_of_the_day_of_reserving_counts_and_the_next_does_not(engagement):
    reserved_on = clock.day_of(
        engagement.reservation.reserved_at, engagement.partner.time_zone
    )
    offering = engagement.voucher.engagement_type.offering
    RateFactory(offering=offering, amount_per_day=Decimal(1200), valid_from=reserved_on)
    RateFactory(
        offering=offering,
        amount_per_day=Decimal(1300),
        valid_from=reserved_on + timedelta(days=1),
    )
    days = [
        rate.amount_per_day
        for rate in offering.rates.order_by("valid_from")
        if rate.covers(offering, "DE", reserved_on)
    ]

    assert days[-1] == Decimal(1200)

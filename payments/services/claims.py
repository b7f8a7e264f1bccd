"""What a partner can be paid for: redeemed vouchers, their rates and last days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagements.models import Engagement
from payments.models import Rate
from portal import clock
from portal.models import Organization
from vouchers.models import State, Voucher
from vouchers.models.reservations import PromisedRate


@dataclass(frozen=True)
class Claim:
    """A redeemed voucher that waits to be invoiced: at which rate, until when."""

    engagement: Engagement
    rate: PromisedRate | None

    @property
    def last_day(self) -> date:
        last_day = self.engagement.last_day_to_invoice
        assert last_day is not None, "voucher_redeemed_has_its_moment"
        return last_day

    @property
    def voucher(self) -> Voucher:
        return self.engagement.voucher

    @property
    def amount(self) -> Decimal:
        """Give the days times the rate, which has the digits of its currency."""
        assert self.rate is not None, "a claim without refusal has a rate"
        return self.days * self.rate.amount_per_day

    @property
    def days(self) -> int:
        """Give the days that were delivered, which may be fewer than the voucher's."""
        assert self.voucher.days_used is not None, "voucher_redeemed_has_its_days"
        return self.voucher.days_used

    @property
    def currency(self) -> str:
        return self.rate.currency if self.rate else ""

    @property
    def refusal(self) -> str:
        """Say why the voucher cannot be invoiced; empty when it can."""
        if clock.today(self.engagement.partner.time_zone) > self.last_day:
            return _("Payment for %(number)s could be requested until %(day)s.") % {
                "number": self.voucher.number,
                "day": date_format(self.last_day),
            }
        if self.rate is None:
            return _(
                "There is no rate for %(offering)s in %(country)s yet; the sponsor"
                " adds it."
            ) % {
                "offering": self.voucher.engagement_type.offering,
                "country": self.engagement.reservation.location.country_name,
            }
        return ""


def to_invoice(partner: Organization) -> list[Engagement]:
    """List the redeemed engagements of a partner that no live request holds."""
    redeemed = Engagement.objects.reported().filter(
        partner=partner, voucher__state=State.REDEEMED
    )
    waiting = redeemed.exclude(voucher__payment_lines__is_live=True)
    return list(
        waiting.select_related(
            "voucher__engagement_type__offering__program",
            "reservation__location",
            "customer",
            "partner",
        ).order_by("voucher__redeemed_at", "pk")
    )


def claims_of(partner: Organization) -> list[Claim]:
    """Give what waits to be invoiced, with rates, in a constant number of queries."""
    waiting = to_invoice(partner)
    rates = list(
        Rate.objects.filter(
            offering__in={each.voucher.engagement_type.offering for each in waiting},
            country__in={each.reservation.location.country for each in waiting},
        ).order_by("valid_from")
    )
    return [Claim(each, _rate_of(each, rates)) for each in waiting]


def _rate_of(engagement: Engagement, rates: Sequence[Rate]) -> PromisedRate | None:
    """Give the rate that was promised, whatever the sponsor's rates say now [PS-NEWS].

    Where none was, it is the one of the country of performance on the day of the
    reservation, as it is known now.
    """
    reservation = engagement.reservation
    if reservation.promised_rate:
        return reservation.promised_rate
    day = clock.day_of(reservation.reserved_at, engagement.partner.time_zone)
    offering = engagement.voucher.engagement_type.offering
    country = reservation.location.country
    begun = [rate for rate in rates if rate.covers(offering, country, day)]
    return begun[-1].promised if begun else None


def tax_on(net: Decimal, percent: Decimal, currency: str) -> Decimal:
    """Give the tax, rounded once, half up, to the currency's digits."""
    digits = Decimal(1).scaleb(-get_currency_precision(currency))
    return (net * percent / 100).quantize(digits, ROUND_HALF_UP)

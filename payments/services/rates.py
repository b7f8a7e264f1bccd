"""Rates: the shipped ones are loaded once, later ones come from program managers."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from enrollment.models import Offering
from payments.models import Rate
from portal import clock
from portal.models import Location
from portal.tenancy import acting_for_all
from vouchers.models import Voucher
from vouchers.models.reservations import PromisedRate

FILE = Path(__file__).resolve().parent.parent / "rates.json"


def promised_rate(voucher: Voucher, location: Location) -> PromisedRate | None:
    """Return the rate that a reservation under a location promises today [PS-NEWS].

    It is the one of the country of performance on the day, as the partner counts days.
    """
    begun = Rate.objects.filter(
        offering=voucher.engagement_type.offering_id,
        country=location.country,
        valid_from__lte=clock.today(location.organization.time_zone),
    )
    rate = begun.order_by("valid_from").last()
    return rate.promise if rate else None


def load_rates() -> int:
    """Add a demo rate wherever an offering has none in a country; returns their number.

    A rate that exists stays, whoever made it: the sponsor's own are never mixed up
    with invented ones.
    """
    shipped = json.loads(FILE.read_text())
    with acting_for_all():
        known = set(Rate.objects.values_list("offering", "country"))
        missing = [
            _rate(offering, rate, shipped["valid_from"])
            for offering in Offering.objects.all()
            for rate in shipped["rates"]
            if (offering.pk, rate["country"]) not in known
        ]
        return len(Rate.objects.bulk_create(missing, ignore_conflicts=True))


def _rate(offering: Offering, shipped: dict[str, Any], valid_from: str) -> Rate:
    return Rate(
        offering=offering,
        country=shipped["country"],
        currency=shipped["currency"],
        amount_per_day=Decimal(shipped["amount_per_day"]),
        valid_from=valid_from,
        is_demo=True,
    )

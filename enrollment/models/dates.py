"""The last days of a program and of each offering: what ends when [DPS21]."""

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models.promises import Explained, Refusal
from portal.fields import DayColumn

IN_ORDER = _(
    "Vouchers are created first, reserved after that and redeemed last: put the last"
    " days in this order."
)


def dates_in_order(name: str) -> models.CheckConstraint:
    """Refuse last days in another order than a voucher's life."""
    ways = [
        ("creation_ends_on", "reservation_ends_on"),
        ("reservation_ends_on", "redemption_ends_on"),
        ("creation_ends_on", "redemption_ends_on"),
    ]
    condition = Q()
    for earlier, later in ways:
        condition &= (
            Q(**{earlier: None})
            | Q(**{later: None})
            | Q(**{f"{earlier}__lte": F(later)})
        )
    return models.CheckConstraint(condition=condition, name=name)


def refused_order(name: str) -> dict[str, Refusal]:
    return {name: ("redemption_ends_on", IN_ORDER)}


class LastDays(Explained):
    """Something that ends in steps; a day that is not set is open."""

    creation_ends_on = DayColumn(
        _("last day to create or assign"), null=True, blank=True
    )
    reservation_ends_on = DayColumn(_("last day to reserve"), null=True, blank=True)
    redemption_ends_on = DayColumn(_("last day to redeem"), null=True, blank=True)

    class Meta:
        abstract = True


def earliest(days: Iterable[date | None]) -> date | None:
    """Give the first of some days, of which any may be open."""
    return min((day for day in days if day is not None), default=None)

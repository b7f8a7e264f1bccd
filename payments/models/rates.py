"""Rates: what the sponsor pays for a day, by offering, country and date."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Offering
from portal.db import ExplainedConstraints
from portal.fields import DayColumn
from vouchers.models.reservations import PromisedRate


class Rate(ExplainedConstraints):
    """An amount per day that holds from a date until the next rate begins.

    The real amounts were never published: shipped ones are labeled as demo data.
    """

    refusals = {
        "rate_is_positive": ("amount_per_day", _("Give an amount above zero.")),
        "rate_currency_is_iso": (
            "currency",
            _("Give three capital letters, such as EUR."),
        ),
        "rate_one_per_day": (
            "valid_from",
            _("Another rate of this offering and country holds from this day."),
        ),
    }

    offering = models.ForeignKey(
        Offering,
        on_delete=models.PROTECT,
        related_name="rates",
        verbose_name=_("offering"),
    )
    country = models.CharField(_("country"), max_length=2)
    amount_per_day = models.DecimalField(
        _("amount per day"), max_digits=11, decimal_places=3
    )
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = DayColumn(_("valid from"))
    is_demo = models.BooleanField(_("demo value"), default=False)

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_per_day__gt=0), name="rate_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="rate_currency_is_iso"
            ),
            models.UniqueConstraint(
                fields=["offering", "country", "valid_from"], name="rate_one_per_day"
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.offering.code} {self.country} {self.amount_per_day} {self.currency}"
        )

    @property
    def promise(self) -> PromisedRate:
        """Return what a reservation keeps of the rate."""
        return PromisedRate(self.amount_per_day, self.currency, self.valid_from)

    def covers(self, offering: Offering, country: str, day: date) -> bool:
        """Tell whether the rate holds for a delivery, unless a later one does too."""
        place = (self.offering_id, self.country)
        return place == (offering.pk, country) and self.valid_from <= day

"""A partner's hold on a voucher, and what it was made under."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Signature
from portal.models import Location, Organization
from portal.tenancy import TenantQuerySet
from vouchers.models.vouchers import Voucher


class ReleaseReason(models.TextChoices):
    """Why a reservation ends early: the program's own list [VVT]."""

    CHANGED = "changed", _("The offer or the program changed")
    NOT_TAKING_PLACE = "not_taking_place", _("The engagement will not take place")
    OTHER_PARTNER = "other_partner", _("The customer wants another partner")
    SILENT = "silent", _("The partner did not answer (released by the sponsor)")
    EXPIRED = "expired", _("The voucher expired")


# What a partner may give as its reason; the others belong to the sponsor and the clock.
OF_PARTNER = [
    ReleaseReason.CHANGED,
    ReleaseReason.NOT_TAKING_PLACE,
    ReleaseReason.OTHER_PARTNER,
]


@dataclass(frozen=True)
class PromisedRate:
    """What the sponsor pays for a day, as it was when a voucher was reserved."""

    amount_per_day: Decimal
    currency: str
    valid_from: date | None


class ReservationQuerySet(TenantQuerySet):
    partner_path = "partner"
    customer_path = "customer"
    manager_path = "voucher__project_manager"

    def live(self) -> Self:
        return self.filter(released_at=None)


class Reservation(models.Model):
    """One partner's hold on one voucher, under a location and signed terms."""

    voucher = models.ForeignKey(
        Voucher,
        on_delete=models.PROTECT,
        related_name="reservations",
        verbose_name=_("voucher"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    # The partner's place in the country of delivery. [PS-PROC]
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    # The version of the agreement whose terms were accepted.
    signature = models.ForeignKey(
        Signature,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("signature"),
    )
    reserved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("reserved by"),
    )
    reserved_at = models.DateTimeField(_("reserved at"))
    # The promise: what was checked and held at that moment, as findings in the words of
    # then, and the rate. Nothing of it changes, and later checks do not fail on it.
    promise = models.JSONField(_("promise"), default=list)
    rate_per_day = models.DecimalField(
        _("rate per day"), max_digits=11, decimal_places=3, null=True, blank=True
    )
    rate_currency = models.CharField(_("currency"), max_length=3, blank=True)
    rate_valid_from = models.DateField(_("rate valid from"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    release_reason = models.CharField(
        _("reason"), max_length=20, choices=ReleaseReason, blank=True
    )

    objects = ReservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.UniqueConstraint(
                fields=["voucher"],
                condition=Q(released_at=None),
                name="reservation_one_live",
            ),
            models.UniqueConstraint(
                fields=["id", "voucher", "customer", "partner"],
                name="reservation_of_parties",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, release_reason="")
                | (Q(released_at__isnull=False) & ~Q(release_reason="")),
                name="reservation_released_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(rate_per_day=None, rate_currency="")
                | Q(rate_per_day__gt=0, rate_currency__regex=r"^[A-Z]{3}$"),
                name="reservation_rate_has_currency",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="stays_as_promised", exclude=["released_at", "release_reason"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.voucher}: {self.partner}"

    @property
    def promised_rate(self) -> PromisedRate | None:
        """Return the frozen rate; there is none where the sponsor had set none."""
        if self.rate_per_day is None:
            return None
        return PromisedRate(self.rate_per_day, self.rate_currency, self.rate_valid_from)

    def promise_rate(self, rate: PromisedRate | None) -> None:
        """Copy the rate into a reservation that is being made."""
        if rate is not None:
            self.rate_per_day = rate.amount_per_day
            self.rate_currency = rate.currency
            self.rate_valid_from = rate.valid_from

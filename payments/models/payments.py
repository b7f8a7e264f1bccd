"""What a payment request pays for, line by line, and the money that left for it."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from engagements.models import Engagement
from payments.models.requests import PartnerQuerySet, PaymentRequest
from portal import clock
from portal.fields import DayColumn
from portal.models import Organization
from vouchers.models import Voucher


class PaymentLineQuerySet(PartnerQuerySet):
    def of(self, request: PaymentRequest) -> Self:
        """Give a request's lines with all that a page shows, in one query."""
        return (
            self.filter(request=request)
            .select_related(
                "voucher__customer",
                "voucher__engagement_type__offering__program",
                "engagement__partner",
                "engagement__lead",
                "engagement__reservation__partner",
                "engagement__voucher__engagement_type__offering__program",
            )
            .order_by("pk")
        )


class PaymentLine(models.Model):
    """One voucher of a payment request: days at a rate."""

    request = models.ForeignKey(
        PaymentRequest,
        on_delete=models.PROTECT,
        related_name="lines",
        verbose_name=_("request"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    voucher = models.ForeignKey(
        Voucher,
        on_delete=models.PROTECT,
        related_name="payment_lines",
        verbose_name=_("voucher"),
    )
    engagement = models.ForeignKey(
        Engagement,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("engagement"),
    )
    days = models.PositiveSmallIntegerField(_("days"))
    rate = models.DecimalField(_("rate per day"), max_digits=11, decimal_places=3)
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=3)
    is_live = models.BooleanField(default=True)

    objects = PaymentLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a payment request")
        verbose_name_plural = _("lines of payment requests")
        constraints = [
            models.UniqueConstraint(
                fields=["voucher"],
                condition=Q(is_live=True),
                name="line_voucher_in_one_request",
            ),
            models.CheckConstraint(
                condition=Q(amount=F("days") * F("rate")), name="line_amount_is_right"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.voucher}"


class Payment(models.Model):
    """Money that left the sponsor for one payment request."""

    request = models.OneToOneField(
        PaymentRequest,
        on_delete=models.PROTECT,
        related_name="payment",
        verbose_name=_("request"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=3)
    currency = models.CharField(_("currency"), max_length=3)
    paid_on = DayColumn(_("paid on"))
    bank_reference = models.CharField(_("bank reference"), max_length=60)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="payment_is_positive"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.amount} {self.currency}"

"""Vouchers that were made in one act."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import Organization
from portal.tenancy import TenantQuerySet


class BatchQuerySet(TenantQuerySet):
    customer_path = "customer"


class VoucherBatch(models.Model):
    """Several vouchers made at once; the same act sent twice is one batch."""

    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    # Given out with the form or the preview.
    ticket = models.UUIDField(_("ticket"), unique=True)
    count = models.PositiveIntegerField(_("vouchers"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )
    # The hash of the table's rows that it came from: the same rows are known again.
    digest = models.CharField(
        _("hash of the rows"), max_length=64, editable=False, default="", db_default=""
    )

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of vouchers")
        verbose_name_plural = _("batches of vouchers")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "customer"], name="voucher_batch_of_customer"
            ),
        ]

    def __str__(self) -> str:
        return str(self.ticket)

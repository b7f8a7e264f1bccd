"""Rows of a file that wait until somebody has looked at them."""

from datetime import timedelta
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import Organization
from portal.tenancy import TenantQuerySet

# Hours after which rows that nobody confirmed are gone.
LIFE_HOURS = 24


class ImportQuerySet(TenantQuerySet):
    customer_path = "customer"

    def fresh(self) -> Self:
        return self.filter(created_at__gt=_oldest())

    def stale(self) -> Self:
        return self.filter(created_at__lte=_oldest())


def _oldest() -> object:
    return clock.now() - timedelta(hours=LIFE_HOURS)


class VoucherImport(models.Model):
    """An uploaded table between its preview and its confirmation.

    ``rows`` are ``[number in the file, text by column, problems of cells]``; they are
    judged anew whenever they are looked at. The ticket becomes the batch's.
    """

    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    ticket = models.UUIDField(_("ticket"), unique=True, default=uuid4, editable=False)
    rows = models.JSONField(_("rows"))
    # Headings of columns that nobody knows.
    passed_over = models.JSONField(_("passed over"), default=list, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of vouchers")
        verbose_name_plural = _("imports of vouchers")
        indexes = [models.Index(fields=["created_at"], name="voucher_import_age")]

    def __str__(self) -> str:
        return str(self.ticket)

"""Why the last day of a voucher moved: the only thing that moves it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Offering, Program
from portal import clock
from portal.models import Organization
from portal.tenancy import TenantQuerySet
from vouchers.models.vouchers import Voucher


class PolicyException(models.Model):
    """More days for all vouchers of a program created before a date [KURT20]."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    offering = models.ForeignKey(
        Offering, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    created_before = models.DateField(_("created before"))
    days = models.PositiveSmallIntegerField(_("more days"))
    reason = models.CharField(_("reason"), max_length=200)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    # How many vouchers it reached, once that is done.
    extended = models.PositiveIntegerField(_("vouchers extended"), default=0)

    class Meta:
        verbose_name = _("policy exception")
        verbose_name_plural = _("policy exceptions")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gt=0), name="policy_exception_has_days"
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="policy_exception_has_reason"
            ),
        ]

    audit_sentences = {
        "exception.granted": _("extended a set of vouchers"),
    }

    def __str__(self) -> str:
        return f"+{self.days}: {self.reason}"


class ExtensionKind(models.TextChoices):
    """By which right a voucher was extended."""

    RULE = "rule", _("By the program's rule")
    SPONSOR = "sponsor", _("By the sponsor")
    EXCEPTION = "exception", _("By a policy exception")
    SUSPENSION = "suspension", _("For the days it was suspended")


class ExtensionQuerySet(TenantQuerySet):
    customer_path = "customer"
    manager_path = "voucher__project_manager"


class Extension(models.Model):
    """One move of a voucher's last day, and why."""

    voucher = models.ForeignKey(
        Voucher, on_delete=models.PROTECT, related_name="extensions"
    )
    customer = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ExtensionKind)
    exception = models.ForeignKey(
        PolicyException, on_delete=models.PROTECT, related_name="+", null=True
    )
    before = models.DateField(_("last day before"))
    until = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=200)
    extended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("before")), name="extension_goes_forward"
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="extension_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(kind="exception", exception__isnull=False)
                | (~Q(kind="exception") & Q(exception=None)),
                name="extension_names_its_exception",
            ),
            models.UniqueConstraint(
                fields=["voucher", "until"], name="extension_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["voucher", "exception"],
                condition=Q(exception__isnull=False),
                name="extension_once_an_exception",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.voucher}: {self.until}"

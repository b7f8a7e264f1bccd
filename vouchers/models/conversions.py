"""Days of one program that become days of another, by a dated rule."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Program
from enrollment.models.programs import CATALOGUE_SENTENCES
from enrollment.models.rules import DatedRule, in_order, never_twice
from portal import clock
from portal.models import Organization
from portal.tenancy import TenantQuerySet
from vouchers.models.agreements import CustomerAgreement


class ConversionRule(DatedRule):
    """How many days of one program make how many of another, for a time, one way.

    The real exchange rate was not found; the last day was 1 February 2020 [DPS21].
    """

    refusals = {
        "conversion_rule_has_days": (
            "source_days",
            _("Give at least one day on each side."),
        ),
        "conversion_rule_goes_elsewhere": (
            "target",
            _("Days convert to another program only."),
        ),
    }

    source = models.ForeignKey(
        Program,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("from program"),
    )
    target = models.ForeignKey(
        Program,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("to program"),
    )
    source_days = models.PositiveSmallIntegerField(_("days given"), default=1)
    target_days = models.PositiveSmallIntegerField(_("days received"), default=1)
    is_demo = models.BooleanField(_("demo value"), default=False)

    class Meta:
        verbose_name = _("conversion rule")
        verbose_name_plural = _("conversion rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(source_days__gt=0, target_days__gt=0),
                name="conversion_rule_has_days",
            ),
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="conversion_rule_goes_elsewhere"
            ),
            never_twice("conversion_rule_once_at_a_time", "source", "target"),
            in_order("conversion_rule_begins_before_it_ends"),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return f"{self.source_days} {self.source} → {self.target_days} {self.target}"


class ConversionQuerySet(TenantQuerySet):
    customer_path = "customer"


class Conversion(models.Model):
    """Days that a customer moved from one of its agreements to another."""

    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    source = models.ForeignKey(
        CustomerAgreement,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("from agreement"),
    )
    target = models.ForeignKey(
        CustomerAgreement,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("to agreement"),
    )
    rule = models.ForeignKey(
        ConversionRule,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("conversion rule"),
    )
    source_days = models.PositiveIntegerField(_("days given"))
    target_days = models.PositiveIntegerField(_("days received"))
    # Given out with the form, so that a form sent twice converts once.
    ticket = models.UUIDField(unique=True, verbose_name=_("ticket"))
    converted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("converted by"),
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = ConversionQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversion")
        verbose_name_plural = _("conversions")
        constraints = [
            models.CheckConstraint(
                condition=Q(source_days__gt=0, target_days__gt=0),
                name="conversion_moves_days",
            ),
            models.UniqueConstraint(
                fields=["id", "customer"], name="conversion_of_customer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_days} → {self.target_days}"

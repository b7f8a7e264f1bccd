"""Why the last day of a voucher moved: the only thing that moves it."""

from datetime import timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Cast, Least
from django.utils.translation import gettext_lazy as _

from enrollment.models import Offering, Program
from portal import clock
from portal.db import ExplainedConstraints
from portal.fields import DayColumn
from portal.models import Organization
from portal.tenancy import TenantQuerySet
from portal.zones import DayIn, local_day
from vouchers.models.queries import ZONE, VoucherQuerySet
from vouchers.models.vouchers import Voucher

# No voucher lasts longer than its offering and its program.
REDEMPTION_ENDS = [
    "engagement_type__offering__redemption_ends_on",
    "engagement_type__offering__program__redemption_ends_on",
]


class PolicyException(ExplainedConstraints):
    """More days for all vouchers of a program created before a date [KURT20]."""

    refusals = {"policy_exception_has_days": ("days", _("Give at least one day."))}

    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, related_name="+", verbose_name=_("program")
    )
    offering = models.ForeignKey(
        Offering,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("offering"),
    )
    created_before = DayColumn(_("created before"))
    days = models.PositiveSmallIntegerField(_("more days"))
    reason = models.CharField(_("reason"), max_length=200)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("granted by"),
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )
    # How many it was meant for when it was granted, and how many it has reached.
    expected = models.PositiveIntegerField(_("vouchers expected"), default=0)
    extended = models.PositiveIntegerField(_("vouchers extended"), default=0)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

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
            # A button pressed twice grants it once.
            models.UniqueConstraint(
                fields=["program", "offering", "created_before", "reason"],
                nulls_distinct=False,
                name="policy_exception_once",
                violation_error_message=_("This exception is granted already."),
            ),
        ]

    audit_sentences = {
        "exception.granted": _("extended a set of vouchers"),
    }

    def __str__(self) -> str:
        return f"+{self.days}: {self.reason}"

    def reaches(self) -> VoucherQuerySet:
        """Return the vouchers that it extends and has not extended yet.

        Unused ones that did not expire, made before its day at their customer, and
        that gain something: ``wished`` is the day its days lead to, ``until`` what the
        last days to redeem leave of it.
        """
        today = local_day(ZONE, clock.now())
        wished = Cast(F("expires_on") + timedelta(days=self.days), models.DateField())
        lasts = Q(suspended_at__isnull=False) | Q(expires_on__gte=today)
        rows: VoucherQuerySet = (
            self.made_before()
            .unused()
            .filter(lasts)
            .annotate(
                wished=wished,
                until=Least(
                    "wished", *REDEMPTION_ENDS, output_field=models.DateField()
                ),
            )
        )
        done = Extension.objects.filter(exception=self.pk, voucher=OuterRef("pk"))
        gaining: VoucherQuerySet = rows.filter(until__gt=F("expires_on"))
        return gaining.exclude(Exists(done)) if self.pk else gaining

    def made_before(self) -> VoucherQuerySet:
        """Return all vouchers of its program, or offering, made before its day."""
        offering: dict[str, object] = {"engagement_type__offering": self.offering}
        rows: VoucherQuerySet = Voucher.objects.filter(
            engagement_type__offering__program=self.program,
            **(offering if self.offering else {}),
        )
        return rows.alias(made_on=DayIn(ZONE, F("created_at"))).filter(
            made_on__lt=self.created_before
        )


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
        Voucher,
        on_delete=models.PROTECT,
        related_name="extensions",
        verbose_name=_("voucher"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ExtensionKind)
    exception = models.ForeignKey(
        PolicyException,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("policy exception"),
    )
    before = models.DateField(_("last day before"))
    until = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=200)
    extended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("extended by"),
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

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

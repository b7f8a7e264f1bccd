"""How days accrue: licences give points, points give days, by dated rules.

The program's own tables were never published: shipped values are labeled as demo.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enrollment.models import Program
from enrollment.models.programs import CATALOGUE_SENTENCES
from portal import clock
from portal.db import ExplainedConstraints
from portal.fields import DayColumn
from portal.models import Organization
from portal.tenancy import TenantQuerySet
from portal.text_sql import TextKey
from vouchers.models.agreements import CustomerAgreement


class LicensedProduct(models.Model):
    """Something that a customer licenses, by which days accrue."""

    program = models.ForeignKey(
        Program,
        on_delete=models.PROTECT,
        related_name="licensed_products",
        verbose_name=_("program"),
    )
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("licensed product")
        verbose_name_plural = _("licensed products")
        ordering = ["program", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "code"], name="licensed_product_once"
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return self.name


class PointRule(ExplainedConstraints):
    """The points that a licence gives, from a date until the next rule begins."""

    refusals = {
        "point_rule_one_per_day": (
            "valid_from",
            _("A rule for this product begins on this day already."),
        )
    }

    product = models.ForeignKey(
        LicensedProduct, on_delete=models.CASCADE, related_name="point_rules"
    )
    points_per_licence = models.DecimalField(
        _("points a licence"), max_digits=9, decimal_places=3
    )
    valid_from = DayColumn(_("valid from"))
    is_demo = models.BooleanField(_("demo value"), default=False)

    class Meta:
        verbose_name = _("point rule")
        verbose_name_plural = _("point rules")
        ordering = ["valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points_per_licence__gte=0),
                name="point_rule_is_not_negative",
            ),
            models.UniqueConstraint(
                fields=["product", "valid_from"], name="point_rule_one_per_day"
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return f"{self.product}: {self.points_per_licence}"


class DayScale(ExplainedConstraints):
    """A step of the scale from points to days of a full three-year term.

    The steps that begin on one date are one scale; it holds until the next begins.
    """

    refusals = {
        "day_scale_one_step": (
            "min_points",
            _("The scale of this day has a step from these points already."),
        )
    }

    program = models.ForeignKey(
        Program,
        on_delete=models.CASCADE,
        related_name="day_scale",
        verbose_name=_("program"),
    )
    min_points = models.DecimalField(_("from points"), max_digits=12, decimal_places=3)
    days = models.PositiveIntegerField(_("days"))
    valid_from = DayColumn(_("valid from"))
    is_demo = models.BooleanField(_("demo value"), default=False)

    class Meta:
        verbose_name = _("step of the day scale")
        verbose_name_plural = _("day scale")
        ordering = ["valid_from", "min_points"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "valid_from", "min_points"],
                name="day_scale_one_step",
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return f"{self.min_points}: {self.days}"


class PurchaseQuerySet(TenantQuerySet):
    customer_path = "customer"


class Purchase(models.Model):
    """Licences that a customer bought at once under an agreement, for one term.

    One year of a term earns one third of the scale's days, two years two thirds
    [PTERMS].
    """

    agreement = models.ForeignKey(
        CustomerAgreement,
        on_delete=models.PROTECT,
        related_name="purchases",
        verbose_name=_("agreement"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    reference = models.CharField(_("order number"), max_length=60)
    ordered_on = DayColumn(_("ordered on"))
    term_years = models.PositiveSmallIntegerField(_("years of the term"))
    # The step of the scale that was counted with, and the days that it gave.
    step_points = models.DecimalField(
        _("from points"), max_digits=12, decimal_places=3, null=True
    )
    step_days = models.PositiveIntegerField(_("days of three years"), default=0)
    step_from = models.DateField(_("scale in force from"), null=True)
    is_demo = models.BooleanField(_("counted with demo values"), default=False)
    days = models.PositiveIntegerField(_("days"), default=0)
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.CheckConstraint(
                condition=Q(term_years__in=[1, 2, 3]), name="purchase_term_is_known"
            ),
            # One year earns a third; what is left over is rounded off. [PTERMS]
            models.CheckConstraint(
                condition=Q(days=F("step_days") * F("term_years") / 3),
                name="purchase_gives_its_thirds",
            ),
            models.UniqueConstraint(
                "agreement", TextKey("reference"), name="purchase_once"
            ),
            models.UniqueConstraint(
                fields=["id", "customer"], name="purchase_of_customer"
            ),
        ]

    audit_sentences = {
        "purchase.counted": _("counted the days of the purchase"),
    }

    def __str__(self) -> str:
        return self.reference

    @property
    def parties(self) -> list[int | None]:
        return [self.customer_id]

    def url_for(self, organization: Organization) -> str:
        """Return the page that shows how the days of the purchase were counted."""
        return reverse("vouchers:purchase", args=[organization.slug, self.pk])


class PurchaseLine(models.Model):
    """How many licences of one product a purchase holds."""

    purchase = models.ForeignKey(
        Purchase,
        on_delete=models.PROTECT,
        related_name="lines",
        verbose_name=_("purchase"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    product = models.ForeignKey(
        LicensedProduct, on_delete=models.PROTECT, related_name="+"
    )
    licences = models.PositiveIntegerField(_("licences"))
    # What was counted with on the day of the import.
    points_per_licence = models.DecimalField(
        _("points a licence"), max_digits=9, decimal_places=3
    )
    rule_from = DayColumn(_("rule in force from"))

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a purchase")
        verbose_name_plural = _("lines of purchases")
        constraints = [
            models.CheckConstraint(
                condition=Q(licences__gt=0), name="purchase_line_has_licences"
            ),
            models.UniqueConstraint(
                fields=["purchase", "product"], name="purchase_line_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.licences} × {self.product}"


FULL_TERM = 3


@dataclass(frozen=True)
class LicenceCount:
    """Licences of one product, and the points that each of them gave."""

    product: str
    licences: int
    points_per_licence: Decimal
    since: date

    @property
    def points(self) -> Decimal:
        return self.licences * self.points_per_licence


@dataclass(frozen=True)
class ScaleStep:
    """From how many points on the scale gives how many days of a three-year term."""

    min_points: Decimal
    days: int
    since: date
    is_demo: bool = False

    @classmethod
    def of(cls, row: DayScale) -> "ScaleStep":
        return cls(row.min_points, row.days, row.valid_from, row.is_demo)


@dataclass(frozen=True)
class AccruedAmount:
    """What a purchase gives: its lines, the step they reach, and the days of the term.

    Without a step the points lie below the first one, and there are no days.
    """

    lines: tuple[LicenceCount, ...]
    step: ScaleStep | None
    term_years: int
    is_demo: bool = False

    @property
    def points(self) -> Decimal:
        return sum((line.points for line in self.lines), Decimal(0))

    @property
    def full_days(self) -> int:
        return self.step.days if self.step else 0

    @property
    def exact(self) -> Fraction:
        return Fraction(self.full_days * self.term_years, FULL_TERM)

    @property
    def days(self) -> int:
        return int(self.exact)

    @property
    def is_rounded(self) -> bool:
        return self.exact.denominator > 1

    @property
    def exact_text(self) -> str:
        """Write the days before they were rounded, as a mixed number such as 3 1/3."""
        days, rest = divmod(self.exact, 1)
        return f"{days} {rest}" if rest else str(days)


def step_reached(points: Decimal, scale: Iterable[ScaleStep]) -> ScaleStep | None:
    """Return the highest step whose points are reached, of one scale."""
    reached = [step for step in scale if step.min_points <= points]
    return max(reached, key=lambda step: step.min_points, default=None)


def scale_on(day: date, steps: Iterable[ScaleStep]) -> list[ScaleStep]:
    """Return the steps of the scale in force on a date: those that began last."""
    begun = [step for step in steps if step.since <= day]
    latest = max((step.since for step in begun), default=None)
    return [step for step in begun if step.since == latest]


def count(
    lines: Iterable[LicenceCount], scale: Iterable[ScaleStep], term_years: int
) -> AccruedAmount:
    """Count the days of a purchase by the scale of its day."""
    lines = tuple(lines)
    points = sum((line.points for line in lines), Decimal(0))
    return AccruedAmount(lines, step_reached(points, scale), term_years)


def amount_of(purchase: Purchase) -> AccruedAmount:
    """Return the count of a purchase as it was made, whatever the rules say by now."""
    lines = tuple(
        LicenceCount(
            str(line.product), line.licences, line.points_per_licence, line.rule_from
        )
        for line in purchase.lines.select_related("product").order_by("product__code")
    )
    step = None
    if purchase.step_points is not None:
        assert purchase.step_from is not None, "written together"
        step = ScaleStep(purchase.step_points, purchase.step_days, purchase.step_from)
    return AccruedAmount(lines, step, purchase.term_years, purchase.is_demo)

"""What the sponsor offers: offerings, engagement types, competencies."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Prefetch, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from enrollment.models.programs import (
    CATALOGUE_SENTENCES,
    LastDays,
    Program,
    dates_in_order,
    earliest,
    refused_order,
)
from portal.db import ExplainedConstraints
from portal.fields import DayColumn

if TYPE_CHECKING:
    from enrollment.models.rules import Qualification


class Level(models.IntegerChoices):
    """How far a competency goes; gold includes silver."""

    SILVER = 1, _("Silver")
    GOLD = 2, _("Gold")


class Offering(LastDays):
    """A family of engagement types for which a partner enrolls.

    Its own last days come before the program's, where both are set.
    """

    refusals = {
        **refused_order("offering_ends_in_order"),
        "offering_opens_before_it_closes": (
            "closes_on",
            _("The offering closes before it opens. Check both dates."),
        ),
    }

    program = models.ForeignKey(
        Program,
        on_delete=models.PROTECT,
        related_name="offerings",
        verbose_name=_("program"),
    )
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    opens_on = DayColumn(_("opens on"), null=True, blank=True)
    closes_on = DayColumn(_("closes on"), null=True, blank=True)
    payment_window_days = models.PositiveSmallIntegerField(
        _("payment window"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("offering")
        verbose_name_plural = _("offerings")
        ordering = ["code"]
        constraints = [
            dates_in_order("offering_ends_in_order"),
            models.CheckConstraint(
                condition=Q(opens_on=None)
                | Q(closes_on=None)
                | Q(opens_on__lte=F("closes_on")),
                name="offering_opens_before_it_closes",
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return f"{self.code}: {self.name}"

    def is_open(self, day: date) -> bool:
        """Tell whether the offering is open on a date, both ends included."""
        opened = self.opens_on is None or self.opens_on <= day
        return opened and (self.closes_on is None or day <= self.closes_on)

    @property
    def last_day_to_create(self) -> date | None:
        """Return the last day to create or assign a voucher; ``None`` without one."""
        return earliest([self.program.creation_ends_on, self.creation_ends_on])

    @property
    def last_day_to_reserve(self) -> date | None:
        return earliest([self.program.reservation_ends_on, self.reservation_ends_on])

    @property
    def last_day_to_redeem(self) -> date | None:
        return earliest([self.program.redemption_ends_on, self.redemption_ends_on])

    @property
    def days_to_invoice(self) -> int:
        """Return the days after redemption in which payment is requested [DPS21]."""
        if self.payment_window_days is None:
            return self.program.payment_window_days
        return self.payment_window_days


def offerings_with_programs() -> list[Offering]:
    """Return every offering, of which there are dozens, with its program."""
    return list(Offering.objects.select_related("program"))


def competency_reminders() -> list[int]:
    return [-15, 23]


class Competency(models.Model):
    """A field in which a partner has shown what it can do.

    It is renewed until ``grace_days`` after its anniversary and counts meanwhile;
    ``reminder_days`` are days from the anniversary, negative before it. [RENEW]
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    area = models.CharField(_("area"), max_length=80, blank=True)
    grace_days = models.PositiveSmallIntegerField(
        _("days to renew after the anniversary"), default=30
    )
    reminder_days = ArrayField(
        models.SmallIntegerField(),
        default=competency_reminders,
        verbose_name=_("reminders, in days from the anniversary"),
    )
    at_risk_days = models.PositiveSmallIntegerField(
        _("days before the anniversary on which it is at risk"), default=60
    )

    class Meta:
        verbose_name = _("competency")
        verbose_name_plural = _("competencies")
        ordering = ["name"]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return self.name


class EngagementTypeQuerySet(models.QuerySet):
    """Engagement types with what decides who may deliver them."""

    def with_rules(self) -> Self:
        """Fetch the offering, its program and the qualifications along."""
        return self.select_related("offering__program").prefetch_related(
            Prefetch("qualifications", to_attr="known_qualifications"),
            "known_qualifications__competency",
        )


class EngagementType(ExplainedConstraints):
    """One kind of engagement that a voucher can pay for."""

    refusals = {
        "engagement_type_lengths_are_service_levels": (
            "lengths",
            _("Type service levels of 1, 3, 5, 10 or 15 days, with commas between."),
        )
    }

    offering = models.ForeignKey(
        Offering,
        on_delete=models.PROTECT,
        related_name="engagement_types",
        verbose_name=_("offering"),
    )
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    # Lengths of 1, 3, 5, 10 or 15 days are general; those of a type were never
    # published, so that the shipped ones are labeled as demo data. [PSPOL]
    lengths = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("service levels in days")
    )
    lengths_are_demo = models.BooleanField(_("demo lengths"), default=False)

    objects = EngagementTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("engagement type")
        verbose_name_plural = _("engagement types")
        ordering = ["offering__code", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lengths__len__gt=0)
                & Q(lengths__contained_by=[1, 3, 5, 10, 15]),
                name="engagement_type_lengths_are_service_levels",
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return self.name

    @cached_property
    def known_qualifications(self) -> "list[Qualification]":
        """List what qualifies for it; one query unless it came along."""
        return list(self.qualifications.select_related("competency"))

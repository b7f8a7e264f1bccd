"""What the sponsor offers: programs, offerings, engagement types, competencies.

Data of the program, kept by its managers; the numbers are days unless named otherwise.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models.promises import Explained


class Level(models.IntegerChoices):
    """How far a competency goes; gold includes silver."""

    SILVER = 1, _("Silver")
    GOLD = 2, _("Gold")


def expiry_reminders() -> list[int]:
    return [60, 30, 14, 3]


def renewal_reminders() -> list[int]:
    return [90, 60, 30, 7, 0]


def grace_reminders() -> list[int]:
    return [7, 23]


def enquiry_reminders() -> list[int]:
    return [7, 2]


def payment_reminders() -> list[int]:
    return [30, 14, 3]


def agreement_reminders() -> list[int]:
    return [14, 3]


CATALOGUE_SENTENCES = {
    "catalogue.added": _("added this to the catalogue"),
    "catalogue.changed": _("changed the catalogue"),
    "catalogue.removed": _("took this out of the catalogue"),
}


def day_list(default: Callable[[], list[int]], name: Any) -> ArrayField:
    return ArrayField(
        models.PositiveSmallIntegerField(), default=default, verbose_name=name
    )


class Program(models.Model):
    """One program of the sponsor, with its lengths, windows and dates."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)

    # A voucher lives 180 days from its creation. [PS-PROC, DPS21]
    voucher_life_days = models.PositiveSmallIntegerField(
        _("life of a voucher"), default=180
    )
    # A payment request is completed within 60 days of redemption. [DPS21]
    payment_window_days = models.PositiveSmallIntegerField(
        _("payment window"), default=60
    )
    # Payment follows within 30 days of approval. [SAVBTR]
    payment_due_days = models.PositiveSmallIntegerField(_("days to pay"), default=30)
    # Up to three days of an engagement may be off-site. [PSPOL]
    max_offsite_days = models.PositiveSmallIntegerField(
        _("most days off-site"), default=3
    )
    enrollment_months = models.PositiveSmallIntegerField(
        _("months of an enrollment"), default=12
    )
    renewal_window_days = models.PositiveSmallIntegerField(
        _("renewal window before the end"), default=90
    )
    # What the sponsor promises to those who sent an enrollment; never published.
    enrollment_review_days = models.PositiveSmallIntegerField(
        _("days in which an enrollment is decided"), default=10
    )
    # An anniversary and 30 days: benefits continue meanwhile. [RENEW]
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace after the end"), default=30
    )
    # A request from the directory that nobody answers ends after 14 days. [LEADS]
    enquiry_answer_days = models.PositiveSmallIntegerField(
        _("days to answer an enquiry"), default=14
    )
    enquiry_reminder_days = day_list(
        enquiry_reminders, _("reminders before the last day for an answer")
    )
    expiry_reminder_days = day_list(expiry_reminders, _("reminders before expiry"))
    renewal_reminder_days = day_list(renewal_reminders, _("reminders before the end"))
    grace_reminder_days = day_list(grace_reminders, _("reminders after the end"))
    payment_reminder_days = day_list(
        payment_reminders, _("reminders before the payment window closes")
    )
    agreement_reminder_days = day_list(
        agreement_reminders, _("reminders before an agreement must be signed")
    )

    accrual_ends_on = models.DateField(_("last day of accrual"), null=True, blank=True)
    creation_ends_on = models.DateField(
        _("last day to create or assign"), null=True, blank=True
    )
    reservation_ends_on = models.DateField(
        _("last day to reserve"), null=True, blank=True
    )
    redemption_ends_on = models.DateField(
        _("last day to redeem"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        constraints = [
            models.CheckConstraint(
                condition=Q(voucher_life_days__gt=0, enrollment_months__gt=0),
                name="program_lengths_are_positive",
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return self.name

    @property
    def renewal_rungs(self) -> list[int]:
        """List the days before the end on which to remind; negative after it."""
        after = [-days for days in self.grace_reminder_days]
        return [*self.renewal_reminder_days, *after]


class Offering(Explained):
    """A family of engagement types for which a partner enrolls."""

    refusals = {
        "offering_opens_before_it_closes": (
            "closes_on",
            _("The offering closes before it opens. Check both dates."),
        )
    }

    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, related_name="offerings"
    )
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    opens_on = models.DateField(_("opens on"), null=True, blank=True)
    closes_on = models.DateField(_("closes on"), null=True, blank=True)

    class Meta:
        verbose_name = _("offering")
        verbose_name_plural = _("offerings")
        ordering = ["code"]
        constraints = [
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
            "qualifications__competency"
        )


class EngagementType(Explained):
    """One kind of engagement that a voucher can pay for."""

    refusals = {
        "engagement_type_lengths_are_service_levels": (
            "lengths",
            _("Type service levels of 1, 3, 5, 10 or 15 days, with commas between."),
        )
    }

    offering = models.ForeignKey(
        Offering, on_delete=models.PROTECT, related_name="engagement_types"
    )
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    # Lengths of 1, 3, 5, 10 or 15 days are general; those of a type were never
    # published, so that the shipped ones are labelled as demo data. [PSPOL]
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

"""Rules of the catalogue, each in force for a time: what qualifies, what is asked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    DateRangeField,
    RangeBoundary,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models.catalogue import Competency, EngagementType, Level
from enrollment.models.programs import CATALOGUE_SENTENCES, Program
from portal.db import ExplainedConstraints
from portal.fields import DayColumn
from portal.text_sql import TextKey


def days_between(first: str, last: str) -> Func:
    """Return the range of dates of two fields, both included; null is without end."""
    bounds = RangeBoundary(inclusive_lower=True, inclusive_upper=True)
    return Func(
        F(first), F(last), bounds, function="DATERANGE", output_field=DateRangeField()
    )


def never_twice(name: str, *same: str) -> ExclusionConstraint:
    """Refuse two rows alike in these fields that are in force on the same day."""
    alike: Sequence[Any] = [(field, RangeOperators.EQUAL) for field in same]
    dates = days_between("valid_from", "valid_until")
    return ExclusionConstraint(
        name=name, expressions=[*alike, (dates, RangeOperators.OVERLAPS)]
    )


def in_order(name: str) -> models.CheckConstraint:
    """Refuse a last day before the first one."""
    is_open = Q(valid_from=None) | Q(valid_until=None)
    return models.CheckConstraint(
        condition=is_open | Q(valid_from__lte=F("valid_until")), name=name
    )


OVERLAPS = _(
    "Another row says the same for some of these days. Let one end before the other"
    " begins."
)
LAST_BEFORE_FIRST = _("The last day is before the first. Check both dates.")


class DatedRule(ExplainedConstraints):
    """Something in force from one date to another, both included; empty is open."""

    valid_from = DayColumn(_("in force from"), null=True, blank=True)
    valid_until = DayColumn(_("in force until"), null=True, blank=True)

    class Meta:
        abstract = True

    def is_in_force(self, day: date) -> bool:
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until)

    def meets(self, other: "DatedRule") -> bool:
        """Tell whether both are in force on one day at least."""
        first, last = self.valid_from or date.min, self.valid_until or date.max
        begin, end = other.valid_from or date.min, other.valid_until or date.max
        return first <= end and begin <= last


class Qualification(DatedRule):
    """A competency that qualifies for an engagement type; any one of them does."""

    # Two rows of one parent alike in this are never in force on the same day.
    told_apart_by = "competency"
    refusals = {
        "qualification_begins_before_it_ends": ("valid_until", LAST_BEFORE_FIRST)
    }

    engagement_type = models.ForeignKey(
        EngagementType,
        on_delete=models.CASCADE,
        related_name="qualifications",
        verbose_name=_("engagement type"),
    )
    competency = models.ForeignKey(
        Competency,
        on_delete=models.PROTECT,
        related_name="qualifications",
        verbose_name=_("competency"),
    )
    minimum_level = models.PositiveSmallIntegerField(
        _("minimum level"), choices=Level, default=Level.SILVER
    )

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        ordering = ["pk"]
        constraints = [
            never_twice(
                "qualification_once_at_a_time", "engagement_type", "competency"
            ),
            in_order("qualification_begins_before_it_ends"),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        if self.minimum_level == Level.GOLD:
            return _("%(competency)s (gold)") % {"competency": self.competency}
        return _("%(competency)s (silver or gold)") % {"competency": self.competency}


def certificate_reminders() -> list[int]:
    return [60, 30, 7]


class Exam(ExplainedConstraints):
    """An exam or assessment that consultants pass.

    After ``retired_on`` nobody can pass it any more; what was passed counts until
    ``counts_until``, the retired exam's own last date. [COMP]
    """

    refusals = {
        "exam_retires_before_it_stops_counting": (
            "counts_until",
            _("An exam counts at least until it is retired. Check both dates."),
        ),
        "exam_code_once": ("code", _("There is an exam with this code already.")),
    }

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=160)
    retired_on = DayColumn(_("retired on"), null=True, blank=True)
    counts_until = DayColumn(_("counts until"), null=True, blank=True)
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(),
        default=certificate_reminders,
        verbose_name=_("reminders, in days before a certificate ends"),
    )
    # The real lists per competency were never published to everybody.
    is_demo = models.BooleanField(_("demo"), default=False)

    class Meta:
        verbose_name = _("exam")
        verbose_name_plural = _("exams")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(counts_until=None)
                | Q(retired_on=None)
                | Q(retired_on__lte=F("counts_until")),
                name="exam_retires_before_it_stops_counting",
            ),
            models.UniqueConstraint(TextKey("code"), name="exam_code_once"),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return f"{self.code}: {self.name}"

    def counts_on(self, day: date) -> bool:
        return self.counts_until is None or day <= self.counts_until


class CompetencyExam(DatedRule):
    """An exam that shows a consultant's skill in a competency; any one does [SEED]."""

    told_apart_by = "exam"
    refusals = {
        "competency_exam_begins_before_it_ends": ("valid_until", LAST_BEFORE_FIRST)
    }

    competency = models.ForeignKey(
        Competency,
        on_delete=models.CASCADE,
        related_name="exam_rules",
        verbose_name=_("competency"),
    )
    exam = models.ForeignKey(
        Exam,
        on_delete=models.PROTECT,
        related_name="competency_rules",
        verbose_name=_("exam"),
    )

    class Meta:
        verbose_name = _("exam of a competency")
        verbose_name_plural = _("exams of a competency")
        ordering = ["pk"]
        constraints = [
            never_twice("competency_exam_once_at_a_time", "competency", "exam"),
            in_order("competency_exam_begins_before_it_ends"),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return str(self.exam)


class RequirementKind(models.TextChoices):
    """What a program can ask of partners besides competency and agreement."""

    CONSULTANT = "consultant", _("A consultant with an exam of the competency")
    TRAINING = "training", _("Compliance training")
    DOMAIN = "domain", _("A verified mail domain")


class ProgramRequirement(DatedRule):
    """A switch of a program: this is asked of partners, for a time.

    Compliance training names its exam: one person of the partner must have passed it.
    """

    told_apart_by = "kind"
    refusals = {
        "program_requirement_begins_before_it_ends": ("valid_until", LAST_BEFORE_FIRST),
        "program_requirement_training_names_its_exam": (
            "exam",
            _("Compliance training names its exam; the other requirements name none."),
        ),
    }

    program = models.ForeignKey(
        Program,
        on_delete=models.CASCADE,
        related_name="requirements",
        verbose_name=_("program"),
    )
    kind = models.CharField(_("requirement"), max_length=20, choices=RequirementKind)
    exam = models.ForeignKey(
        Exam,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("exam"),
    )

    class Meta:
        verbose_name = _("requirement of a program")
        verbose_name_plural = _("requirements of a program")
        ordering = ["pk"]
        constraints = [
            never_twice("program_requirement_once_at_a_time", "program", "kind"),
            in_order("program_requirement_begins_before_it_ends"),
            models.CheckConstraint(
                condition=Q(kind__in=RequirementKind.values),
                name="program_requirement_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="training", exam__isnull=False)
                | (~Q(kind="training") & Q(exam__isnull=True)),
                name="program_requirement_training_names_its_exam",
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return self.get_kind_display()

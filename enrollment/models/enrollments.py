"""A partner's enrollment in a program, for one period.

    in progress ─submit▸ submitted ─approve▸ active ─fall_due▸ renewal due
    submitted ─give_back▸ in progress, ─reject▸ rejected
    active, renewal due ─lapse▸ lapsed
    active, renewal due ─suspend▸ suspended ─resume▸ active

A new year is a new enrollment, never an edited old one.
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from enrollment.models.catalogue import Offering, Program
from portal import clock
from portal.models import Organization
from portal.states import guard, move
from portal.tenancy import TenantQuerySet

if TYPE_CHECKING:
    from enrollment.models.lines import EnrollmentLine


class EnrollmentState(models.TextChoices):
    IN_PROGRESS = "in_progress", _("In progress")
    SUBMITTED = "submitted", _("In review")
    ACTIVE = "active", _("Active")
    RENEWAL_DUE = "renewal_due", _("Renewal due")
    LAPSED = "lapsed", _("Lapsed")
    REJECTED = "rejected", _("Rejected")
    SUSPENDED = "suspended", _("Suspended")


OPEN = [EnrollmentState.IN_PROGRESS, EnrollmentState.SUBMITTED]
WITHOUT_PERIOD = [*OPEN, EnrollmentState.REJECTED]
RUNNING = [EnrollmentState.ACTIVE, EnrollmentState.RENEWAL_DUE]
DECIDED = [*RUNNING, EnrollmentState.LAPSED, EnrollmentState.SUSPENDED]
# A period that is over was good for its days; a suspended one is not.
GOOD_FOR_ITS_DAYS = [*RUNNING, EnrollmentState.LAPSED]

ENROLLMENT_MOVES = [
    ("active", "lapsed"),
    ("active", "renewal_due"),
    ("active", "suspended"),
    ("in_progress", "submitted"),
    ("renewal_due", "lapsed"),
    ("renewal_due", "suspended"),
    ("submitted", "active"),
    ("submitted", "in_progress"),
    ("submitted", "rejected"),
    ("suspended", "active"),
]


def months_later(day: date, months: int) -> date:
    """Give the same day of a later month, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@guard(_("The renewal window has not opened yet."))
def in_renewal_window(enrollment: "Enrollment") -> bool:
    today = clock.today(enrollment.partner.time_zone)
    opens_on = enrollment.renewal_opens_on
    assert opens_on is not None, "enrollment_decided_has_period"
    return opens_on <= today


@guard(_("The enrollment period has not ended yet."))
def over(enrollment: "Enrollment") -> bool:
    assert enrollment.good_until is not None, "enrollment_decided_has_period"
    return enrollment.good_until < clock.today(enrollment.partner.time_zone)


class EnrollmentQuerySet(TenantQuerySet):
    partner_path = "partner"

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def running_on(self, day: date) -> Self:
        return self.filter(state__in=RUNNING, starts_on__lte=day, good_until__gte=day)

    def good_on(self, day: date) -> Self:
        """Keep those under which the partner could work on a date, past ones too."""
        good = self.filter(state__in=GOOD_FOR_ITS_DAYS)
        return good.filter(starts_on__lte=day, good_until__gte=day)

    def window_open(self, day: date) -> Self:
        """Keep active ones whose renewal window has opened."""
        opens_on = ExpressionWrapper(
            F("ends_on") - F("program__renewal_window_days"),
            output_field=models.DateField(),
        )
        active = self.filter(state=EnrollmentState.ACTIVE)
        return active.alias(opens_on=opens_on).filter(opens_on__lte=day)

    def over(self, day: date) -> Self:
        return self.filter(state__in=RUNNING, good_until__lt=day)

    def without_successor(self) -> Self:
        """Keep those that no later period, sent or decided, follows."""
        later = Enrollment.objects.filter(
            partner=OuterRef("partner"),
            program=OuterRef("program"),
            period__gt=OuterRef("period"),
        ).exclude(state=EnrollmentState.IN_PROGRESS)
        return self.exclude(Exists(later))


class Enrollment(models.Model):
    """One partner's enrollment in one program for one period."""

    partner = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="enrollments"
    )
    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, related_name="enrollments"
    )
    period = models.PositiveSmallIntegerField(_("period"))
    state = FSMField(
        _("state"),
        choices=EnrollmentState,
        default=EnrollmentState.IN_PROGRESS,
        protected=True,
    )
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    # The end and the program's days of grace, as they were at the approval.
    good_until = models.DateField(_("good until"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    return_reason = models.TextField(_("reason"), blank=True)
    # The last reminder that was sent, in days before the end; negative in grace.
    reminded = models.SmallIntegerField(null=True, editable=False)
    offerings = models.ManyToManyField(Offering, through="EnrollmentLine")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "program", "period"], name="enrollment_once_a_period"
            ),
            models.UniqueConstraint(
                fields=["partner", "program"],
                condition=Q(state__in=["in_progress", "submitted"]),
                name="enrollment_one_open",
            ),
            models.UniqueConstraint(
                fields=["id", "partner"], name="enrollment_of_partner"
            ),
            models.CheckConstraint(
                condition=Q(state__in=EnrollmentState.values),
                name="enrollment_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["in_progress", "submitted", "rejected"])
                # A comparison with nothing is no refusal: both dates have to be there.
                | Q(
                    starts_on__isnull=False,
                    ends_on__isnull=False,
                    good_until__isnull=False,
                    starts_on__lte=F("ends_on"),
                    ends_on__lte=F("good_until"),
                ),
                name="enrollment_decided_has_period",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_on"],
                condition=Q(state__in=["active", "renewal_due"]),
                name="enrollment_running",
            ),
            models.Index(
                fields=["good_until"],
                condition=Q(state__in=["active", "renewal_due"]),
                name="enrollment_good",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=ENROLLMENT_MOVES)
        ]

    audit_sentences = {
        "enrollment.begun": _("began the enrollment"),
        "enrollment.offerings_chosen": _("chose the offerings"),
        "enrollment.submitted": _("sent the enrollment for review"),
        "enrollment.approved": _("approved the enrollment"),
        "enrollment.returned": _("returned the enrollment"),
        "enrollment.rejected": _("rejected the enrollment"),
        "enrollment.rolled": _("carried last year's answers into the new period"),
        "enrollment.confirmed": _("confirmed a part of the enrollment"),
        "enrollment.line_added": _("asked for one more offering"),
        "enrollment.line_approved": _("approved an offering"),
        "enrollment.line_refused": _("refused an offering"),
        "enrollment.fell_due": _("opened the renewal window"),
        "enrollment.lapsed": _("ended the enrollment: its period is over"),
        "enrollment.suspended": _("suspended the enrollment"),
        "enrollment.resumed": _("lifted the suspension"),
    }

    def __str__(self) -> str:
        return f"{self.partner}: {self.program} #{self.period}"

    def get_absolute_url(self) -> str:
        return reverse(
            "enrollment:program", args=[self.partner.slug, self.program.code]
        )

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def chosen(self) -> list[Offering]:
        """List the offerings of its lines, by code; one query unless prefetched."""
        return sorted((line.offering for line in self.lines.all()), key=str)

    def line_of(self, offering: Offering) -> "EnrollmentLine | None":
        """Give the line of an offering; one query unless prefetched."""
        lines = self.lines.all()
        return next((each for each in lines if each.offering_id == offering.pk), None)

    @property
    def renewal_opens_on(self) -> date | None:
        """Give the first day on which the next period can be begun."""
        if self.ends_on is None:
            return None
        return self.ends_on - timedelta(days=self.program.renewal_window_days)

    def is_good_on(self, day: date) -> bool:
        """Tell whether the partner could work under this period on a date."""
        if self.state not in GOOD_FOR_ITS_DAYS:
            return False
        assert self.starts_on is not None, "enrollment_decided_has_period"
        assert self.good_until is not None, "enrollment_decided_has_period"
        return self.starts_on <= day <= self.good_until

    @move(source=EnrollmentState.IN_PROGRESS, target=EnrollmentState.SUBMITTED)
    def submit(self) -> None:
        self.submitted_at = clock.now()
        self.return_reason = ""

    @move(source=EnrollmentState.SUBMITTED, target=EnrollmentState.IN_PROGRESS)
    def give_back(self, *, reason: str) -> None:
        self.return_reason = reason

    @move(source=EnrollmentState.SUBMITTED, target=EnrollmentState.ACTIVE)
    def approve(self, *, starts_on: date, ends_on: date) -> None:
        self.starts_on = starts_on
        self.ends_on = ends_on
        self.good_until = ends_on + timedelta(days=self.program.grace_days)

    @move(source=EnrollmentState.SUBMITTED, target=EnrollmentState.REJECTED)
    def reject(self, *, reason: str) -> None:
        self.return_reason = reason

    @move(
        source=EnrollmentState.ACTIVE,
        target=EnrollmentState.RENEWAL_DUE,
        conditions=[in_renewal_window],
    )
    def fall_due(self) -> None:
        """Open the renewal window; nothing else changes for the partner."""

    @move(source=RUNNING, target=EnrollmentState.LAPSED, conditions=[over])
    def lapse(self) -> None:
        """Close a period that is over: no new reservations under it."""

    @move(source=RUNNING, target=EnrollmentState.SUSPENDED)
    def suspend(self) -> None:
        """Stop new reservations until the sponsor lifts the suspension."""

    @move(source=EnrollmentState.SUSPENDED, target=EnrollmentState.ACTIVE)
    def resume(self) -> None:
        """Let the partner reserve again."""

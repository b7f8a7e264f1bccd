"""A partner's enrollment in a program, for one period.

    in progress ─submit▸ submitted ─approve▸ active ─fall_due▸ renewal due
    submitted ─return_for_correction▸ in progress, ─reject▸ rejected
    active, renewal due ─lapse▸ lapsed
    active, renewal due ─suspend▸ suspended ─resume▸ active

A new year is a new enrollment, never an edited old one. It carries over the answers of
the period that it ``follows``, and at most one period of a partner is good on any day.
"""

from datetime import date, timedelta
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from enrollment.models.catalogue import Offering
from enrollment.models.programs import Program
from enrollment.models.rules import days_between
from enrollment.models.states import (
    APPROVED_IN_A_PERIOD,
    DECIDED,
    ENROLLMENT_MOVES,
    GOOD_FOR_ITS_DAYS,
    LINE_MOVES,
    OPEN,
    RUNNING,
    UNSENT,
    EnrollmentState,
    LineState,
)
from portal import clock
from portal.models import Organization, Reason
from portal.reminders_sql import FirstOffset, LastOffset, untold
from portal.states import guard, move
from portal.tenancy import TenantQuerySet
from portal.zones import days_from, local_day

__all__ = [
    "DECIDED",
    "ENROLLMENT_MOVES",
    "GOOD_FOR_ITS_DAYS",
    "OPEN",
    "RUNNING",
    "Enrollment",
    "EnrollmentQuerySet",
    "EnrollmentState",
]


@guard(_("The renewal window has not opened yet."))
def in_renewal_window(enrollment: "Enrollment") -> bool:
    today = clock.today(enrollment.partner.time_zone)
    opens_on = enrollment.renewal_opens_on
    assert opens_on is not None, "enrollment_decided_has_period"
    return opens_on <= today


@guard(_("The enrollment period has not ended yet."))
def is_over(enrollment: "Enrollment") -> bool:
    assert enrollment.good_until is not None, "enrollment_decided_has_period"
    return enrollment.good_until < clock.today(enrollment.partner.time_zone)


def _successors(periods: models.QuerySet) -> models.QuerySet:
    later = periods.model._default_manager.filter(
        partner=OuterRef("partner"),
        program=OuterRef("program"),
        period__gt=OuterRef("period"),
    )
    unsent: models.QuerySet = later.exclude(state__in=UNSENT)
    return unsent


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

    def window_open(self, program: Program, day: date) -> Self:
        """Keep a program's active ones whose renewal window has opened."""
        last = day + timedelta(days=program.renewal_window_days)
        active = self.filter(state=EnrollmentState.ACTIVE)
        return active.filter(program=program, ends_on__lte=last)

    def to_remind(self) -> Self:
        """Keep the due ones that reached another offset, before their end or in grace.

        Nobody is reminded whose next period was sent or decided.
        """
        left = days_from(F("ends_on"), local_day("partner__time_zone", clock.now()))
        before = FirstOffset(F("program__renewal_reminder_days"), left)
        after = LastOffset(F("program__grace_reminder_days"), left * -1)
        due = self.filter(state=EnrollmentState.RENEWAL_DUE).without_successor()
        return untold(due, Least(before, after * -1)).select_related(
            "partner", "program"
        )

    def over(self, day: date) -> Self:
        return self.filter(state__in=RUNNING, good_until__lt=day)

    def without_successor(self) -> Self:
        """Keep those that no later period, sent or decided, follows."""
        return self.exclude(Exists(_successors(self)))


class Enrollment(models.Model):
    """One partner's enrollment in one program for one period."""

    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="enrollments",
        verbose_name=_("partner"),
    )
    program = models.ForeignKey(
        Program,
        on_delete=models.PROTECT,
        related_name="enrollments",
        verbose_name=_("program"),
    )
    period = models.PositiveSmallIntegerField(_("period"))
    # The period whose answers it carries over, each part to be confirmed.
    follows = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("the period before"),
    )
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
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    reason = models.ForeignKey(
        Reason,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("reason"),
    )
    return_reason = models.TextField(_("note"), blank=True)
    # The last reminder that was sent, in days before the end; negative in grace.
    reminded = models.SmallIntegerField(_("last reminder"), null=True, editable=False)
    offerings = models.ManyToManyField(
        Offering, through="EnrollmentLine", verbose_name=_("offerings")
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

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
            ExclusionConstraint(
                name="enrollment_one_good_period_a_day",
                expressions=[
                    ("partner", RangeOperators.EQUAL),
                    ("program", RangeOperators.EQUAL),
                    (days_between("starts_on", "good_until"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=["active", "renewal_due", "lapsed", "suspended"]),
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | Q(reason__isnull=False),
                name="enrollment_rejected_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "ends_on", "reminded"],
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

    def shown_with(self) -> list[Any]:
        """Return the chosen offerings and what is confirmed, which forms change too."""
        lines = self.lines.model.objects.filter(enrollment=self)
        confirmed = self.confirmations.model.objects.filter(enrollment=self)
        return [
            sorted(lines.values_list("offering", "state")),
            sorted(confirmed.values_list("section", flat=True)),
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
        "enrollment.followed": _("ended the days of grace: the next period follows"),
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
    def reference(self) -> str:
        """Return what people write in a mail or say on the telephone."""
        return f"EN-{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_renewal(self) -> bool:
        return self.follows_id is not None

    @property
    def chosen_offerings(self) -> list[Offering]:
        """List the offerings that were not refused; one query unless prefetched."""
        lines = [line for line in self.lines.all() if line.state != "refused"]
        return sorted((line.offering for line in lines), key=str)

    @property
    def decide_by(self) -> date | None:
        """Return the date by which the sponsor means to decide, once it is sent."""
        if self.submitted_at is None:
            return None
        sent_on = clock.day_of(self.submitted_at, self.partner.time_zone)
        return sent_on + timedelta(days=self.program.enrollment_review_days)

    def offset_on(self, day: date) -> int | None:
        """Return the last offset of the reminders that is reached on a date."""
        assert self.ends_on is not None, "enrollment_decided_has_period"
        left = (self.ends_on - day).days
        reminder_offsets = self.program.renewal_offsets
        return min(
            (
                reminder_offset
                for reminder_offset in reminder_offsets
                if left <= reminder_offset
            ),
            default=None,
        )

    @cached_property
    def known_lines(self) -> list["EnrollmentLine"]:
        """List its lines; one query unless they came along."""
        return list(self.lines.all())

    def line_of(self, offering: Offering) -> "EnrollmentLine | None":
        """Return the line of an offering."""
        lines = self.known_lines
        return next((line for line in lines if line.offering_id == offering.pk), None)

    @property
    def renewal_opens_on(self) -> date | None:
        """Return the first day on which the next period can be begun."""
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
    def return_for_correction(self, *, note: str = "") -> None:
        self.return_reason = note

    @move(source=EnrollmentState.SUBMITTED, target=EnrollmentState.ACTIVE)
    def approve(self, *, starts_on: date, ends_on: date) -> None:
        self.starts_on = starts_on
        self.ends_on = ends_on
        self.good_until = ends_on + timedelta(days=self.program.grace_days)

    @move(source=EnrollmentState.SUBMITTED, target=EnrollmentState.REJECTED)
    def reject(self, *, reason: Reason, note: str = "") -> None:
        self.reason = reason
        self.return_reason = note

    @move(
        source=EnrollmentState.ACTIVE,
        target=EnrollmentState.RENEWAL_DUE,
        conditions=[in_renewal_window],
    )
    def fall_due(self) -> None:
        """Open the renewal window; nothing else changes for the partner."""

    @move(source=RUNNING, target=EnrollmentState.LAPSED, conditions=[is_over])
    def lapse(self) -> None:
        """Close a period that is over: no new reservations under it."""

    @move(source=RUNNING, target=EnrollmentState.SUSPENDED)
    def suspend(self) -> None:
        """Stop reserving, scheduling and redeeming until the sponsor lifts it."""

    @move(source=EnrollmentState.SUSPENDED, target=EnrollmentState.ACTIVE)
    def resume(self) -> None:
        """Let the partner reserve again."""


class EnrollmentLineQuerySet(TenantQuerySet):
    partner_path = "partner"

    def asked(self) -> Self:
        return self.filter(state=LineState.ASKED)


class EnrollmentLine(models.Model):
    """One offering of an enrollment, which counts once it is approved."""

    enrollment = models.ForeignKey(
        Enrollment,
        on_delete=models.CASCADE,
        related_name="lines",
        verbose_name=_("enrollment"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    offering = models.ForeignKey(
        Offering, on_delete=models.PROTECT, related_name="+", verbose_name=_("offering")
    )
    state = FSMField(
        _("state"), choices=LineState, default=LineState.ASKED, protected=True
    )
    reason = models.ForeignKey(
        Reason,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("reason"),
    )
    note = models.TextField(_("note"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = EnrollmentLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("offering of an enrollment")
        verbose_name_plural = _("offerings of an enrollment")
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "offering"], name="enrollment_line_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LineState.values),
                name="enrollment_line_state_is_known",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=LINE_MOVES),
            pgtrigger.Trigger(
                name="approved_in_a_period",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__state="approved"),
                func=APPROVED_IN_A_PERIOD,
            ),
        ]

    def __str__(self) -> str:
        return str(self.offering)

    @move(source=LineState.ASKED, target=LineState.APPROVED)
    def approve(self) -> None:
        self.decided_at = clock.now()

    @move(source=LineState.ASKED, target=LineState.REFUSED)
    def refuse(self, *, reason: Reason, note: str = "") -> None:
        self.reason = reason
        self.note = note
        self.decided_at = clock.now()

    @move(source=LineState.REFUSED, target=LineState.ASKED)
    def ask_again(self) -> None:
        self.reason = None
        self.note = ""
        self.decided_at = None

"""The states of an enrollment, and which periods the calendar has to turn."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models.programs import Program
from portal import clock
from portal.states import guard
from portal.tenancy import TenantQuerySet

if TYPE_CHECKING:
    from enrollment.models.enrollments import Enrollment


class EnrollmentState(models.TextChoices):
    IN_PROGRESS = "in_progress", _("In progress")
    SUBMITTED = "submitted", _("In review")
    ACTIVE = "active", _("Active")
    RENEWAL_DUE = "renewal_due", _("Renewal due")
    LAPSED = "lapsed", _("Lapsed")
    REJECTED = "rejected", _("Rejected")
    SUSPENDED = "suspended", _("Suspended")


OPEN = [EnrollmentState.IN_PROGRESS, EnrollmentState.SUBMITTED]
UNSENT = [EnrollmentState.IN_PROGRESS, EnrollmentState.REJECTED]
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

    def window_open(self, program: Program, day: date) -> Self:
        """Keep a program's active ones whose renewal window has opened."""
        last = day + timedelta(days=program.renewal_window_days)
        active = self.filter(state=EnrollmentState.ACTIVE)
        return active.filter(program=program, ends_on__lte=last)

    def to_remind(self, program: Program, day: date) -> Self:
        """Keep a program's due ones that stand on a rung and were not told so."""
        due = self.filter(program=program, state=EnrollmentState.RENEWAL_DUE)
        return due.filter(_rung_reached(program, day)).without_successor()

    def over(self, day: date) -> Self:
        return self.filter(state__in=RUNNING, good_until__lt=day)

    def without_successor(self) -> Self:
        """Keep those that no later period, sent or decided, follows."""
        return self.exclude(Exists(_successors(self)))


def _successors(periods: models.QuerySet) -> models.QuerySet:
    later = periods.model._default_manager.filter(
        partner=OuterRef("partner"),
        program=OuterRef("program"),
        period__gt=OuterRef("period"),
    )
    unsent: models.QuerySet = later.exclude(state__in=UNSENT)
    return unsent


def _rung_reached(program: Program, day: date) -> Q:
    """Give what those have in common who stand on a rung that they were not told of."""
    reached, lower = Q(pk__in=[]), None
    for rung in sorted(program.renewal_rungs):
        on_rung = Q(ends_on__lte=day + timedelta(days=rung))
        if lower is not None:
            on_rung &= Q(ends_on__gt=day + timedelta(days=lower))
        reached |= on_rung & (Q(reminded=None) | Q(reminded__gt=rung))
        lower = rung
    return reached

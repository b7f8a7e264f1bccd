"""What the enrollment pages show of one partner in one program."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.eligibility import judge_for_enrollment
from enrollment.facts import Facts, facts_of, offerings_of
from enrollment.models import (
    BusinessProfile,
    EngagementType,
    Enrollment,
    Offering,
    Program,
)
from enrollment.models.enrollments import DECIDED, RUNNING, EnrollmentState
from enrollment.requirements import choosable
from enrollment.tasklist import Task, TaskList
from portal import clock
from portal.findings import Finding
from portal.models import Organization


@dataclass(frozen=True)
class Judged:
    """An engagement type with what was found about the partner."""

    engagement_type: EngagementType
    findings: list[Finding]


class Overview:
    """A partner's way through the enrollment in a program, as of today."""

    def __init__(
        self, partner: Organization, program: Program, *, may_act: bool = True
    ) -> None:
        self.partner = partner
        self.may_act = may_act
        self.program = program
        self.today: date = clock.today(partner.time_zone)
        self.facts: Facts = facts_of(partner, program)

    @property
    def current(self) -> Enrollment | None:
        """Give the enrollment under which the partner works, or did, or means to."""
        working = self.facts.enrollment_on(self.today)
        return working or self.decided or self.facts.latest

    @property
    def subject(self) -> Enrollment | None:
        """Give the enrollment that the tasks are about; none before it is begun."""
        return None if self.can_renew else self.facts.latest

    @property
    def decided(self) -> Enrollment | None:
        """Give the last period that was decided, whatever was tried after it."""
        decided = (e for e in self.facts.enrollments if e.state in DECIDED)
        return next(decided, None)

    @property
    def can_renew(self) -> bool:
        """Tell whether an enrollment after the first can be begun now."""
        latest, decided = self.facts.latest, self.decided
        if latest is None or latest.is_open:
            return False
        if decided is None:
            return True
        opens_on = decided.renewal_opens_on
        is_suspended = decided.state == EnrollmentState.SUSPENDED
        return opens_on is not None and opens_on <= self.today and not is_suspended

    @property
    def is_late(self) -> bool:
        """Tell whether the last period has ended, grace or not."""
        decided = self.decided
        ends_on = decided.ends_on if decided else None
        return ends_on is not None and ends_on < self.today

    @property
    def is_refused(self) -> bool:
        """Tell whether the last attempt was rejected and none is begun since."""
        latest = self.facts.latest
        return latest is not None and latest.state == EnrollmentState.REJECTED

    @property
    def can_add_offering(self) -> bool:
        """Tell whether the partner may ask for one more while its period runs."""
        current = self.current
        is_running = current is not None and current.state in RUNNING
        return is_running and bool(self.addable)

    @property
    def addable(self) -> list[Offering]:
        """List what the current period does not have and has not asked for."""
        has = self.current.chosen if self.current else []
        return [each for each in self.offerings if each not in has]

    @cached_property
    def task_list(self) -> TaskList:
        return TaskList(self.facts, self.subject, self.today, self.offerings)

    @cached_property
    def has_profile(self) -> bool:
        """Tell whether customers can read of the partner."""
        mine = BusinessProfile.objects.filter(partner=self.partner)
        return mine.published().exists()

    @cached_property
    def offerings(self) -> list[Offering]:
        return offerings_of(self.program)

    @property
    def renew_url(self) -> str:
        return self.url("offerings")

    def choices(self) -> list[Finding]:
        """Tell of each offering whether the partner can choose it."""
        return [choosable(self.facts, each, self.today) for each in self.offerings]

    def tasks(self) -> list[Task]:
        """List the steps from the company's own answers to the profile."""
        steps = [*self.task_list.steps(), self._publish()]
        return steps if self.may_act else [replace(each, url="") for each in steps]

    @property
    def next_task(self) -> Task | None:
        """Give the first step that is still to be done and can be."""
        return next((t for t in self.tasks() if t.url and not t.is_done), None)

    def _publish(self) -> Task:
        title, current = _("Publish your business profile"), self.current
        if current is None or current.state not in RUNNING:
            hint = _("Possible once your enrollment is active.")
            return Task(title, _("Cannot start yet"), hint=hint)
        status = _("Completed") if self.has_profile else _("Not started")
        url = self.url("profiles", program=False)
        return Task(title, status, url, self.has_profile)

    def url(self, page: str, *, program: bool = True) -> str:
        args = [self.partner.slug, *([self.program.code] if program else [])]
        return reverse(f"enrollment:{page}", args=args)


def _types(offering: Offering) -> list[EngagementType]:
    types = list(offering.engagement_types.all())
    for each in types:
        each.offering = offering
    return types


def evidence_for(enrollment: Enrollment, facts: Facts) -> list[Judged]:
    """Judge a partner on the engagement types of its chosen offerings."""
    today = clock.today(enrollment.partner.time_zone)
    chosen = set(enrollment.lines.values_list("offering_id", flat=True))
    offerings = [o for o in offerings_of(enrollment.program) if o.pk in chosen]
    return [
        Judged(each, judge_for_enrollment(facts, each, today))
        for offering in offerings
        for each in _types(offering)
    ]


def all_programs() -> list[Program]:
    return list(Program.objects.order_by("pk"))

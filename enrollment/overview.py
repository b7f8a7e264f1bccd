"""What the enrollment pages show of one partner in one program."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.eligibility import judge, judge_for_enrollment
from enrollment.facts import Facts, facts_of, offerings_of
from enrollment.models import (
    BusinessProfile,
    EngagementType,
    Enrollment,
    Offering,
    Program,
)
from enrollment.models.enrollments import RUNNING, EnrollmentState
from enrollment.models.proofs import ProofState
from enrollment.requirements import choosable, complete
from portal import clock
from portal.findings import Finding, all_hold, unmet
from portal.models import Organization
from portal.words import listed


@dataclass(frozen=True)
class Task:
    """One line of the task list."""

    title: str
    status: str
    url: str = ""
    is_done: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Judged:
    """An engagement type with what was found about the partner."""

    engagement_type: EngagementType
    findings: list[Finding]

    @property
    def can_deliver(self) -> bool:
        return all_hold(self.findings)

    @property
    def obstacle(self) -> Finding:
        return unmet(self.findings)[0]


@dataclass(frozen=True)
class Group:
    """An offering with its engagement types."""

    offering: Offering
    judged: list[Judged]


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
        """Give the enrollment under which the partner works, or the latest."""
        return self.facts.enrollment_on(self.today) or self.facts.latest

    @property
    def subject(self) -> Enrollment | None:
        """Give the enrollment that the tasks are about; none before it is begun."""
        latest = self.facts.latest
        return None if latest and self.can_renew else latest

    @property
    def can_renew(self) -> bool:
        """Tell whether the next period can be begun now."""
        latest = self.facts.latest
        if latest is None or latest.is_open:
            return False
        opens_on = latest.renewal_opens_on
        is_suspended = latest.state == EnrollmentState.SUSPENDED
        return opens_on is not None and opens_on <= self.today and not is_suspended

    @cached_property
    def profile(self) -> BusinessProfile | None:
        return BusinessProfile.objects.filter(partner=self.partner).first()

    @cached_property
    def offerings(self) -> list[Offering]:
        return offerings_of(self.program)

    @property
    def missing(self) -> list[Finding]:
        """List what the open enrollment lacks before it can be sent."""
        if self.subject is None or not self.subject.is_open:
            return []
        return unmet(complete(self.facts, self.subject, self.today))

    @property
    def renew_url(self) -> str:
        return self.url("offerings")

    def choices(self) -> list[Finding]:
        """Tell of each offering whether the partner can choose it."""
        return [choosable(self.facts, each, self.today) for each in self.offerings]

    def answers(self) -> list[tuple[str, str, str]]:
        """List what the reviewers will read, each with the way to change it."""
        signature = self.facts.signature_on(self.today)
        chosen = self.subject.chosen if self.subject else []
        return [
            (_("Company"), self.partner.name, ""),
            (
                _("Competencies"),
                listed(self.facts.held),
                self.url("competency_add", program=False),
            ),
            (
                _("Program agreement"),
                _("Signed by %(name)s.") % {"name": signature.signer_name}
                if signature
                else "",
                "" if signature else self.url("agreement"),
            ),
            (
                _("Offerings"),
                listed(chosen),
                self.url("offerings"),
            ),
        ]

    def groups(self) -> list[Group]:
        return [
            Group(
                each,
                [Judged(t, judge(self.facts, t, self.today)) for t in _types(each)],
            )
            for each in self.offerings
        ]

    def tasks(self) -> list[Task]:
        """List the steps from the first competency to the profile."""
        steps = [
            self._prove(),
            self._sign(),
            self._choose(),
            self._send(),
            self._publish(),
        ]
        return steps if self.may_act else [replace(each, url="") for each in steps]

    @property
    def next_task(self) -> Task | None:
        """Give the first step that is still to be done and can be."""
        return next((t for t in self.tasks() if t.url and not t.is_done), None)

    def _prove(self) -> Task:
        held = [each for each in self.facts.held if each.is_valid(self.today)]
        verified = [each for each in held if each.state == ProofState.VERIFIED]
        if verified:
            status = _("Completed")
        else:
            status = _("In review") if held else _("Not started")
        return Task(
            _("Add your competencies"),
            status,
            self.url("competency_add", program=False),
            bool(verified),
            listed(held),
        )

    def _sign(self) -> Task:
        agreement = self.facts.agreement_on(self.today)
        signature = self.facts.signature_on(self.today)
        return Task(
            _("Sign the program agreement"),
            _("Completed") if signature else _("Not started"),
            self.url("agreement") if agreement else "",
            bool(signature),
            _("Signed by %(name)s.") % {"name": signature.signer_name}
            if signature
            else "",
        )

    def _choose(self) -> Task:
        subject = self.subject
        chosen = subject.chosen if subject else []
        is_open = subject is None or subject.state == EnrollmentState.IN_PROGRESS
        return Task(
            _("Choose your offerings"),
            _("Completed") if chosen else _("Not started"),
            self.url("offerings") if is_open else "",
            bool(chosen),
            listed(each.code for each in chosen),
        )

    def _send(self) -> Task:
        subject, title = self.subject, _("Check and send")
        if subject is None:
            return Task(title, _("Cannot start yet"))
        if subject.state != EnrollmentState.IN_PROGRESS:
            waits = subject.state == EnrollmentState.SUBMITTED
            status = _("In review") if waits else _("Completed")
            return Task(title, status, is_done=not waits)
        hint = " ".join(str(each.fix) for each in self.missing)
        if hint:
            return Task(title, _("Cannot start yet"), hint=hint)
        status = _("Returned") if subject.return_reason else _("Not started")
        return Task(title, status, self.url("check"), hint=subject.return_reason)

    def _publish(self) -> Task:
        title, current = _("Publish your business profile"), self.current
        published = bool(self.profile and self.profile.published_at)
        if current is None or current.state not in RUNNING:
            hint = _("Possible once your enrollment is active.")
            return Task(title, _("Cannot start yet"), hint=hint)
        status = _("Completed") if published else _("Not started")
        return Task(title, status, self.url("profile", program=False), published)

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

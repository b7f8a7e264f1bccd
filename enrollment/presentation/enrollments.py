"""The task list of an enrollment: what is done, to be done, mended or confirmed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.eligibility import engine, requirements
from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility.facts import Extent, Facts
from enrollment.models import (
    BusinessProfile,
    EngagementType,
    Enrollment,
    Offering,
    Pin,
    Program,
    Section,
)
from enrollment.models.competencies import ProofState
from enrollment.models.states import DECIDED, RUNNING, EnrollmentState
from portal import clock
from portal.findings import Finding, unmet_findings
from portal.models import Organization
from portal.text import join_words


@dataclass(frozen=True)
class Task:
    """One line of the task list, with what a reviewer pinned to it."""

    title: str
    status: str
    url: str = ""
    is_done: bool = False
    hint: str = ""
    pins: list[Pin] = field(default_factory=list)


class TaskList:
    """The way of one enrollment from its first answer to the sponsor's decision.

    ``subject`` is the enrollment, none before it is begun; ``offerings`` are the
    program's, with what qualifies for them.
    """

    def __init__(
        self,
        facts: Facts,
        subject: Enrollment | None,
        day: date,
        offerings: list[Offering],
    ) -> None:
        self.facts = facts
        self.subject = subject
        self.day = day
        self.offerings = offerings

    @cached_property
    def pins(self) -> list[Pin]:
        """List what is pinned to the returned enrollment and not settled yet."""
        if not self.is_in_progress:
            return []
        open_ones = Pin.objects.open().filter(enrollment=self.subject)
        return list(open_ones.select_related("reason").order_by("pk"))

    @cached_property
    def confirmed_sections(self) -> set[str]:
        is_renewal = self.subject is not None and self.subject.is_renewal
        return (
            requirements.confirmed_sections(self.subject)
            if is_renewal and self.subject
            else set()
        )

    @property
    def sections(self) -> list[Section]:
        return requirements.sections_of(self.facts, self.day)

    @property
    def is_in_progress(self) -> bool:
        state = self.subject.state if self.subject else ""
        return state == EnrollmentState.IN_PROGRESS

    @cached_property
    def missing(self) -> list[Finding]:
        """List what the enrollment in progress lacks before it can be sent."""
        if self.subject is None or not self.is_in_progress:
            return []
        return unmet_findings(
            requirements.check_complete(
                self.facts, self.subject, self.day, self.offerings
            )
        )

    def steps(self) -> list[Task]:
        """List the parts of the enrollment in their order, then the way to send it."""
        make: dict[Section, Callable[[], Task]] = {
            Section.COMPANY: self._company,
            Section.COMPETENCIES: self._prove,
            Section.CONSULTANTS: self._consultants,
            Section.AGREEMENT: self._sign,
            Section.OFFERINGS: self._choose,
        }
        parts = [
            self._of_section(section, make[section]()) for section in self.sections
        ]
        return [*parts, self._send()]

    def _of_section(self, section: Section, task: Task) -> Task:
        """Return a part's task; a reviewer's pins and a confirmation go first."""
        if self.pins:
            return self._with_pins(section, task)
        is_renewal = self.subject is not None and self.subject.is_renewal
        if not is_renewal or not self.is_in_progress:
            return task
        if section in self.confirmed_sections and task.is_done:
            return replace(task, status=_("Confirmed"))
        url = self.url("confirm", section)
        return replace(task, status=_("To be confirmed"), url=url, is_done=False)

    def _with_pins(self, section: Section, task: Task) -> Task:
        pins = [pin for pin in self.pins if pin.section == section]
        if pins:
            return replace(task, status=_("To be mended"), is_done=False, pins=pins)
        if self._lacks(section):
            return task
        # What is still to be done about it is no business of the reviewer's.
        hint = task.hint if task.is_done else ""
        return replace(task, status=_("Accepted"), is_done=True, hint=hint)

    def _company(self) -> Task:
        parts = self._lacks(Section.COMPANY)
        return Task(
            _("Check your company and its locations"),
            _("Not started") if parts else _("Completed"),
            reverse("organization:company", args=[self.facts.partner.slug]),
            not parts,
            " ".join(str(part.fix) for part in parts),
        )

    def _prove(self) -> Task:
        held_competencies = [
            held_competency
            for held_competency in self.facts.held_competencies
            if held_competency.counts_on(self.day)
        ]
        verified = [
            held_competency
            for held_competency in held_competencies
            if held_competency.state == ProofState.VERIFIED
        ]
        if verified:
            status = _("Completed")
        else:
            status = _("In review") if held_competencies else _("Not started")
        return Task(
            _("Add your competencies"),
            status,
            self.url("competency_add", program=False),
            bool(verified),
            join_words(held_competencies),
        )

    def _consultants(self) -> Task:
        passed = [
            certificate
            for certificate in self.facts.certificates
            if certificate.counts_on(self.day)
        ]
        verified = [
            certificate
            for certificate in passed
            if certificate.state == ProofState.VERIFIED
        ]
        lacks = self._lacks(Section.CONSULTANTS)
        hint = " ".join(str(lack.fix) for lack in lacks)
        if verified and not lacks:
            status = _("Completed")
        else:
            status = _("In review") if passed else _("Not started")
            hint = hint or _("You can send the enrollment without it, but not deliver.")
        return Task(
            _("Add your consultants and their exams"),
            status,
            self.url("consultants", program=False),
            bool(verified) and not lacks,
            hint,
        )

    def _sign(self) -> Task:
        agreement = self.facts.agreement_on(self.day)
        signature = self.facts.signature_on(self.day)
        is_newest = bool(
            signature and agreement and signature.agreement_id == agreement.pk
        )
        if is_newest:
            status = _("Completed")
        else:
            status = _("To be signed again") if signature else _("Not started")
        return Task(
            _("Sign the program agreement"),
            status,
            self.url("agreement") if agreement else "",
            is_newest,
            _("Signed by %(name)s.") % {"name": signature.signer_name}
            if signature
            else "",
        )

    def _choose(self) -> Task:
        offerings = self.subject.chosen_offerings if self.subject else []
        is_open = self.subject is None or self.is_in_progress
        return Task(
            _("Choose your offerings"),
            _("Completed") if offerings else _("Not started"),
            self.url("offerings") if is_open else "",
            bool(offerings),
            join_words(offering.code for offering in offerings),
        )

    def _send(self) -> Task:
        title = _("Check and send")
        if self.subject is None:
            return Task(title, _("Cannot start yet"))
        if not self.is_in_progress:
            waits = self.subject.state == EnrollmentState.SUBMITTED
            status = _("In review") if waits else _("Completed")
            return Task(title, status, is_done=not waits)
        if self.missing:
            hint = " ".join(dict.fromkeys(str(finding.fix) for finding in self.missing))
            return Task(title, _("Cannot start yet"), hint=hint)
        status = _("Returned") if self.pins else _("Not started")
        note = self.subject.return_reason
        return Task(title, status, self.url("check"), hint=note)

    def _lacks(self, section: Section) -> list[Finding]:
        return unmet_findings(self.needs[section])

    @cached_property
    def needs(self) -> dict[Section, list[Finding]]:
        """Return what was found about each part."""
        offerings = self.subject.chosen_offerings if self.subject else []
        return requirements.by_section(self.facts, offerings, self.day, self.offerings)

    def url(self, page: str, *more: str, program: bool = True) -> str:
        """Return the address of a page about this partner, and mostly this program."""
        code = [self.facts.program.code] if program else []
        args = [self.facts.partner.slug, *code, *more]
        return reverse(f"enrollment:{page}", args=args)


@dataclass(frozen=True)
class JudgedOffering:
    """An engagement type with what was found about the partner."""

    engagement_type: EngagementType
    findings: list[Finding]


class Overview:
    """A partner's way through the enrollment in a program, as of today."""

    def __init__(
        self,
        partner: Organization,
        program: Program,
        *,
        may_act: bool = True,
        only_asked: bool = False,
    ) -> None:
        self.partner = partner
        self.may_act = may_act
        self.program = program
        self.today: date = clock.today(partner.time_zone)
        self.facts: Facts = eligibility_facts.facts_of(
            partner, program, Extent(only_asked=only_asked)
        )

    @property
    def current(self) -> Enrollment | None:
        """Return the enrollment under which the partner works, or did, or means to."""
        working = self.facts.enrollment_on(self.today)
        return working or self.decided_enrollment or self.facts.latest

    @property
    def subject(self) -> Enrollment | None:
        """Return the enrollment that the tasks are about; none before it is begun."""
        return None if self.can_renew else self.facts.latest

    @property
    def decided_enrollment(self) -> Enrollment | None:
        """Return the last period that was decided, whatever was tried after it."""
        decided = (e for e in self.facts.enrollments if e.state in DECIDED)
        return next(decided, None)

    @property
    def can_renew(self) -> bool:
        """Tell whether an enrollment after the first can be begun now."""
        latest, decided = self.facts.latest, self.decided_enrollment
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
        decided = self.decided_enrollment
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
        has = self.current.chosen_offerings if self.current else []
        return [offering for offering in self.offerings if offering not in has]

    @cached_property
    def task_list(self) -> TaskList:
        return TaskList(self.facts, self.subject, self.today, self.offerings)

    @cached_property
    def has_profile(self) -> bool:
        """Tell whether customers can read of the partner."""
        profiles = BusinessProfile.objects.filter(partner=self.partner)
        return profiles.published().exists()

    @cached_property
    def offerings(self) -> list[Offering]:
        return eligibility_facts.offerings_of(self.program)

    @property
    def renew_url(self) -> str:
        return self.url("offerings")

    def choices(self) -> list[Finding]:
        """Tell of each offering whether the partner can choose it."""
        return [
            requirements.choice_finding(self.facts, offering, self.today)
            for offering in self.offerings
        ]

    def tasks(self) -> list[Task]:
        """List the steps from the company's own answers to the profile."""
        steps = [*self.task_list.steps(), self._publish()]
        return steps if self.may_act else [replace(step, url="") for step in steps]

    @property
    def next_task(self) -> Task | None:
        """Return the first step that is still to be done and can be."""
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
    for engagement_type in types:
        engagement_type.offering = offering
    return types


def evidence_for(enrollment: Enrollment, facts: Facts) -> list[JudgedOffering]:
    """Judge a partner on the engagement types of its chosen offerings."""
    today = clock.today(enrollment.partner.time_zone)
    offering_ids = set(enrollment.lines.values_list("offering_id", flat=True))
    offerings = [
        o
        for o in eligibility_facts.offerings_of(enrollment.program)
        if o.pk in offering_ids
    ]
    return [
        JudgedOffering(
            engagement_type, engine.check_for_enrollment(facts, engagement_type, today)
        )
        for offering in offerings
        for engagement_type in _types(offering)
    ]


def all_programs() -> list[Program]:
    return list(Program.objects.order_by("pk"))

"""The task list of an enrollment: what is done, to be done, mended or confirmed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.facts import Facts
from enrollment.models import Enrollment, Offering, Pin, Section
from enrollment.models.enrollments import EnrollmentState
from enrollment.models.proofs import ProofState
from enrollment.requirements import by_section, complete, confirmed_in, sections_of
from portal.findings import Finding, unmet
from portal.words import listed


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
    def confirmed(self) -> set[str]:
        is_renewal = self.subject is not None and self.subject.is_renewal
        return confirmed_in(self.subject) if is_renewal and self.subject else set()

    @property
    def sections(self) -> list[Section]:
        return sections_of(self.facts, self.day)

    @property
    def is_in_progress(self) -> bool:
        state = self.subject.state if self.subject else ""
        return state == EnrollmentState.IN_PROGRESS

    @cached_property
    def missing(self) -> list[Finding]:
        """List what the enrollment in progress lacks before it can be sent."""
        if self.subject is None or not self.is_in_progress:
            return []
        return unmet(complete(self.facts, self.subject, self.day, self.offerings))

    def steps(self) -> list[Task]:
        """List the parts of the enrollment in their order, then the way to send it."""
        make: dict[Section, Callable[[], Task]] = {
            Section.COMPANY: self._company,
            Section.COMPETENCIES: self._prove,
            Section.CONSULTANTS: self._consultants,
            Section.AGREEMENT: self._sign,
            Section.OFFERINGS: self._choose,
        }
        parts = [self._of_section(each, make[each]()) for each in self.sections]
        return [*parts, self._send()]

    def _of_section(self, section: Section, task: Task) -> Task:
        """Put what the reviewer, or the new year, asks for before the part's state."""
        if self.pins:
            return self._returned(section, task)
        is_renewal = self.subject is not None and self.subject.is_renewal
        if not is_renewal or not self.is_in_progress:
            return task
        if section in self.confirmed and task.is_done:
            return replace(task, status=_("Confirmed"))
        url = self.url("confirm", section)
        return replace(task, status=_("To be confirmed"), url=url, is_done=False)

    def _returned(self, section: Section, task: Task) -> Task:
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
            " ".join(str(each.fix) for each in parts),
        )

    def _prove(self) -> Task:
        held = [each for each in self.facts.held if each.counts_on(self.day)]
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

    def _consultants(self) -> Task:
        passed = [
            each
            for each in self.facts.certificates
            if each.is_valid(self.day) and each.consultant.works_on(self.day)
        ]
        verified = [each for each in passed if each.state == ProofState.VERIFIED]
        lacks = self._lacks(Section.CONSULTANTS)
        hint = " ".join(str(each.fix) for each in lacks)
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
        chosen = self.subject.chosen if self.subject else []
        is_open = self.subject is None or self.is_in_progress
        return Task(
            _("Choose your offerings"),
            _("Completed") if chosen else _("Not started"),
            self.url("offerings") if is_open else "",
            bool(chosen),
            listed(each.code for each in chosen),
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
            hint = " ".join(dict.fromkeys(str(each.fix) for each in self.missing))
            return Task(title, _("Cannot start yet"), hint=hint)
        status = _("Returned") if self.pins else _("Not started")
        note = self.subject.return_reason
        return Task(title, status, self.url("check"), hint=note)

    def _lacks(self, section: Section) -> list[Finding]:
        return unmet(self.needs[section])

    @cached_property
    def needs(self) -> dict[Section, list[Finding]]:
        """Give what was found about each part."""
        chosen = self.subject.chosen if self.subject else []
        return by_section(self.facts, chosen, self.day, self.offerings)

    def url(self, page: str, *more: str, program: bool = True) -> str:
        """Give the address of a page about this partner, and mostly this program."""
        code = [self.facts.program.code] if program else []
        args = [self.facts.partner.slug, *code, *more]
        return reverse(f"enrollment:{page}", args=args)

"""One part of an enrollment on a page: its answers, how old they are, how to change."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import Certificate, Pin, Section
from enrollment.presentation.enrollments import Overview, TaskList
from portal import clock
from portal.audit import TimelineEntry, in_words
from portal.findings import Finding, unmet_findings
from portal.models import AuditEntry, Location, Organization
from portal.text import join_words

PAGES = {
    Section.COMPETENCIES: "competency_add",
    Section.CONSULTANTS: "consultants",
    Section.AGREEMENT: "agreement",
    Section.OFFERINGS: "offerings",
}
OF_PROGRAM = [Section.AGREEMENT, Section.OFFERINGS]


Rows = list[tuple[str, str]]


class Part:
    """One part of what a partner answers, read from its overview."""

    def __init__(self, overview: Overview, section: Section) -> None:
        self.section = section
        self._overview = overview
        self._tasks = overview.task_list

    @property
    def rows(self) -> Rows:
        return answers_to(self._tasks, self.section)

    @cached_property
    def changed_on(self) -> date | None:
        """Return the partner's date on which it last changed this part."""
        moment = last_change_at(self._overview.partner, self.section)
        zone = self._overview.partner.time_zone
        return clock.day_of(moment, zone) if moment else None

    @property
    def change_url(self) -> str:
        """Return the page on which the answers are changed."""
        if self.section == Section.COMPANY:
            return reverse("organization:company", args=[self._overview.partner.slug])
        is_of_program = self.section in OF_PROGRAM
        return self._overview.url(PAGES[self.section], program=is_of_program)

    @property
    def confirm_url(self) -> str:
        """Return the page on which it is confirmed; empty where it need not be."""
        subject = self._tasks.subject
        is_asked = subject is not None and subject.is_renewal and not self.is_confirmed
        return self._tasks.url("confirm", self.section) if is_asked else ""

    @property
    def missing(self) -> list[Finding]:
        return unmet_findings(self._tasks.needs[self.section])

    @property
    def is_confirmed(self) -> bool:
        return self.section in self._tasks.confirmed_sections

    @property
    def pins(self) -> list[Pin]:
        return [pin for pin in self._tasks.pins if pin.section == self.section]


def answers_to(tasks: TaskList, section: Section) -> Rows:
    """List what the partner says in one part: each question with its answer."""
    tell = {
        Section.COMPANY: _company,
        Section.COMPETENCIES: _competencies,
        Section.CONSULTANTS: _consultants,
        Section.AGREEMENT: _agreement,
        Section.OFFERINGS: _offerings,
    }
    return tell[section](tasks)


def _company(tasks: TaskList) -> Rows:
    facts = tasks.facts
    places = Location.objects.filter(organization=facts.partner).order_by("name")
    return [
        (_("Company"), facts.partner.name),
        (_("Country"), facts.partner.country_name),
        *((place.name, _address(place)) for place in places),
        (_("Mail domain"), join_words(domain.name for domain in facts.domains)),
    ]


def _address(place: Location) -> str:
    town = f"{place.postal_code} {place.city}".strip()
    return f"{place.street}, {town}, {place.country_name}"


def _competencies(tasks: TaskList) -> Rows:
    return [
        (
            str(held_competency),
            _with_end(held_competency.get_state_display(), held_competency.valid_until),
        )
        for held_competency in tasks.facts.held_competencies
        if held_competency.counts_on(tasks.day)
    ]


def _consultants(tasks: TaskList) -> Rows:
    facts = tasks.facts
    return [
        (
            str(consultant),
            join_words(
                _certificates_counting(facts.certificates, consultant.pk, tasks)
            ),
        )
        for consultant in facts.consultants
        if consultant.works_on(tasks.day)
    ]


def _certificates_counting(
    certificates: Iterable[Certificate], consultant: int, tasks: TaskList
) -> list[str]:
    return [
        _with_end(certificate.exam.code, certificate.ends_on)
        for certificate in certificates
        if certificate.consultant_id == consultant and certificate.is_valid(tasks.day)
    ]


def _agreement(tasks: TaskList) -> Rows:
    signature = tasks.facts.signature_on(tasks.day)
    if signature is None:
        return [(_("Program agreement"), "")]
    version = next(
        agreement
        for agreement in tasks.facts.agreements
        if agreement.pk == signature.agreement_id
    )
    return [
        (_("Version"), version.version),
        (_("Signed by"), f"{signature.signer_name}, {signature.signer_title}"),
        (
            _("Signed on"),
            date_format(clock.on_page(signature.signed_at), "DATE_FORMAT"),
        ),
    ]


def _offerings(tasks: TaskList) -> Rows:
    lines = sorted(tasks.subject.lines.all(), key=str) if tasks.subject else []
    return [(str(line), str(line.get_state_display())) for line in lines]


def _with_end(what: object, day: date | None) -> str:
    if day is None:
        return str(what)
    words = {"what": what, "date": date_format(day, "DATE_FORMAT")}
    return _("%(what)s, until %(date)s") % words


# Whose entries belong to which part; of the enrollment itself only those about lines.
SUBJECTS = {
    Section.COMPANY: ["portal.organization", "portal.location", "portal.domain"],
    Section.COMPETENCIES: ["enrollment.heldcompetency"],
    Section.CONSULTANTS: ["enrollment.consultant", "enrollment.certificate"],
    Section.AGREEMENT: ["enrollment.signature"],
}
ABOUT_LINES = ["enrollment.offerings_chosen", "enrollment.line_added"]
MOST_TOLD = 200


def _entries_about(section: Section) -> Q:
    if section == Section.OFFERINGS:
        return Q(verb__in=ABOUT_LINES)
    return Q(subject_type__in=SUBJECTS[section])


def last_change_at(partner: Organization, section: Section) -> datetime | None:
    """Return when the partner last changed a part of its answers, if ever."""
    own = AuditEntry.objects.filter(_entries_about(section), organization=partner)
    last = own.order_by("-pk").first()
    return last.at if last else None


def changes_since(
    partner: Organization, moment: datetime
) -> dict[Section, list[TimelineEntry]]:
    """Tell what the partner changed since a moment, part by part; one query."""
    own = AuditEntry.objects.filter(organization=partner, at__gt=moment)
    entries = list(own.order_by("pk")[:MOST_TOLD])
    return {
        section: in_words(entry for entry in entries if _belongs(entry, section))
        for section in Section
    }


def _belongs(entry: AuditEntry, section: Section) -> bool:
    if section == Section.OFFERINGS:
        return entry.verb in ABOUT_LINES
    return entry.subject_type in SUBJECTS[section]

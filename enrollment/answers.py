"""The answers of an enrollment, part by part, as people check them."""

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import Certificate, Section
from enrollment.tasklist import TaskList
from portal import clock
from portal.models import Location
from portal.words import listed

Rows = list[tuple[str, str]]


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
        (_("Mail domain"), listed(domain.name for domain in facts.domains)),
    ]


def _address(place: Location) -> str:
    town = f"{place.postal_code} {place.city}".strip()
    return f"{place.street}, {town}, {place.country_name}"


def _competencies(tasks: TaskList) -> Rows:
    return [
        (str(each), _until(each.get_state_display(), each.valid_until))
        for each in tasks.facts.held
        if each.counts_on(tasks.day)
    ]


def _consultants(tasks: TaskList) -> Rows:
    facts = tasks.facts
    return [
        (str(each), listed(_counting(facts.certificates, each.pk, tasks)))
        for each in facts.consultants
        if each.works_on(tasks.day)
    ]


def _counting(
    certificates: Iterable[Certificate], consultant: int, tasks: TaskList
) -> list[str]:
    return [
        _until(each.exam.code, each.ends_on)
        for each in certificates
        if each.consultant_id == consultant and each.is_valid(tasks.day)
    ]


def _agreement(tasks: TaskList) -> Rows:
    signature = tasks.facts.signature_on(tasks.day)
    if signature is None:
        return [(_("Program agreement"), "")]
    version = next(
        each for each in tasks.facts.agreements if each.pk == signature.agreement_id
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
    return [(str(each), str(each.get_state_display())) for each in lines]


def _until(what: object, day: date | None) -> str:
    if day is None:
        return str(what)
    words = {"what": what, "date": date_format(day, "DATE_FORMAT")}
    return _("%(what)s, until %(date)s") % words

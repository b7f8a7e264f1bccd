"""What an enrollment needs before it can be sent, and before it can be approved."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rule import CompanyDemand, Demand
from enrollment.eligibility.rules import companies, competencies
from enrollment.eligibility.rules.agreements import AgreementSigned
from enrollment.eligibility.rules.companies import DomainVerified, TrainingPassed
from enrollment.eligibility.rules.competencies import CompetencyHeld
from enrollment.models import (
    Confirmation,
    Enrollment,
    Offering,
    RequirementKind,
    Section,
)
from portal.findings import Finding
from portal.models import User
from portal.roles import Duty, Role
from portal.services import domains
from portal.text import join_words


def choice_finding(facts: Facts, offering: Offering, day: date) -> Finding:
    """Tell whether a partner may enroll in an offering: claimed competencies count."""
    types = offering.engagement_types.all()
    is_open = offering.is_open(day)
    covered = [
        engagement_type
        for engagement_type in types
        if competencies.qualifying_competencies(
            facts, engagement_type.known_qualifications, day
        )
    ]
    if not is_open:
        found = _("The offering is not open.")
    elif covered:
        found = _("Your competencies cover %(names)s.") % {"names": join_words(covered)}
    else:
        found = _("Your competencies cover none of its engagement types.")
    return Finding(
        offering.name,
        holds=bool(is_open and covered),
        found=found,
        needed=_("A competency for one of its engagement types."),
        fix=_("Add a competency with its proof.") if is_open else "",
        who=str(Role.PARTNER_ADMIN.label),
    )


def sections_of(facts: Facts, day: date) -> list[Section]:
    """List the parts of an enrollment that the program asks for on a date."""
    kinds = [RequirementKind.CONSULTANT, RequirementKind.TRAINING]
    asks_for_people = any(facts.requirement(kind, day) for kind in kinds)
    return [s for s in Section if s != Section.CONSULTANTS or asks_for_people]


def by_section(
    facts: Facts,
    selection: Iterable[Offering],
    day: date,
    offerings: Iterable[Offering] | None = None,
) -> dict[Section, list[Finding]]:
    """Tell for each part what it needs before an enrollment can be sent.

    ``offerings`` are the program's, with what qualifies for them; without them those
    of the partner's enrollments are loaded, of which the selection is then.
    """
    return {
        Section.COMPANY: [DomainVerified().finding(facts, CompanyDemand(), day)],
        Section.COMPETENCIES: [],
        Section.CONSULTANTS: [TrainingPassed().finding(facts, CompanyDemand(), day)],
        Section.AGREEMENT: [_newest_signed(facts, day)],
        Section.OFFERINGS: _offerings(
            facts,
            selection,
            day,
            offerings or eligibility_facts.offerings_asked(facts),
        ),
    }


def _newest_signed(facts: Facts, day: date) -> Finding:
    """Ask for the version in force: an earlier one counts only for what runs."""
    signature, in_force = facts.signature_on(day), facts.agreement_on(day)
    signed = AgreementSigned().finding(facts, CompanyDemand(), day)
    if signature is None or in_force is None or signature.agreement_id == in_force.pk:
        return signed
    return replace(signed, holds=False, since=None, until=None)


def _offerings(
    facts: Facts,
    selection: Iterable[Offering],
    day: date,
    offerings: Iterable[Offering],
) -> list[Finding]:
    keys = {offering.pk for offering in selection}
    selected = [offering for offering in offerings if offering.pk in keys]
    some = Finding(
        _("Offerings"),
        holds=bool(selected),
        found=join_words(selected) or _("No offering is chosen."),
        needed=_("At least one offering."),
        fix="" if selected else _("Choose your offerings."),
        who=str(Role.PARTNER_ADMIN.label),
    )
    return [some, *(choice_finding(facts, offering, day) for offering in selected)]


def check_complete(
    facts: Facts,
    enrollment: Enrollment,
    day: date,
    offerings: Iterable[Offering] | None = None,
) -> list[Finding]:
    """Tell what an enrollment still lacks before it can be sent."""
    parts = by_section(facts, enrollment.chosen_offerings, day, offerings)
    findings = [finding for part in parts.values() for finding in part]
    if not enrollment.is_renewal:
        return findings
    confirmed = confirmed_sections(enrollment)
    sections = sections_of(facts, day)
    return [
        *findings,
        *(_confirmation_finding(section, section in confirmed) for section in sections),
    ]


def of_sender(facts: Facts, sender: User, day: date) -> list[Finding]:
    """Tell whether who sends an enrollment works at the company, where that is asked.

    Without a mail domain of the company, that is what is missing.
    """
    if not facts.domains or not facts.requirement(RequirementKind.DOMAIN, day):
        return []
    return [companies.work_address(facts, domains.domains_of(sender))]


def confirmed_sections(enrollment: Enrollment) -> set[str]:
    """Return the parts that somebody has confirmed."""
    confirmations = Confirmation.objects.filter(enrollment=enrollment)
    return set(confirmations.values_list("section", flat=True))


def _confirmation_finding(section: Section, is_confirmed: bool) -> Finding:
    return Finding(
        section.label,
        holds=is_confirmed,
        found=_("Confirmed.") if is_confirmed else _("Not confirmed yet."),
        needed=_("A look at what was carried over from the last period."),
        fix="" if is_confirmed else _("Confirm each part or change it."),
        who="" if is_confirmed else str(Role.PARTNER_ADMIN.label),
    )


def check_offerings_qualified(
    facts: Facts, offerings: Iterable[Offering], day: date
) -> list[Finding]:
    """Tell of each of these offerings whether a verified competency stands behind it.

    Only the sponsor's reviewers read this.
    """
    return [_qualification_finding(facts, offering, day) for offering in offerings]


def _qualification_finding(facts: Facts, offering: Offering, day: date) -> Finding:
    covered = [
        engagement_type
        for engagement_type in offering.engagement_types.all()
        if CompetencyHeld().finding(facts, Demand.of(engagement_type), day).holds
    ]
    return Finding(
        offering.name,
        holds=bool(covered),
        found=_("Verified competencies cover %(names)s.")
        % {"names": join_words(covered)}
        if covered
        else _("No verified competency covers one of its engagement types."),
        needed=_("A verified competency for one of its engagement types."),
        fix="" if covered else _("Verify a competency first, or refuse the offering."),
        who=str(Duty.ENROLLMENT_REVIEWER.label),
    )

"""May a partner deliver an engagement type on a date? Rules held against facts.

Facts are loaded in a constant number of queries; judging them reads nothing more.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from enrollment.eligibility import days
from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rules import (
    agreements,
    companies,
    competencies,
    consultants,
    enrollments,
    last_days,
)
from enrollment.models import (
    EngagementType,
    Listing,
    Offering,
    Program,
    RequirementKind,
    Signature,
)
from portal import clock
from portal.findings import Finding, all_hold
from portal.models import Location, Organization, User
from portal.tenancy import reading_directory


def check(
    partner: Organization, engagement_type: EngagementType, day: date, country: str = ""
) -> list[Finding]:
    """Judge whether a partner may deliver an engagement type on a date."""
    eligibility_facts.know_qualifications(engagement_type)
    facts = eligibility_facts.facts_of(
        partner, engagement_type.offering.program, only_asked=True
    )
    return check_facts(facts, engagement_type, day, country)


def check_facts(
    facts: Facts, engagement_type: EngagementType, day: date, country: str = ""
) -> list[Finding]:
    """Hold every rule against the facts; with a country, the place counts too."""
    findings = [
        *check_for_enrollment(facts, engagement_type, day),
        enrollments.enrolled(facts, engagement_type.offering, day),
        *check_ending(engagement_type.offering, day),
    ]
    return [*findings, enrollments.located(facts, country)] if country else findings


def check_ending(offering: Offering, day: date) -> list[Finding]:
    """Hold the last day to reserve against a date, where there is one."""
    ends = offering.last_day_to_reserve is not None
    return [last_days.reservable(offering, day)] if ends else []


def check_for_enrollment(
    facts: Facts, engagement_type: EngagementType, day: date
) -> list[Finding]:
    """Hold those rules against the facts that come before the enrollment itself."""
    findings = [
        enrollments.offering_open(engagement_type.offering, day),
        competencies.competency_held(facts, engagement_type, day),
        agreements.agreement_signed(facts, day),
        *check_company(facts, day),
    ]
    if facts.knows(RequirementKind.CONSULTANT):
        findings.append(consultants.consultant_certified(facts, engagement_type, day))
    return findings


def check_company(facts: Facts, day: date) -> list[Finding]:
    """Hold what the program asks of the company itself against the facts.

    A switch that is off gives its finding too: it says since and until when.
    """
    findings = []
    if facts.knows(RequirementKind.DOMAIN):
        findings.append(companies.domain_verified(facts, day))
    if facts.knows(RequirementKind.TRAINING):
        findings.append(companies.training_passed(facts, day))
    return findings


def deliverable_days(facts: Facts, engagement_type: EngagementType) -> Days:
    """Return the days on which every rule holds, as far as is known today."""
    return days.all_of(
        [
            enrollments.open_days(engagement_type.offering),
            last_days.reservable_days(engagement_type.offering),
            competencies.competent_days(facts, engagement_type),
            agreements.signed_days(facts),
            companies.domain_days(facts),
            companies.trained_days(facts),
            consultants.staffed_days(facts, engagement_type),
            enrollments.enrolled_days(facts, engagement_type.offering),
        ]
    )


def signature_for(
    partner: Organization, program: Program, day: date
) -> Signature | None:
    """Return the partner's signature under the version in force on a date."""
    return eligibility_facts.facts_of(partner, program).signature_on(day)


def eligible_partners(
    engagement_type: EngagementType, day: date | None = None, country: str = ""
) -> list[Organization]:
    """List the partners in the directory that may deliver on a date, by name.

    Without a date each is judged for today at its own place. The listings say who may;
    these few are judged, so that the answer is today's.
    """
    first = day or clock.in_days(-1)  # nowhere is it an earlier day
    program = engagement_type.offering.program
    with reading_directory():
        able = Listing.objects.filter(engagement_type=engagement_type)
        holding = able.filter(Q(until=None) | Q(until__gte=first))
        listed = Organization.objects.partners().filter(
            is_listed=True, pk__in=holding.values("partner")
        )
        if country:
            places = Location.objects.filter(country=country)
            listed = listed.filter(pk__in=places.values("organization"))
        eligibility_facts.know_qualifications(engagement_type)
        return [
            facts.partner
            for facts in eligibility_facts.facts_of_all(
                listed.order_by("name", "pk"), program, only_asked=True
            )
            if all_hold(
                check_facts(facts, engagement_type, day or facts.today, country)
            )
        ]


def check_delivery(
    facts: Facts,
    engagement_type: EngagementType,
    lead: User,
    day: date,
    kept: Sequence[Finding] = (),
) -> list[Finding]:
    """Judge the company's competency, and its lead, on the day on which work begins.

    ``kept`` was promised at the reservation and is not asked again: what is reserved
    stays deliverable. Its findings stand in the place of ours.
    """
    findings = list(kept)
    if not any(each.code == "competency" for each in kept):
        findings.append(competencies.competency_held(facts, engagement_type, day))
    return [*findings, *check_lead(facts, engagement_type, lead, day)]


def check_standing(facts: Facts, day: date) -> Finding:
    """Judge whether compliance stops the partner: a new fact that no promise covers."""
    return enrollments.not_suspended(facts, day)


def check_lead(
    facts: Facts, engagement_type: EngagementType, lead: User, day: date
) -> list[Finding]:
    """Judge who leads the work, where the program asks for a consultant that day."""
    if not facts.requirement(RequirementKind.CONSULTANT, day):
        return []
    return [consultants.lead_certified(facts, engagement_type, lead, day)]


def facts_for(partner: Organization, engagement_type: EngagementType) -> Facts:
    """Load what delivering an engagement type is judged by."""
    eligibility_facts.know_qualifications(engagement_type)
    return eligibility_facts.facts_of(
        partner, engagement_type.offering.program, only_asked=True
    )

"""May a partner deliver an engagement type on a date? Rules held against facts.

Facts are loaded in a constant number of queries; judging them reads nothing more.
"""

from datetime import date

from django.db.models import Q

from enrollment import rules
from enrollment.facts import Facts, facts_of, facts_of_all, know_qualifications
from enrollment.models import (
    EngagementType,
    Listing,
    Offering,
    Program,
    RequirementKind,
    Signature,
)
from enrollment.spans import Days, all_of
from portal import clock
from portal.findings import Finding, all_hold
from portal.models import Location, Organization
from portal.tenancy import reading_directory


def findings_for(
    partner: Organization, engagement_type: EngagementType, day: date, country: str = ""
) -> list[Finding]:
    """Judge whether a partner may deliver an engagement type on a date."""
    know_qualifications(engagement_type)
    facts = facts_of(partner, engagement_type.offering.program, only_asked=True)
    return judge(facts, engagement_type, day, country)


def judge(
    facts: Facts, engagement_type: EngagementType, day: date, country: str = ""
) -> list[Finding]:
    """Hold every rule against the facts; with a country, the place counts too."""
    findings = [
        *judge_for_enrollment(facts, engagement_type, day),
        rules.enrolled(facts, engagement_type.offering, day),
        *judge_ending(engagement_type.offering, day),
    ]
    return [*findings, rules.located(facts, country)] if country else findings


def judge_ending(offering: Offering, day: date) -> list[Finding]:
    """Hold the last day to reserve against a date, where there is one."""
    ends = offering.last_day_to_reserve is not None
    return [rules.reservable(offering, day)] if ends else []


def judge_for_enrollment(
    facts: Facts, engagement_type: EngagementType, day: date
) -> list[Finding]:
    """Hold those rules against the facts that come before the enrollment itself."""
    findings = [
        rules.offering_open(engagement_type.offering, day),
        rules.competency_held(facts, engagement_type, day),
        rules.agreement_signed(facts, day),
        *judge_company(facts, day),
    ]
    if facts.knows(RequirementKind.CONSULTANT):
        findings.append(rules.consultant_certified(facts, engagement_type, day))
    return findings


def judge_company(facts: Facts, day: date) -> list[Finding]:
    """Hold what the program asks of the company itself against the facts.

    A switch that is off gives its finding too: it says since and until when.
    """
    findings = []
    if facts.knows(RequirementKind.DOMAIN):
        findings.append(rules.domain_verified(facts, day))
    if facts.knows(RequirementKind.TRAINING):
        findings.append(rules.training_passed(facts, day))
    return findings


def deliverable_days(facts: Facts, engagement_type: EngagementType) -> Days:
    """Give the days on which every rule holds, as far as is known today."""
    return all_of(
        [
            rules.open_days(engagement_type.offering),
            rules.reservable_days(engagement_type.offering),
            rules.competent_days(facts, engagement_type),
            rules.signed_days(facts),
            rules.domain_days(facts),
            rules.trained_days(facts),
            rules.staffed_days(facts, engagement_type),
            rules.enrolled_days(facts, engagement_type.offering),
        ]
    )


def signature_for(
    partner: Organization, program: Program, day: date
) -> Signature | None:
    """Give the partner's signature under the version in force on a date."""
    return facts_of(partner, program).signature_on(day)


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
        know_qualifications(engagement_type)
        return [
            facts.partner
            for facts in facts_of_all(
                listed.order_by("name", "pk"), program, only_asked=True
            )
            if all_hold(judge(facts, engagement_type, day or facts.today, country))
        ]

"""What must hold when the work for a voucher begins: facts, held against the rules."""

from collections.abc import Sequence
from datetime import date

from enrollment.facts import Facts, facts_of, know_qualifications
from enrollment.models import EngagementType, RequirementKind
from enrollment.rules import competency_held, not_suspended
from enrollment.rules.leads import lead_certified
from portal.findings import Finding
from portal.models import Organization, User


def judge_delivery(
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
        findings.append(competency_held(facts, engagement_type, day))
    return [*findings, *judge_lead(facts, engagement_type, lead, day)]


def judge_standing(facts: Facts, day: date) -> Finding:
    """Judge whether compliance stops the partner: a new fact that no promise covers."""
    return not_suspended(facts, day)


def judge_lead(
    facts: Facts, engagement_type: EngagementType, lead: User, day: date
) -> list[Finding]:
    """Judge who leads the work, where the program asks for a consultant that day."""
    if not facts.requirement(RequirementKind.CONSULTANT, day):
        return []
    return [lead_certified(facts, engagement_type, lead, day)]


def facts_for(partner: Organization, engagement_type: EngagementType) -> Facts:
    """Load what delivering an engagement type is judged by."""
    know_qualifications(engagement_type)
    return facts_of(partner, engagement_type.offering.program, only_asked=True)

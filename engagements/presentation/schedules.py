"""Who can be chosen to lead an engagement, each with what speaks for or against it."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.eligibility import engine
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rules import consultants
from enrollment.models import EngagementType, RequirementKind
from portal.models import Organization, User
from portal.roles import Role
from portal.services import people


@dataclass(frozen=True)
class Candidate:
    """A colleague who may be named as lead, and the words behind the name."""

    person: User
    can_lead: bool
    words: str = ""

    @property
    def label(self) -> str:
        return f"{self.person}: {self.words}" if self.words else str(self.person)


def candidates_for(
    partner: Organization, engagement_type: EngagementType, day: date
) -> list[Candidate]:
    """List consultants, the able ones first, or all members where none is asked for."""
    facts = engine.facts_for(partner, engagement_type)
    members = sorted(people.people_with(partner, *Role), key=str)
    if not facts.requirement(RequirementKind.CONSULTANT, day):
        return [Candidate(member, can_lead=True) for member in members]
    people_here = {
        consultant.person_id
        for consultant in facts.consultants
        if consultant.works_on(day)
    }
    candidates = [
        _candidate(facts, engagement_type, member, day)
        for member in members
        if member.pk in people_here
    ]
    return sorted(candidates, key=lambda candidate: not candidate.can_lead)


def _candidate(
    facts: Facts, engagement_type: EngagementType, person: User, day: date
) -> Candidate:
    finding = consultants.lead_certified(facts, engagement_type, person, day)
    if not finding.holds:
        return Candidate(person, can_lead=False, words=str(finding.found))
    if finding.until is None:
        return Candidate(person, can_lead=True, words=_("certified, no end"))
    until = {"date": date_format(finding.until)}
    return Candidate(person, can_lead=True, words=_("certified until %(date)s") % until)

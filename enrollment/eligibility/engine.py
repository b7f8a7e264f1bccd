"""The engine: whether a partner may deliver an engagement type on a date.

Facts are loaded in a constant number of queries; judging them reads nothing more.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q, QuerySet

from enrollment.eligibility import days
from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Extent, Facts
from enrollment.eligibility.rule import (
    CompanyDemand,
    CompanyRule,
    Demand,
    DemandT_contra,
    EngagementTypeRule,
    OfferingDemand,
    OfferingRule,
    Rule,
)
from enrollment.eligibility.rules import consultants
from enrollment.eligibility.rules.agreements import AgreementSigned
from enrollment.eligibility.rules.companies import (
    DomainVerified,
    PartnerLocated,
    TrainingPassed,
)
from enrollment.eligibility.rules.competencies import CompetencyHeld
from enrollment.eligibility.rules.consultants import ConsultantCertified
from enrollment.eligibility.rules.enrollments import (
    OfferingOpen,
    PartnerEnrolled,
    PartnerNotSuspended,
)
from enrollment.eligibility.rules.last_days import OfferingReservable
from enrollment.models import (
    EngagementType,
    Listing,
    Program,
    RequirementKind,
    Signature,
)
from portal import clock
from portal.findings import Finding
from portal.models import Location, Organization, User

# The only list: what is checked, the days to deliver and the way in follow from it. A
# way in names its steps in this order; of two rules that settle the same, the first.
RULES: tuple[Rule[Demand], ...] = (
    OfferingReservable(),
    OfferingOpen(),
    CompetencyHeld(),
    ConsultantCertified(),
    TrainingPassed(),
    DomainVerified(),
    AgreementSigned(),
    PartnerEnrolled(),
    PartnerLocated(),
)


def check(
    partner: Organization, engagement_type: EngagementType, day: date, country: str = ""
) -> list[Finding]:
    """Judge whether a partner may deliver an engagement type on a date."""
    eligibility_facts.know_qualifications(engagement_type)
    program = engagement_type.offering.program
    [facts] = eligibility_facts.facts_to_judge(
        [partner], program, for_place=bool(country)
    )
    return check_facts(facts, engagement_type, day, country)


def check_facts(
    facts: Facts, engagement_type: EngagementType, day: date, country: str = ""
) -> list[Finding]:
    """Check every rule; with a country, the place counts too."""
    return _findings(RULES, facts, Demand.of(engagement_type, country), day)


def check_for_enrollment(
    facts: Facts, engagement_type: EngagementType, day: date
) -> list[Finding]:
    """Check the rules that come before an enrollment."""
    early = (rule for rule in RULES if rule.comes_before_enrollment)
    return _findings(early, facts, Demand.of(engagement_type), day)


def check_company(facts: Facts, demand: CompanyDemand, day: date) -> list[Finding]:
    """Check the rules about the company itself."""
    own = (rule for rule in RULES if isinstance(rule, CompanyRule))
    return _findings(own, facts, demand, day)


def check_offering(facts: Facts, demand: OfferingDemand, day: date) -> list[Finding]:
    """Check the rules about an offering as a whole."""
    own = (rule for rule in RULES if isinstance(rule, OfferingRule))
    return _findings(own, facts, demand, day)


def check_engagement_type(facts: Facts, demand: Demand, day: date) -> list[Finding]:
    """Check the rules about an engagement type alone."""
    own = (rule for rule in RULES if isinstance(rule, EngagementTypeRule))
    return _findings(own, facts, demand, day)


def _findings(
    rules: Iterable[Rule[DemandT_contra]],
    facts: Facts,
    demand: DemandT_contra,
    day: date,
) -> list[Finding]:
    """Return the findings of the rules that apply."""
    return [
        rule.finding(facts, demand, day)
        for rule in rules
        if rule.applies(facts, demand)
    ]


def deliverable_days(
    facts: Facts, engagement_type: EngagementType, country: str = ""
) -> Days:
    """Return the days on which every rule holds, as far as is known today."""
    demand = Demand.of(engagement_type, country)
    return days.all_of(
        rule.days(facts, demand) for rule in RULES if rule.applies(facts, demand)
    )


def signature_for(
    partner: Organization, program: Program, day: date
) -> Signature | None:
    """Return the partner's signature under the version in force on a date."""
    return eligibility_facts.facts_of(partner, program).signature_on(day)


def partners_listed_for(
    engagement_type: EngagementType, day: date | None = None, country: str = ""
) -> QuerySet[Organization]:
    """Return the partners that are listed for an engagement type on a date, by name.

    To be read as ``reading_directory``. Listings are made each night: whom one chooses
    is judged again.
    """
    first = day or clock.in_days(-1)  # nowhere is it an earlier day
    able = Listing.objects.filter(engagement_type=engagement_type)
    holding = able.filter(Q(until=None) | Q(until__gte=first))
    listed = Organization.objects.listed().filter(pk__in=holding.values("partner"))
    if country:
        places = Location.objects.filter(country=country)
        listed = listed.filter(pk__in=places.values("organization"))
    return listed


def keep_eligible(
    partners: Iterable[Organization],
    engagement_types: Iterable[EngagementType],
    day: date | None = None,
    country: str = "",
) -> list[Organization]:
    """Keep the partners that may deliver each of some engagement types on a date.

    For any number of partners and of types of one program as many queries as for one.
    Without a date each is judged for today at its own place.
    """
    types = list(engagement_types)
    eligibility_facts.know_qualifications(*types)
    able = list(partners)
    for program in {kind.offering.program for kind in types}:
        demands = [
            Demand.of(kind, country)
            for kind in types
            if kind.offering.program_id == program.pk
        ]
        able = [
            facts.partner
            for facts in eligibility_facts.facts_to_judge(
                able, program, for_place=bool(country)
            )
            if all(is_allowed(facts, demand, day or facts.today) for demand in demands)
        ]
    return able


def is_allowed(facts: Facts, demand: Demand, day: date) -> bool:
    """Tell whether every rule holds on a date, without a word about why not."""
    rules = (rule for rule in RULES if rule.applies(facts, demand))
    return all(day in rule.days(facts, demand) for rule in rules)


def check_delivery(
    facts: Facts,
    engagement_type: EngagementType,
    lead: User,
    day: date,
    promised_findings: Sequence[Finding] = (),
) -> list[Finding]:
    """Judge the company's competency, and its lead, on the day on which work begins.

    ``promised_findings`` are those of the reservation and stand in the place of ours:
    what is reserved stays deliverable.
    """
    findings = list(promised_findings)
    rule = CompetencyHeld()
    if not any(finding.code == rule.code for finding in promised_findings):
        findings.append(rule.finding(facts, Demand.of(engagement_type), day))
    return [*findings, *check_lead(facts, engagement_type, lead, day)]


def check_standing(facts: Facts, day: date) -> Finding:
    """Check whether compliance suspends the partner, which no promise overrides."""
    return PartnerNotSuspended().finding(facts, CompanyDemand(), day)


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
    extent = Extent(only_asked=True, for_delivery=True)
    return eligibility_facts.facts_of(partner, engagement_type.offering.program, extent)

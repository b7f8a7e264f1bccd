"""What a partner can deliver in a program on a date, and the shortest way to the rest.

Pure once the facts are loaded: for any number of consultants it reads nothing more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from enrollment.eligibility import engine, way_in
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rule import (
    CompanyDemand,
    Demand,
    OfferingDemand,
    Step,
    StepPage,
)
from enrollment.eligibility.way_in import WayIn
from enrollment.models import EngagementType, Offering
from portal.findings import Finding

# Of each page: its name, whether it is of a program, whether only admins open it.
PAGES = {
    StepPage.COMPETENCY: ("enrollment:competency_add", False, True),
    StepPage.CONSULTANTS: ("enrollment:consultants", False, False),
    StepPage.INVITE: ("enrollment:consultant_invite", False, True),
    StepPage.COMPANY: ("organization:company", False, False),
    StepPage.LOCATION: ("organization:add_location", False, True),
    StepPage.AGREEMENT: ("enrollment:agreement", True, True),
    StepPage.MORE_OFFERINGS: ("enrollment:add_offering", True, True),
    StepPage.PROGRAM: ("enrollment:program", True, False),
}


@dataclass(frozen=True)
class Link:
    """A step with the page on which the reader can do it, if there is one."""

    step: Step
    url: str


@dataclass(frozen=True)
class Prospect:
    """An engagement type: whether it can be delivered, until when, or how to get in."""

    engagement_type: EngagementType
    findings: list[Finding]
    way: WayIn
    links: list[Link]
    until: date | None

    @property
    def can_deliver(self) -> bool:
        return not self.way.steps

    @property
    def next(self) -> str:
        """Say what is to be done first; what to wait for when there is nothing."""
        to_do = [step.what for step in self.way.steps if not step.on]
        return next(iter(to_do), self.way.steps[0].what if self.way.steps else "")


@dataclass(frozen=True)
class OfferingProspects:
    """An offering: its own requirements, and its engagement types."""

    offering: Offering
    findings: list[Finding]
    prospects: list[Prospect]

    @property
    def count(self) -> int:
        """Count the engagement types that can be delivered."""
        return sum(prospect.can_deliver for prospect in self.prospects)


class Prospects:
    """A partner's outlook in one program, on a date and perhaps in one country."""

    def __init__(
        self,
        facts: Facts,
        offerings: Iterable[Offering],
        day: date,
        country: str = "",
        *,
        is_admin: bool = True,
    ) -> None:
        self.facts = facts
        self.offerings = list(offerings)
        self.day = day
        self.country = country
        self.is_admin = is_admin

    def company(self) -> list[Finding]:
        """Tell what is asked of the company, whatever it delivers."""
        demand = CompanyDemand(country=self.country)
        return engine.check_company(self.facts, demand, self.day)

    def outlooks(self) -> list[OfferingProspects]:
        return [self._outlook(offering) for offering in self.offerings]

    def _outlook(self, offering: Offering) -> OfferingProspects:
        demand = OfferingDemand(offering=offering, country=self.country)
        findings = engine.check_offering(self.facts, demand, self.day)
        types = list(offering.engagement_types.all())
        for engagement_type in types:
            engagement_type.offering = offering
        return OfferingProspects(
            offering,
            findings,
            [self._prospect(engagement_type) for engagement_type in types],
        )

    def _prospect(self, engagement_type: EngagementType) -> Prospect:
        demand = Demand.of(engagement_type, self.country)
        findings = engine.check_engagement_type(self.facts, demand, self.day)
        way = way_in.way_in(self.facts, engagement_type, self.day, self.country)
        can_deliver = engine.deliverable_days(self.facts, engagement_type, self.country)
        links = [Link(step, self._url(step)) for step in way.steps]
        return Prospect(
            engagement_type, findings, way, links, can_deliver.end(self.day)
        )

    def _url(self, step: Step) -> str:
        if step.page is None:
            return ""
        name, of_program, of_admins = PAGES[step.page]
        if of_admins and not self.is_admin:
            return ""
        code = [self.facts.program.code] if of_program else []
        address = reverse(name, args=[self.facts.partner.slug, *code])
        return f"{address}?{step.key}" if step.key else address

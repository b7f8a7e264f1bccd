"""What a rule of eligibility is: asked about a demand, it answers from the facts.

Pure: it reads the facts that it is given and rows that were loaded with them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum, auto
from functools import partial
from typing import ClassVar, Generic, TypeVar

from django.utils.translation import gettext as _

from enrollment.eligibility import days, sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.models import EngagementType, Offering, Qualification
from portal.findings import Finding, LazyWords, Text, Words


@dataclass(frozen=True, kw_only=True)
class CompanyDemand:
    """What is asked of a partner whatever it delivers; perhaps in a country."""

    country: str = ""


@dataclass(frozen=True, kw_only=True)
class OfferingDemand(CompanyDemand):
    """What an offering asks of a partner."""

    offering: Offering


@dataclass(frozen=True, kw_only=True)
class Demand(OfferingDemand):
    """What delivering an engagement type asks of a partner.

    ``by`` is the one qualification that a way in goes by.
    """

    qualifications: tuple[Qualification, ...]
    by: Qualification | None = None

    @classmethod
    def of(cls, engagement_type: EngagementType, country: str = "") -> "Demand":
        return cls(
            country=country,
            offering=engagement_type.offering,
            qualifications=tuple(engagement_type.known_qualifications),
        )

    def by_one(self, qualification: Qualification) -> "Demand":
        """Return the same demand, met by one of its qualifications."""
        return replace(self, qualifications=(qualification,), by=qualification)


class StepPage(StrEnum):
    """The page of the portal on which a step is done."""

    COMPETENCY = auto()
    CONSULTANTS = auto()
    INVITE = auto()
    COMPANY = auto()
    LOCATION = auto()
    AGREEMENT = auto()
    MORE_OFFERINGS = auto()
    PROGRAM = auto()


@dataclass(frozen=True)
class Step:
    """Something to do, and who does it; or a date that comes by itself.

    ``rule`` names what it settles, ``key`` the row that its page begins with.
    """

    rule: str
    what: str
    who: str = ""
    page: StepPage | None = None
    key: str = ""
    on: date | None = None
    by_sponsor: bool = False


def step_of_sponsor(rule: str, what: str) -> Step:
    return Step(rule, what, sentences.sponsor(), by_sponsor=True)


DemandT_contra = TypeVar("DemandT_contra", bound=CompanyDemand, contravariant=True)


def finding_on(day: date, good: Days, code: str, words: LazyWords) -> Finding:
    """Tell whether a date is among the good days, and since and until when."""
    since, until = good.around(day)
    return Finding(
        holds=day in good, since=since, until=until, code=code, **words.texts()
    )


class Rule(ABC, Generic[DemandT_contra]):
    """A rule: on which days it holds, what to say of one, and what is left to do.

    On every day these agree: exactly when ``days`` holds the day, the finding holds
    and there is no step. ``switch`` names the requirement of a program that turns the
    rule on.
    """

    code: ClassVar[str]
    title: ClassVar[Text]
    switch: ClassVar[str] = ""
    # Whether an enrollment is already reviewed by it.
    comes_before_enrollment: ClassVar[bool] = True

    @abstractmethod
    def days(self, facts: Facts, demand: DemandT_contra) -> Days:
        """Return the days on which it holds, as far as is known today."""

    @abstractmethod
    def words(self, facts: Facts, demand: DemandT_contra, day: date) -> Words:
        """Say of a date what was found, what is needed and what helps."""

    @abstractmethod
    def steps(self, facts: Facts, demand: DemandT_contra, day: date) -> Iterator[Step]:
        """List what is left to do, or to wait for, until it holds."""

    def applies(self, facts: Facts, demand: DemandT_contra) -> bool:
        """Tell whether the rule applies; where it does not, it holds on every day.

        A switch that is off for now is: its finding says since and until when.
        """
        return not self.switch or facts.knows(self.switch)

    def days_on(self, facts: Facts) -> Days:
        """Return the days on which the program has the rule switched on."""
        if not self.switch:
            return days.ALWAYS
        return days.any_of(
            Days.between(requirement.valid_from, requirement.valid_until)
            for requirement in facts.requirements
            if requirement.kind == self.switch
        )

    def finding(self, facts: Facts, demand: DemandT_contra, day: date) -> Finding:
        """Tell whether it holds on a date, and since and until when."""
        words = LazyWords(self.title, partial(self.words, facts, demand, day))
        return finding_on(day, self.days(facts, demand), self.code, words)

    def words_while_off(self, facts: Facts, day: date) -> Words:
        """Say that the switch is off on a date, and from when on it is on."""
        begins = self.days_on(facts).first_from(day)
        needed = _("The program asks for it from %(date)s on.")
        return Words(
            _("The program does not ask for it."),
            needed % {"date": sentences.words(begins)} if begins else "",
        )


class CompanyRule(Rule[CompanyDemand]):
    """A rule that asks the same of a company whatever it delivers."""


class OfferingRule(Rule[OfferingDemand]):
    """A rule about an offering."""


class EngagementTypeRule(Rule[Demand]):
    """A rule about an engagement type."""

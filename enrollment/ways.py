"""The shortest way in: what is left to do before an engagement type can be delivered.

Pure, like the rules: every step is the other side of a rule that does not hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from enrollment.facts import Facts
from enrollment.models import EngagementType, Qualification
from enrollment.steps import companies, enrollments, people, proofs
from enrollment.steps.step import Page, Step

__all__ = ["Page", "Step", "WayIn", "way_in"]


@dataclass(frozen=True)
class WayIn:
    """Steps in their order; none when everything holds already."""

    steps: list[Step] = field(default_factory=list)

    @property
    def not_before(self) -> date | None:
        """Give the day before which it cannot be, whatever is done meanwhile."""
        return max((each.on for each in self.steps if each.on), default=None)

    @property
    def is_waiting(self) -> bool:
        """Tell whether nobody has anything to do but wait for a date."""
        return all(each.on for each in self.steps)

    @property
    def is_with_sponsor(self) -> bool:
        """Tell whether the company has done its part."""
        return all(each.on or each.by_sponsor for each in self.steps)

    @property
    def when(self) -> str:
        """Say how soon it can be, without the date before which it cannot be."""
        if self.is_waiting:
            return _("You only have to wait for that day.")
        if self.is_with_sponsor:
            return _("You can deliver it as soon as the sponsor has decided.")
        return _("You can deliver it as soon as these steps are done.")


def way_in(
    facts: Facts, engagement_type: EngagementType, day: date, country: str = ""
) -> WayIn:
    """Give the way with the fewest steps; of equally many, the one that is sooner."""
    ways = [
        WayIn(_steps(facts, engagement_type, rule, day, country))
        for rule in engagement_type.qualifications.all()
        if rule.valid_until is None or day <= rule.valid_until
    ]
    nobody_can = WayIn([proofs.no_competency_named()])
    return min(ways, key=_length, default=nobody_can)


def _length(way: WayIn) -> tuple[int, date]:
    # However many dates there are to wait for, waiting is one step.
    done = [each for each in way.steps if not each.on]
    return len(done) + bool(way.not_before), way.not_before or date.min


def _steps(
    facts: Facts,
    engagement_type: EngagementType,
    rule: Qualification,
    day: date,
    country: str,
) -> list[Step]:
    """List the steps by one qualification, as they stand when all waiting is over."""
    waits: list[Step] = []
    while True:
        found = list(_missing(facts, engagement_type, rule, day, country))
        later = [each for each in found if each.on]
        if not later:
            # To wait for what will have ended by then helps nobody.
            missing = {each.rule for each in found}
            return [*(each for each in waits if each.rule not in missing), *found]
        waits += later
        day = max(each.on for each in later if each.on)


def _missing(
    facts: Facts,
    engagement_type: EngagementType,
    rule: Qualification,
    day: date,
    country: str,
) -> Iterator[Step]:
    yield from proofs.competency(facts, rule, day)
    yield from people.consultant(facts, rule, day)
    yield from people.training(facts, day)
    yield from companies.domain(facts, day)
    yield from companies.location(facts, country)
    yield from companies.agreement(facts, day)
    yield from enrollments.offering(engagement_type.offering, day)
    yield from enrollments.enrollment(facts, engagement_type.offering, day)

"""The shortest way in: what is left to do before an engagement type can be delivered.

Pure, like the rules: every step is the other side of a rule that does not hold.
"""

from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from enrollment.eligibility.engine import RULES
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rule import Demand, Step
from enrollment.eligibility.rules import competencies
from enrollment.models import EngagementType


@dataclass(frozen=True)
class WayIn:
    """Steps in their order; none when everything holds already."""

    steps: list[Step] = field(default_factory=list)

    @property
    def not_before(self) -> date | None:
        """Return the day before which it cannot be, whatever is done meanwhile."""
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
    """Return the way with the fewest steps; of equally many, the one that is sooner."""
    asked = Demand.of(engagement_type, country)
    ways = [
        WayIn(_steps(facts, asked.by_one(each), day))
        for each in asked.qualifications
        if each.valid_until is None or day <= each.valid_until
    ]
    nobody_can = WayIn([competencies.no_competency_named()])
    return min(ways, key=_length, default=nobody_can)


def _length(way: WayIn) -> tuple[int, date]:
    # However many dates there are to wait for, waiting is one step.
    done = [each for each in way.steps if not each.on]
    return len(done) + bool(way.not_before), way.not_before or date.min


def _steps(facts: Facts, asked: Demand, day: date) -> list[Step]:
    """List the steps by one qualification, as they stand when all waiting is over."""
    waits: list[Step] = []
    while True:
        found = _missing(facts, asked, day)
        later = [each for each in found if each.on]
        if not later:
            # To wait for what will have ended by then helps nobody.
            missing = {each.rule for each in found}
            return [*(each for each in waits if each.rule not in missing), *found]
        waits += later
        day = max(each.on for each in later if each.on)


def _missing(facts: Facts, asked: Demand, day: date) -> list[Step]:
    """List the steps of every rule; two that settle the same are said once."""
    found: list[Step] = []
    for rule in RULES:
        said = {each.rule for each in found}
        steps = rule.steps(facts, asked, day)
        found += [each for each in steps if each.rule not in said]
    return found

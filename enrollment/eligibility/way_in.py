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
        return max((step.on for step in self.steps if step.on), default=None)

    @property
    def is_waiting(self) -> bool:
        """Tell whether nobody has anything to do but wait for a date."""
        return all(step.on for step in self.steps)

    @property
    def is_with_sponsor(self) -> bool:
        """Tell whether the company has done its part."""
        return all(step.on or step.by_sponsor for step in self.steps)

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
    demand = Demand.of(engagement_type, country)
    ways = [
        WayIn(_steps(facts, demand.by_one(qualification), day))
        for qualification in demand.qualifications
        if qualification.valid_until is None or day <= qualification.valid_until
    ]
    nobody_can = WayIn([competencies.no_competency_named()])
    return min(ways, key=_length, default=nobody_can)


def _length(way: WayIn) -> tuple[int, date]:
    # However many dates there are to wait for, waiting is one step.
    steps = [step for step in way.steps if not step.on]
    return len(steps) + bool(way.not_before), way.not_before or date.min


def _steps(facts: Facts, demand: Demand, day: date) -> list[Step]:
    """List the steps by one qualification, as they stand when all waiting is over."""
    waits: list[Step] = []
    while True:
        steps = _missing_steps(facts, demand, day)
        later = [step for step in steps if step.on]
        if not later:
            # To wait for what will have ended by then helps nobody.
            missing_rules = {step.rule for step in steps}
            return [*(step for step in waits if step.rule not in missing_rules), *steps]
        waits += later
        day = max(step.on for step in later if step.on)


def _missing_steps(facts: Facts, demand: Demand, day: date) -> list[Step]:
    """List the steps of every rule; two that settle the same are said once."""
    missing: list[Step] = []
    for rule in RULES:
        rules_named = {step.rule for step in missing}
        steps = rule.steps(facts, demand, day)
        missing += [step for step in steps if step.rule not in rules_named]
    return missing

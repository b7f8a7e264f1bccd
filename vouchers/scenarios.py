"""The last days of a retirement plan, and the same days moved: “what if it were later”.

A scenario is a set of days; days that would come out of order move along.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from enrollment.models import Offering
from enrollment.models.dates import earliest
from vouchers.models import RetirementPlan

ONE_DAY = timedelta(days=1)
SHIFTS = [30, 60, 90]


@dataclass(frozen=True)
class LastDays:
    """The days that decide what happens to free days and vouchers; none is open."""

    creation_ends_on: date | None = None
    pool_wipe_on: date | None = None
    reservation_ends_on: date | None = None
    redemption_ends_on: date | None = None

    @property
    def usable_until(self) -> date | None:
        """Give the last day on which vouchers can be made of free days."""
        wiped = self.pool_wipe_on - ONE_DAY if self.pool_wipe_on else None
        return earliest([self.creation_ends_on, wiped])

    def in_order(self) -> "LastDays":
        """Let days that a move has overtaken follow it."""
        reserved = _not_before(self.reservation_ends_on, self.creation_ends_on)
        redeemed = _not_before(
            self.redemption_ends_on, reserved or self.creation_ends_on
        )
        after = self.creation_ends_on + ONE_DAY if self.creation_ends_on else None
        wiped = _not_before(self.pool_wipe_on, after)
        return LastDays(self.creation_ends_on, wiped, reserved, redeemed)


def _not_before(day: date | None, earlier: date | None) -> date | None:
    return max(day, earlier) if day and earlier else day


@dataclass(frozen=True)
class Scenario:
    """Days with what each offering makes of them: its own come first, where earlier."""

    days: LastDays
    by_offering: dict[int, LastDays]


Way = Callable[[LastDays], LastDays]


def days_of(row: RetirementPlan) -> LastDays:
    """Give the days that a plan sets."""
    return LastDays(
        row.creation_ends_on,
        row.pool_wipe_on,
        row.reservation_ends_on,
        row.redemption_ends_on,
    )


def in_force(plan: RetirementPlan) -> LastDays:
    """Give the days of what the plan ends, as they are today."""
    target = plan.target
    return LastDays(
        target.creation_ends_on,
        None if plan.offering_id else plan.program.pool_wipe_on,
        target.reservation_ends_on,
        target.redemption_ends_on,
    )


def moved(days: LastDays, by: timedelta, name: str = "") -> LastDays:
    """Move one day, or all of them, later; what is open stays open."""
    names = [name] if name else list(LastDays.__dataclass_fields__)
    changes = {each: day + by for each in names if (day := getattr(days, each))}
    return replace(days, **changes).in_order()


def set_to(days: LastDays, name: str, day: date) -> LastDays:
    """Put one day onto a date that somebody typed."""
    return replace(days, **{name: day}).in_order()


def scenario(plan: RetirementPlan, days: LastDays) -> Scenario:
    """Work out what days would mean for each offering of the plan."""
    return Scenario(
        days, {each.pk: _effective(plan, each, days) for each in offerings_of(plan)}
    )


def offerings_of(plan: RetirementPlan) -> list[Offering]:
    """List the offerings that a plan ends."""
    if plan.offering is not None:
        return [plan.offering]
    return list(plan.program.offerings.all())


def _effective(plan: RetirementPlan, offering: Offering, days: LastDays) -> LastDays:
    other = plan.program if plan.offering_id else offering
    return LastDays(
        earliest([days.creation_ends_on, other.creation_ends_on]),
        days.pool_wipe_on,
        earliest([days.reservation_ends_on, other.reservation_ends_on]),
        earliest([days.redemption_ends_on, other.redemption_ends_on]),
    )

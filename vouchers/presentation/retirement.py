"""What the pages of a retirement plan show: its days, its effects, its letters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import clock
from portal.findings import Text
from vouchers.models import PlanState, RetirementLetter, RetirementPlan
from vouchers.services import retirement, retirement_effects, retirement_letters
from vouchers.services.retirement_effects import (
    PlannedLastDays,
    Totals,
    TouchedCustomer,
    TouchedPartner,
)

# So many organizations stand on the page; the files name all.
MOST = 50
OPEN = gettext_lazy("open")


@dataclass(frozen=True)
class PlanStep:
    """One day of a plan beside the one in force."""

    label: Text
    before: str
    planned: str
    days_left: int | None
    is_changed: bool


@dataclass(frozen=True)
class PlanColumn:
    """One scenario: its title, its days, and what they mean."""

    title: Text
    days: PlannedLastDays
    totals: Totals


@dataclass(frozen=True)
class PlanLine:
    """One figure, the same for each scenario."""

    label: Text
    cells: list[str]
    is_sum: bool = False


@dataclass(frozen=True)
class PlanLetter:
    """A letter: what it tells, when it goes out, to how many people."""

    about: str
    sends_on: date
    people: int
    state: str


class PlanSheet:
    """A plan with everything that is known of its effects, in a few statements."""

    def __init__(
        self, plan: RetirementPlan, *, which: str = "", on: date | None = None
    ) -> None:
        self.plan = plan
        self.which = which
        self.on = on

    @property
    def is_draft(self) -> bool:
        return bool(self.plan.state == PlanState.DRAFT)

    @property
    def steps(self) -> list[PlanStep]:
        """List the days of the plan, each beside the one in force."""
        return [self._step(name) for name in self.plan.fields_of_days]

    def _step(self, name: str) -> PlanStep:
        field: Any = self.plan._meta.get_field(name)
        label = capfirst(str(field.verbose_name))
        before = getattr(self.plan.target, name)
        planned = retirement.planned_value(self.plan, name)
        left = (
            clock.days_until(planned, clock.PROGRAM)
            if isinstance(planned, date)
            else None
        )
        return PlanStep(
            label,
            display_value(before),
            display_value(planned),
            left,
            before != planned,
        )

    @cached_property
    def columns(self) -> list[PlanColumn]:
        """Compute the effects of the days in force, of the plan and of later days."""
        days = dict(self._scenarios())
        totals_by_column = retirement_effects.totals_of(
            self.plan,
            [retirement_effects.scenario(self.plan, d) for d in days.values()],
        )
        return [
            PlanColumn(title, day, totals)
            for (title, day), totals in zip(days.items(), totals_by_column, strict=True)
        ]

    def _scenarios(self) -> Iterator[tuple[Text, PlannedLastDays]]:
        planned = retirement_effects.days_of(self.plan)
        yield _("This plan"), planned
        for days in retirement_effects.SHIFTS:
            title = ngettext("%(days)s day later", "%(days)s days later", days)
            yield (
                title % {"days": days},
                retirement_effects.moved_days(
                    planned, timedelta(days=days), self.which
                ),
            )
        if self.on:
            yield (
                display_value(self.on),
                retirement_effects.with_day(planned, self.which, self.on),
            )
        if self.is_draft:
            yield _("As it is today"), retirement_effects.in_force(self.plan)

    @property
    def totals(self) -> Totals:
        return self.columns[0].totals

    @property
    def lines(self) -> list[PlanLine]:
        """Return the days of each scenario, then its figures."""
        days = [
            PlanLine(
                label,
                [display_value(getattr(column.days, name)) for column in self.columns],
            )
            for name, label in DAYS.items()
            if any(getattr(column.days, name) for column in self.columns)
        ]
        figures = [
            PlanLine(label, [tell(column.totals) for column in self.columns], is_sum)
            for label, tell, is_sum in FIGURES
        ]
        return [*days, *figures]

    @property
    def customers(self) -> list[TouchedCustomer]:
        planned = retirement_effects.scenario(
            self.plan, retirement_effects.days_of(self.plan)
        )
        return list(retirement_effects.touched_customers(self.plan, planned, MOST))

    @property
    def partners(self) -> list[TouchedPartner]:
        planned = retirement_effects.scenario(
            self.plan, retirement_effects.days_of(self.plan)
        )
        return list(retirement_effects.touched_partners(self.plan, planned, MOST))

    @cached_property
    def posts(self) -> list[PlanLetter]:
        """List the letters that went out and will, each with its people."""
        if self.is_draft:
            letters = retirement_letters.letters_of(self.plan, clock.today())
        else:
            letters = list(self.plan.letters.all())
        expected = retirement_letters.count_recipients(self.plan)
        return [self._post(letter, expected[letter.about]) for letter in letters]

    def _post(self, letter: RetirementLetter, expected: int) -> PlanLetter:
        about = str(letter.get_about_display())
        if letter.sent_at:
            return PlanLetter(about, letter.sends_on, letter.sent, _("Sent"))
        if letter.withdrawn_at:
            return PlanLetter(
                about, letter.sends_on, 0, _("Withdrawn: a later plan came")
            )
        return PlanLetter(about, letter.sends_on, expected, _("To be sent"))

    @property
    def people(self) -> int:
        """Count the people whom the announcement would reach today."""
        return self.posts[0].people if self.posts else 0


def display_value(value: Any) -> str:
    """Show a day, a number, or that nothing is set."""
    if value is None:
        return str(OPEN)
    return date_format(value, "DATE_FORMAT") if isinstance(value, date) else str(value)


def days(number: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", number) % {"n": number}


def vouchers(number: int, days_held: int) -> str:
    """Tell of vouchers and of the days on them."""
    words = ngettext("%(n)s voucher, %(days)s", "%(n)s vouchers, %(days)s", number)
    return words % {"n": number, "days": days(days_held)}


DAYS: dict[str, Text] = {
    "creation_ends_on": gettext_lazy("Last day to create or assign"),
    "pool_wipe_on": gettext_lazy("Day on which free days end"),
    "reservation_ends_on": gettext_lazy("Last day to reserve"),
    "redemption_ends_on": gettext_lazy("Last day to redeem"),
}
FIGURES: list[tuple[Text, Callable[[Totals], str], bool]] = [
    (gettext_lazy("Free days that end unused"), lambda t: days(t.ended), False),
    (
        gettext_lazy("Free days that end with their agreement before that"),
        lambda t: days(t.ending_anyway),
        False,
    ),
    (
        gettext_lazy("To be assigned by the last day, though valid longer"),
        lambda t: vouchers(t.unassigned, t.unassigned_days),
        False,
    ),
    (
        gettext_lazy("To be reserved by the last day, though valid longer"),
        lambda t: vouchers(t.unreserved, t.unreserved_days),
        False,
    ),
    (
        gettext_lazy("To be redeemed by the last day, though valid longer"),
        lambda t: vouchers(t.unredeemed, t.unredeemed_days),
        False,
    ),
    (
        gettext_lazy("Too little time left for the work"),
        lambda t: vouchers(t.too_late, t.too_late_days),
        False,
    ),
    (gettext_lazy("Days at stake in all"), lambda t: days(t.at_stake), True),
    (gettext_lazy("Customers with days at stake"), lambda t: str(t.losing), True),
]

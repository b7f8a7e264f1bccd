"""How licences become days: a pure count, with every step of it to be read.

Licences times points give the points of a line; the highest step of the scale that
their sum reaches gives the days of three years; a term of one year earns a third of
them, two years two thirds [PTERMS]. The days are rounded down once, at the end; how the
real program rounded was not found.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from vouchers.models import DayScale, Purchase

FULL_TERM = 3


@dataclass(frozen=True)
class Line:
    """Licences of one product, and the points that each of them gave."""

    product: str
    licences: int
    points_per_licence: Decimal
    since: date

    @property
    def points(self) -> Decimal:
        return self.licences * self.points_per_licence


@dataclass(frozen=True)
class Step:
    """From how many points on the scale gives how many days of a three-year term."""

    min_points: Decimal
    days: int
    since: date
    is_demo: bool = False

    @classmethod
    def of(cls, row: DayScale) -> "Step":
        return cls(row.min_points, row.days, row.valid_from, row.is_demo)


@dataclass(frozen=True)
class Amount:
    """What a purchase gives: its lines, the step they reach, and the days of the term.

    Without a step the points lie below the first one, and there are no days.
    """

    lines: tuple[Line, ...]
    step: Step | None
    term_years: int
    is_demo: bool = False

    @property
    def points(self) -> Decimal:
        return sum((line.points for line in self.lines), Decimal(0))

    @property
    def full_days(self) -> int:
        return self.step.days if self.step else 0

    @property
    def exact(self) -> Fraction:
        return Fraction(self.full_days * self.term_years, FULL_TERM)

    @property
    def days(self) -> int:
        return int(self.exact)

    @property
    def is_rounded(self) -> bool:
        return self.exact.denominator > 1

    @property
    def exact_text(self) -> str:
        """Write the days before they were rounded, as a mixed number such as 3 1/3."""
        whole, rest = divmod(self.exact, 1)
        return f"{whole} {rest}" if rest else str(whole)


def step_reached(points: Decimal, scale: Iterable[Step]) -> Step | None:
    """Give the highest step whose points are reached, of one scale."""
    reached = [step for step in scale if step.min_points <= points]
    return max(reached, key=lambda step: step.min_points, default=None)


def scale_on(day: date, steps: Iterable[Step]) -> list[Step]:
    """Give the steps of the scale in force on a date: those that began last."""
    begun = [step for step in steps if step.since <= day]
    latest = max((step.since for step in begun), default=None)
    return [step for step in begun if step.since == latest]


def count(lines: Iterable[Line], scale: Iterable[Step], term_years: int) -> Amount:
    """Count the days of a purchase by the scale of its day."""
    lines = tuple(lines)
    points = sum((line.points for line in lines), Decimal(0))
    return Amount(lines, step_reached(points, scale), term_years)


def amount_of(purchase: Purchase) -> Amount:
    """Give the count of a purchase as it was made, whatever the rules say by now."""
    lines = tuple(
        Line(str(each.product), each.licences, each.points_per_licence, each.rule_from)
        for each in purchase.lines.select_related("product").order_by("product__code")
    )
    step = None
    if purchase.step_points is not None:
        assert purchase.step_from is not None, "written together"
        step = Step(purchase.step_points, purchase.step_days, purchase.step_from)
    return Amount(lines, step, purchase.term_years, purchase.is_demo)

"""Timing that can be trusted: every side takes its turn in each round.

The machine drifts, so no figure stands alone: what counts is the ratio of two sides in
the same round, and of those the median.
"""

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import truediv
from statistics import median
from typing import Any

Turn = Callable[[], float]
Rounds = dict[str, list[float]]


def in_turns(rounds: int, **sides: Turn) -> Rounds:
    """Let every side run once a round, after one round that does not count."""
    found: Rounds = {name: [] for name in sides}
    order = list(sides)
    for number in range(-1, rounds):
        for name in order:
            gc.collect()
            figure = sides[name]()
            if number >= 0:
                found[name].append(figure)
        # Nobody always follows the same neighbor.
        order.reverse()
    return found


def seconds(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def each(action: Callable[[Any], Any], things: Iterable[Any]) -> float:
    """Do an action to each thing, and give the median of the milliseconds it took."""
    return 1000 * median([seconds(partial(action, thing)) for thing in things])


@dataclass(frozen=True)
class Bounds:
    """What must hold for a release (the gate), and what is possible (the goal)."""

    gate: float
    goal: float
    more_is_better: bool = False

    def judge(self, figure: float) -> str:
        if self._reaches(figure, self.goal):
            return "goal"
        return "held" if self._reaches(figure, self.gate) else "missed"

    def _reaches(self, figure: float, bound: float) -> bool:
        return figure >= bound if self.more_is_better else figure <= bound


def at_most(gate: float, goal: float) -> Bounds:
    return Bounds(gate, goal)


def at_least(gate: float, goal: float) -> Bounds:
    return Bounds(gate, goal, more_is_better=True)


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured in each round, on both sides.

    Without a floor the bounds hold for our own figure, without bounds it only informs;
    without our side it is not built yet.
    """

    name: str
    unit: str = ""
    ours: Sequence[float] = ()
    floor: Sequence[float] = ()
    bounds: Bounds | None = None

    @property
    def ratios(self) -> list[float]:
        if not self.floor:
            return list(self.ours)
        return list(map(truediv, self.ours, self.floor))

    @property
    def verdict(self) -> str:
        if not self.ours:
            return "not built yet"
        return self.bounds.judge(median(self.ratios)) if self.bounds else ""

"""Days on which something holds: spans that can be joined, cut and searched."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import and_

Span = tuple[date, date]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """Spans of days, both ends included, in order and with gaps between them.

    A span without a beginning or an end reaches to the ends of the calendar.
    """

    spans: tuple[Span, ...] = ()

    @classmethod
    def between(cls, first: date | None, last: date | None) -> "Days":
        """Return the days from one to another; nothing is without end."""
        begin, end = first or date.min, last or date.max
        return cls(((begin, end),) if begin <= end else ())

    def __contains__(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.spans)

    def __or__(self, other: "Days") -> "Days":
        """Return the days of either."""
        return any_of([self, other])

    def __and__(self, other: "Days") -> "Days":
        """Return the days of both."""
        shared = (
            (max(a_first, b_first), min(a_last, b_last))
            for a_first, a_last in self.spans
            for b_first, b_last in other.spans
        )
        return Days(tuple(sorted(span for span in shared if span[0] <= span[1])))

    def __invert__(self) -> "Days":
        """Return all other days."""
        gaps: list[Span] = []
        begin: date | None = date.min
        for first, last in self.spans:
            if begin is not None and begin < first:
                gaps.append((begin, first - ONE_DAY))
            begin = None if last == date.max else last + ONE_DAY
        if begin is not None:
            gaps.append((begin, date.max))
        return Days(tuple(gaps))

    def __sub__(self, other: "Days") -> "Days":
        return self & ~other

    def around(self, day: date) -> tuple[date | None, date | None]:
        """Return since and until when it is as on this day; ``None`` without an end.

        For a day that is not among them that is the gap in which the day lies.
        """
        alike = self if day in self else ~self
        first, last = next(span for span in alike.spans if span[0] <= day <= span[1])
        return (
            None if first == date.min else first,
            None if last == date.max else last,
        )

    def end(self, day: date) -> date | None:
        """Return until when it is as on this day; ``None`` without an end."""
        _since, until = self.around(day)
        return until

    def first_from(self, day: date) -> date | None:
        """Return the first of the days on or after a date."""
        return next((max(a, day) for a, b in self.spans if b >= day), None)


def _touches(last: date, first: date) -> bool:
    return last == date.max or first <= last + ONE_DAY


ALWAYS = Days.between(None, None)
NEVER = Days()


def any_of(alternatives: Iterable[Days]) -> Days:
    """Return the days of any of them."""
    joined: list[Span] = []
    for first, last in sorted(span for days in alternatives for span in days.spans):
        if joined and _touches(joined[-1][1], first):
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return Days(tuple(joined))


def all_of(parts: Iterable[Days]) -> Days:
    """Return the days of all of them."""
    return reduce(and_, parts, ALWAYS)

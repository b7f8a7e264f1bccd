"""Many rows, some at a time: each batch by itself, and what is broken alone."""

import logging
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from django.db import OperationalError
from psycopg.errors import DeadlockDetected

Row = TypeVar("Row")
Deed = Callable[[list[Row]], int]

logger = logging.getLogger(__name__)
# Seconds that a batch is meant to take: what it locks is never held for much longer.
PACE = 0.3
FEWEST = 250
# Of two transactions that wait for each other one goes on and one is ended: it tries
# again, so many times at most.
TRIES = 3


def carry_out(deed: Deed[Row], batch: list[Row], what: str) -> int:
    """Carry a deed out on a batch; one that fails is halved until one row is left.

    That one is left as it is, for a person to look at, and stops nobody else; ``what``
    begins the line of the log that names it.
    """
    try:
        return _tried(deed, batch)
    except OperationalError:
        raise
    except Exception:
        if len(batch) == 1:
            logger.exception("%s %s could not be turned", what, *batch)
            return 0
    middle = len(batch) // 2
    halves = batch[:middle], batch[middle:]
    return sum(carry_out(deed, half, what) for half in halves)


def _tried(deed: Deed[Row], batch: list[Row]) -> int:
    for _try in range(1, TRIES):
        try:
            return deed(batch)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return deed(batch)


def at_pace(
    deed: Deed[Row],
    rows: Sequence[Row],
    *,
    most: int,
    together: Callable[[Row], Hashable],
    what: str,
) -> int:
    """Carry a deed out on all rows, so many at a time as go in about ``PACE`` seconds.

    Rows of which ``together`` gives the same stay in one batch where they fit into it.
    Gives the sum of what the deed gives.
    """
    done = start = 0
    size = min(most, 4 * FEWEST)
    while start < len(rows):
        end = _end(rows, start, size, together)
        began = time.perf_counter()
        done += carry_out(deed, list(rows[start:end]), what)
        took = time.perf_counter() - began
        size = round(min(most, max(FEWEST, (end - start) * PACE / took)))
        start = end
    return done


def _end(
    rows: Sequence[Row], start: int, size: int, together: Callable[[Row], Hashable]
) -> int:
    """Give where the next batch ends: before rows that would be torn apart."""
    end = start + size
    if end >= len(rows):
        return len(rows)
    torn = together(rows[end])
    first = next((i for i in _back(end, start) if together(rows[i - 1]) != torn), start)
    return first if first > start else end


def _back(end: int, start: int) -> Iterator[int]:
    return iter(range(end, start, -1))

"""The calendar's work on many rows: some hundreds at a time, each batch by itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db.models import QuerySet

from enrollment.models import Enrollment
from enrollment.models.enrollments import EnrollmentQuerySet
from portal.audit import remember
from portal.db import carry_out
from portal.tenancy import acting_for_all

# So many that a statement pays, so few that no row is held for long.
BATCH = 250

# What the log says of a row on which the deed fails.
BROKEN = "The period of enrollment"

BatchAction = Callable[[list[int]], int]


def in_batches(rows: QuerySet[Enrollment], deed: BatchAction) -> int:
    """Carry a deed out on all these rows; gives the sum of what it gives."""
    with acting_for_all():
        keys = sorted(rows.values_list("pk", flat=True))
    batches = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
    return sum(carry_out(deed, batch, BROKEN) for batch in batches)


@contextmanager
def held_now(rows: EnrollmentQuerySet, keys: list[int]) -> Iterator[list[Enrollment]]:
    """Return those of the rows that nobody else holds, under a lock, as they are now.

    What somebody works on at this moment is passed over: the next run finds it.
    """
    with acting_for_all():
        free = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        found = free.filter(pk__in=keys).select_related("partner", "program")
        yield [remember(each) for each in found.order_by("pk")]

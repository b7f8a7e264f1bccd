"""The calendar's work on many rows: some hundreds at a time, each batch by itself."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.db.models import QuerySet

from enrollment.models import Enrollment
from enrollment.models.enrollments import EnrollmentQuerySet
from portal.audit import remember
from portal.tenancy import acting_for_all

# So many that a statement pays, so few that no row is held for long.
BATCH = 250
logger = logging.getLogger(__name__)

Deed = Callable[[list[int]], int]


def in_batches(rows: QuerySet[Enrollment], deed: Deed) -> int:
    """Carry a deed out on all these rows; gives the sum of what it gives."""
    with acting_for_all():
        keys = sorted(rows.values_list("pk", flat=True))
    batches = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
    return sum(_carry_out(deed, batch) for batch in batches)


def _carry_out(deed: Deed, keys: list[int]) -> int:
    """Carry a deed out; a batch that fails is halved until what is broken stands alone.

    That one is left as it is, for a person to look at, and stops nobody else.
    """
    try:
        return deed(keys)
    except OperationalError:
        raise
    except Exception:
        if len(keys) == 1:
            logger.exception("The period of enrollment %s could not be turned", *keys)
            return 0
    middle = len(keys) // 2
    return _carry_out(deed, keys[:middle]) + _carry_out(deed, keys[middle:])


@contextmanager
def held_now(rows: EnrollmentQuerySet, keys: list[int]) -> Iterator[list[Enrollment]]:
    """Give those of the rows that nobody else holds, under a lock, as they are now.

    What somebody works on at this moment is passed over: the next run finds it.
    """
    with acting_for_all():
        free = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        found = free.filter(pk__in=keys).select_related("partner", "program")
        yield [remember(each) for each in found.order_by("pk")]

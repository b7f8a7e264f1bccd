"""What a skipped lock is planted with: the same rows, read without a lock."""

import threading
from contextlib import contextmanager

from django.db.models import QuerySet

here = threading.local()
locking = QuerySet.select_for_update


def select(rows, *args, **kwargs):
    skips = getattr(here, "skips", False)
    return rows.all() if skips else locking(rows, *args, **kwargs)


def unlocked(lock):
    """Open a block as ``lock_row`` does, but keep nobody off its rows."""

    @contextmanager
    def block(*args, **kwargs):
        opening = lock(*args, **kwargs)
        QuerySet.select_for_update = select
        here.skips = True
        try:
            rows = opening.__enter__()
        finally:
            here.skips = False
        try:
            yield rows
        except BaseException as error:
            if not opening.__exit__(type(error), error, error.__traceback__):
                raise
        else:
            opening.__exit__(None, None, None)

    return block

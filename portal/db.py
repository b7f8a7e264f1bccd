"""Rows under a lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import models, transaction

from portal.audit import remember

Row = TypeVar("Row", bound=models.Model)


@contextmanager
def locked(row: Row) -> Iterator[Row]:
    """Give the row as it is now, and keep others off it until we commit.

    A deed that locks rows of several apps takes them in the direction of our
    imports: the payment request first, then the engagement, then the voucher.
    """
    with transaction.atomic():
        rows = type(row)._default_manager.select_for_update(of=("self",))
        yield remember(rows.get(pk=row.pk))

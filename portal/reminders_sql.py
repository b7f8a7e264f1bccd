"""Offsets of a reminder schedule, found by the database row by row."""

from typing import TypeVar

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.expressions import Combinable

Rows = TypeVar("Rows", bound="models.QuerySet")


class FirstOffset(Func):
    """The smallest number of a list that is at least another; nothing if none is."""

    template = "(SELECT MIN(days) FROM UNNEST(%(expressions)s))"
    arg_joiner = ") AS days WHERE days >= ("
    output_field = models.IntegerField()


class LastOffset(Func):
    """The largest number of a list that is at most another; nothing if none is."""

    template = "(SELECT MAX(days) FROM UNNEST(%(expressions)s))"
    arg_joiner = ") AS days WHERE days <= ("
    output_field = models.IntegerField()


def on_offset(rows: Rows, offset: Combinable) -> Rows:
    """Keep the rows that have reached an offset: their ``reminder_offset``."""
    return rows.annotate(reminder_offset=offset).filter(reminder_offset__isnull=False)


def untold(rows: Rows, offset: Combinable, *, is_counted_up: bool = False) -> Rows:
    """Keep the rows that have reached another offset than the one ``reminded`` of.

    Offsets count down to a day, or up from it; those that were missed are passed over.
    """
    order = "lt" if is_counted_up else "gt"
    other = Q(**{f"reminded__{order}": F("reminder_offset")})
    return on_offset(rows, offset).filter(Q(reminded=None) | other)

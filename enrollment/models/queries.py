"""Offsets of a reminder schedule, found by the database row by row."""

from datetime import datetime

from django.db import models
from django.db.models import Func, Value
from django.db.models.expressions import Combinable

from portal.zones import DayIn


class LastOffset(Func):
    """The largest number of a list that is at most another; nothing if none is."""

    template = "(SELECT MAX(days) FROM UNNEST(%(expressions)s))"
    arg_joiner = ") AS days WHERE days <= ("
    output_field = models.IntegerField()


class FirstOffset(Func):
    """The smallest number of a list that is at least another; nothing if none is."""

    template = "(SELECT MIN(days) FROM UNNEST(%(expressions)s))"
    arg_joiner = ") AS days WHERE days >= ("
    output_field = models.IntegerField()


def local_day(zone: str, moment: datetime) -> DayIn:
    """Return the date of a moment in the time zone that a field names."""
    return DayIn(zone, Value(moment))


def days_from(day: Combinable, other: Combinable) -> Func:
    """Count the days by which one date lies after another."""
    # Django would subtract them to an interval, which compares with no number.
    return Func(day, other, function="DATE_MI", output_field=models.IntegerField())

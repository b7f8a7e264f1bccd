"""The one clock: nothing else in the project asks what time it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from django.utils import timezone

from portal import zones

_set_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """Give the present moment, aware, in UTC."""
    return _set_moment.get() or timezone.now()


def today(zone: str = "UTC") -> date:
    """Give the date in an organization's time zone."""
    return now().astimezone(zones.zone(zone)).date()


def day_of(moment: datetime, zone: str = "UTC") -> date:
    """Give the date of a moment in an organization's time zone."""
    return moment.astimezone(zones.zone(zone)).date()


def days_until(day: date, zone: str = "UTC") -> int:
    """Count the days from today to a date; negative once it has passed."""
    return (day - today(zone)).days


def in_days(days: int, zone: str = "UTC") -> date:
    """Give the date that many days from today; negative looks back."""
    return today(zone) + timedelta(days=days)


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Let this thread live at another moment: the demo's past, a practice year."""
    token = _set_moment.set(moment)
    try:
        yield
    finally:
        _set_moment.reset(token)

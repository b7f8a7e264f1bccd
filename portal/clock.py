"""The one clock: nothing else in the project asks what time it is."""

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from portal import zones

# Where days are counted that the sponsor or the program promises.
PROGRAM = zones.UTC
_set_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _set_moment.get() or timezone.now()


def today(zone: str = "UTC") -> date:
    """Return the date in an organization's time zone."""
    return now().astimezone(zones.zone(zone)).date()


def day_of(moment: datetime, zone: str = "UTC") -> date:
    """Return the date of a moment in an organization's time zone."""
    return moment.astimezone(zones.zone(zone)).date()


@dataclass(frozen=True, order=True)
class Deadline:
    """A last day, counted in the zone of who owns it: all sides read the same number.

    A voucher's is its customer's, a filing window's or a certificate's the partner's, a
    promise of the sponsor's the program's.
    """

    day: date
    zone: str

    @property
    def days_left(self) -> int:
        """Count the days from today over there; negative once it has passed."""
        return days_until(self.day, self.zone)


def deadline(day: date | None, zone: str) -> Deadline | None:
    """Return a day as a deadline in a zone; nothing where there is no day."""
    return Deadline(day, zone) if day else None


def days_until(day: date, zone: str) -> int:
    """Count the days from today to a date; negative once it has passed."""
    return (day - today(zone)).days


def on_page(moment: datetime) -> datetime:
    """Return a moment as the reader's clock shows it: one zone on a page."""
    return timezone.localtime(moment)


def day_on_page(moment: datetime) -> date:
    """Return the day of a moment as the reader's clock shows it.

    For what has happened: a day to which something is counted is its owner's.
    """
    return on_page(moment).date()


def in_days(days: int, zone: str = "UTC") -> date:
    """Return the date that many days from today; negative looks back."""
    return today(zone) + timedelta(days=days)


def last_day_of(first: date, months: int) -> date:
    """Return the last day of some months that begin on a day.

    It is the day before the same day of a later month; where that month is too short to
    have that day, it is the month's last: a year from 29 February ends on the 28th.
    """
    years, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + years, month + 1
    length = monthrange(year, month)[1]
    if first.day > length:
        return date(year, month, length)
    return date(year, month, first.day) - timedelta(days=1)


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Let this thread live at another moment: the demo's past, a practice year."""
    token = _set_moment.set(moment)
    try:
        yield
    finally:
        _set_moment.reset(token)

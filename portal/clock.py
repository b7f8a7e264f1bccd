"""The one clock: nothing else in the project asks what time it is."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone


def now() -> datetime:
    """Give the present moment, aware, in UTC."""
    return timezone.now()


def today(zone: str = "UTC") -> date:
    """Give the date in an organization's time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def days_until(day: date, zone: str = "UTC") -> int:
    """Count the days from today to a date; negative once it has passed."""
    return (day - today(zone)).days


def in_days(days: int, zone: str = "UTC") -> date:
    return today(zone) + timedelta(days=days)

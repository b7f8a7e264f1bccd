"""Time zones by the names that Python and PostgreSQL both know.

``zones.json`` holds the names of tz's ``zone.tab`` for each country, the one where most
people live first, and the older names that lead to one of them (tz's ``backward``).
PostgreSQL of Debian 13 knows none of the older ones.
"""

import json
import logging
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db import connection, models
from django.db.models import F, Func, Value
from django.db.models.expressions import Combinable

logger = logging.getLogger(__name__)
FILE = Path(__file__).parent / "zones.json"
UTC = "UTC"
# Where a day ends last: no deadline of an organization without a known zone is early.
LAST = "Etc/GMT+12"
# Asked name by name: the view of all zone names reads a thousand files.
KNOWN = """
    SELECT name FROM unnest(%s::text[]) AS name
    WHERE public.portal_day_in(name, now()) IS NOT NULL
"""


@cache
def _shipped_data() -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return data


@cache
def names() -> tuple[str, ...]:
    """List what an organization may choose: UTC, then the places by name."""
    places = {name for names in _shipped_data()["countries"].values() for name in names}
    shipped = [UTC, *sorted(places & available_timezones())]
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [shipped])
        known = {name for (name,) in cursor.fetchall()}
    return tuple(name for name in shipped if name in known)


def of_country(code: str) -> list[str]:
    """List the zones of a country, the one where most people live first."""
    listed: list[str] = _shipped_data()["countries"].get(code, [])
    return [name for name in listed if name in names()]


def only_zone_of(code: str, moment: datetime) -> str:
    """Return the zone of a country whose clocks all show the same; else nothing."""
    zone_names = of_country(code)
    # Half a year apart: places that differ in summer only are to be told apart.
    moments = [moment, moment + timedelta(days=183)]
    clocks = {
        tuple(moment.astimezone(zone(name)).utcoffset() for moment in moments)
        for name in zone_names
    }
    return zone_names[0] if len(clocks) == 1 else ""


def canonical(name: str) -> str:
    """Return today's name of a zone: an older one leads to it."""
    aliases: dict[str, str] = _shipped_data()["aliases"]
    return aliases.get(name, name)


def known_name(name: str) -> str:
    """Return the name by which PostgreSQL knows a zone; UTC where it knows none."""
    today_s = canonical(name)
    return today_s if today_s in names() else UTC


@cache
def zone(name: str) -> ZoneInfo:
    """Return a zone by its name or an older one; the last one on earth if unknown."""
    try:
        return ZoneInfo(canonical(name))
    except (LookupError, ValueError, OSError):
        logger.exception("No such time zone: %r", name)
        return ZoneInfo(LAST)


class DayIn(Func):
    """The date of a moment in a zone; nothing where PostgreSQL knows no such zone.

    A comparison with nothing keeps no row: work on many rows passes over those.
    """

    function = "public.portal_day_in"
    arity = 2
    output_field = models.DateField()

    def __init__(self, zone: str | Combinable, moment: Any, **extra: Any) -> None:
        zone_field = F(zone) if isinstance(zone, str) else zone
        super().__init__(zone_field, moment, **extra)


def local_day(zone: str, moment: datetime) -> DayIn:
    """Return the date of a moment in the time zone that a field names."""
    return DayIn(zone, Value(moment))


def days_from(day: Combinable, other: Combinable) -> Func:
    """Count the days by which one date lies after another."""
    # Django would subtract them to an interval, which compares with no number.
    return Func(day, other, function="DATE_MI", output_field=models.IntegerField())

"""Where cities lie: found by the names that people type, offline."""

import lzma
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import connection
from django.db.models import QuerySet

from portal import text
from portal.models import Location, Place
from portal.tenancy import acting_for_all

FILE = Path(__file__).parent / "cities.tsv.xz"
COLUMNS = ["name", "key", "country", "latitude", "longitude", "population"]
# Letters that have no accent to strip.
PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "æ": "ae", "œ": "oe"}
)


def key_of(name: str) -> str:
    """Return a name as it is looked up: small letters, no accents, no signs."""
    letters = text.with_one_form(name.casefold().translate(PLAIN))
    apart = unicodedata.normalize("NFKD", letters)
    letters = "".join(sign for sign in apart if not unicodedata.combining(sign))
    words = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", letters))
    return " ".join(words.split())


def cities_named(typed: str) -> QuerySet[Place]:
    """Return the cities of a name in any spelling we know, the largest first."""
    return Place.objects.filter(key=key_of(typed)).order_by("-population", "pk")


def locate(location: Location) -> None:
    """Note where the city of a location lies, as far as we know it; saves nothing."""
    place = cities_named(location.city).filter(country=location.country).first()
    location.latitude = place.latitude if place else None
    location.longitude = place.longitude if place else None


def locate_all() -> int:
    """Locate what has no coordinates yet; returns the number of locations found.

    Safe to run twice. As many statements for many locations as for one.
    """
    with acting_for_all():
        unknown = Location.objects.filter(latitude=None)
        cities = unknown.values_list("city", "country").distinct()
        searches = [(city, country, key_of(city)) for city, country in cities]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE portal_location SET latitude = p.latitude,
                    longitude = p.longitude
                FROM unnest(%s::text[], %s::text[], %s::text[]) AS w(city, country, key)
                CROSS JOIN LATERAL (
                    SELECT latitude, longitude FROM portal_place
                    WHERE key = w.key AND country = w.country
                    ORDER BY population DESC, id LIMIT 1
                ) AS p
                WHERE portal_location.latitude IS NULL
                    AND portal_location.city = w.city
                    AND portal_location.country = w.country
                """,
                [list(column) for column in zip(*searches, strict=True)]
                or [[], [], []],
            )
            return int(cursor.rowcount)


def load_cities() -> int:
    """Fill an empty table with the shipped cities; returns the number of names."""
    with acting_for_all():
        if Place.objects.exists():
            return 0
        with connection.cursor() as cursor:
            table, columns = Place._meta.db_table, ", ".join(COLUMNS)
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                rows = list(read_shipped())
                copy.write("".join("\t".join(row) + "\n" for row in rows))
            return len(rows)


def read_shipped() -> Iterator[tuple[str, ...]]:
    """Return one row of the table for each name of each shipped city."""
    with lzma.open(FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            name, *where, others = line.rstrip("\n").split("\t")
            keys = [key_of(name), *text.with_one_form(others).split("|")]
            for key in filter(None, dict.fromkeys(keys)):
                yield name, key, *where


def keys_of(names: Iterable[str]) -> list[str]:
    """Return the different keys of several names, in their order."""
    return [key for key in dict.fromkeys(key_of(name) for name in names) if key]

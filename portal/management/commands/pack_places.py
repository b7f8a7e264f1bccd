"""Make the shipped file of cities anew: ``manage.py pack_places cities15000.json``."""

import json
import lzma
import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.places import FILE, key_of, keys_of

# Of smaller cities people type the name itself, of larger ones names in any language.
IS_LARGE = 50_000
CHINESE = re.compile(r"[\u4e00-\u9fff]{1,6}")
LONGEST = 40
TRANSCRIBED = re.compile(r"['’ʼʻ`=]")


class Command(BaseCommand):
    """Packs GeoNames' cities of 15,000 inhabitants and more, as JSON lists them."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        cities = json.loads(options["source"].read_text()).values()
        lines = sorted((_line(city) for city in cities), key=_country_first)
        FILE.write_bytes(
            lzma.compress("".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME)
        )


def _country_first(line: str) -> tuple[str, str]:
    name, country, *_rest = line.split("\t")
    return country, name


def _line(city: dict[str, Any]) -> str:
    others = [name for name in city["alternatenames"] if _is_typed(name, city)]
    # Chinese stays as it is; of the others only what is looked up is kept.
    keys = keys_of([city["name"], *others])[1:]
    return (
        "\t".join(
            [
                city["name"],
                city["countrycode"],
                f"{city['latitude']:.3f}",
                f"{city['longitude']:.3f}",
                str(city["population"]),
                "|".join(keys),
            ]
        )
        + "\n"
    )


def _is_typed(name: str, city: dict[str, Any]) -> bool:
    """Tell whether somebody would type this name of a city."""
    if CHINESE.fullmatch(name):
        return True
    is_code = name.isupper() and len(name) <= 4
    is_latin = name[:1].isupper() and key_of(name).isascii()
    return (
        city["population"] >= IS_LARGE
        and len(name) <= LONGEST
        and is_latin
        and not is_code
        and not TRANSCRIBED.search(name)
    )

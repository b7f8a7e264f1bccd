"""List the demo's people and how each of them signs in."""

import unicodedata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import demo
from portal.tenancy import acting_for_all

TITLES = ("Organization", "Role", "E-mail", "Password", "Second factor")


class Command(BaseCommand):
    """Prints a table for the terminal."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        if not demo.is_on():
            raise CommandError("This is not a demo: PORTAL_DEMO is not 1.")
        codes = f"codes at {settings.ORIGIN}/demo/"
        with acting_for_all():
            people = [
                (p.organization, p.role, p.email, p.password, codes if p.code else "–")
                for p in demo.people()
            ]
        for line in align_columns([TITLES, *people]):
            self.stdout.write(line)


def align_columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Lay texts out in columns, two spaces apart."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text + " " * (room - width(text))
            for text, room in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def width(text: str) -> int:
    """Count the places that a text takes: Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

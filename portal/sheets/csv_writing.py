"""Tables as CSV: for spreadsheet programs, and harmless in them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.utils import timezone

from portal.sheets.harmless import guarded

# Spreadsheet programs take a file for UTF-8 only with this sign at its beginning.
MARK = "\ufeff"
PIECE = 500
PLAIN = (type(None), int, float, date, Decimal)


def as_csv(
    headings: Sequence[object], rows: Iterable[Sequence[Any]]
) -> Iterator[bytes]:
    """Write rows piece by piece: numbers and dates (ISO) as they are, text guarded."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([guarded(str(heading)) for heading in headings])
    # The headings go out at once: somebody waits to see that something comes.
    yield (MARK + text.getvalue()).encode()
    left = iter(rows)
    while piece := list(islice(left, PIECE)):
        text.seek(0)
        text.truncate()
        writer.writerows(map(cells, piece))
        yield text.getvalue().encode(errors="replace")


def cells(row: Sequence[Any]) -> list[Any]:
    """Return what a row shows; text that could be a formula is guarded."""
    return [
        guarded(value)
        if value.__class__ is str
        else value
        if value.__class__ in PLAIN
        else other(value)
        for value in row
    ]


def other(value: Any) -> str:
    """Write a truth, a moment, a choice, or whatever else says what it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        here = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{here:%Y-%m-%d %H:%M}"
    return guarded(str(value))

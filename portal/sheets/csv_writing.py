"""Tables as CSV: for spreadsheet programs, and harmless in them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from portal.sheets.harmless import guarded

# Spreadsheet programs take a file for UTF-8 only with this sign at its beginning.
MARK = "\ufeff"
# The first rows go out alone, so that something comes at once.
FIRST, PIECE = 50, 500


def as_csv(
    headings: Sequence[object], rows: Iterable[Sequence[Any]]
) -> Iterator[bytes]:
    """Write rows piece by piece: numbers and dates (ISO) as they are, text guarded."""
    text = io.StringIO(newline="")
    text.write(MARK)
    writer = csv.writer(text)
    writer.writerow([guarded(str(heading)) for heading in headings])
    left = iter(rows)
    size = FIRST
    while True:
        piece = list(islice(left, size))
        writer.writerows([list(map(cell, row)) for row in piece])
        yield text.getvalue().encode(errors="replace")
        if len(piece) < size:
            return
        size = PIECE
        text.seek(0)
        text.truncate()


def cell(value: Any) -> Any:
    """Give a value as the file shows it; text that could be a formula is guarded."""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, (int, float)) else str(value)

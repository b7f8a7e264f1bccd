"""Tables as workbooks: read by a process of its own, written by XlsxWriter.

Values are numbers, dates or text: nothing that is written can become a formula.
"""

import json
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import IO, Any

import xlsxwriter
from django.utils import timezone
from xlsxwriter.worksheet import Worksheet

from portal.bounded import TOO_SLOW, run_bounded
from portal.spreadsheets import unpacking
from portal.spreadsheets.columns import Code, Headings, Rows, Unreadable

PIECE = 65536
MOST_ROWS = 1_048_576  # that a sheet can have
LONGEST = 32_767  # characters that a cell can hold
FIRST_DAY = date(1900, 3, 1)  # earlier ones are off by one, for an old mistake's sake
EXACT = 10**15  # beyond, a spreadsheet rounds
LONGEST_TITLE = 24
NARROWEST, WIDEST = 10, 60
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
IMPOSSIBLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def read_xlsx(file: IO[bytes], headings: Headings) -> Rows:
    """Return each filled row with its number; what cannot be taken is a code.

    Another process reads the workbook, with bounds of memory and time. What breaks
    them is refused: it is far larger inside than outside, or takes too long.
    """
    with tempfile.TemporaryFile() as lines:
        _run(file, lines, json.dumps(sorted(headings.by_heading)))
        lines.seek(0)
        for line in lines:
            number_and_cells = json.loads(line)
            if isinstance(number_and_cells, dict):
                if code := number_and_cells["end"]:
                    raise Unreadable(Code(code))
                return
            number, cells = number_and_cells
            yield number, [Code.CELL_ERROR if c is None else c for c in cells]
    raise Unreadable(Code.BROKEN)


def _run(given: IO[bytes], lines: IO[bytes], headings: str) -> None:
    code = run_bounded(
        unpacking.__file__,
        headings,
        given=given,
        lines=lines,
        seconds=unpacking.MOST_SECONDS,
    )
    if code == TOO_SLOW:
        raise Unreadable(Code.TOO_SLOW)
    if code:
        # Another signal ended it: it wanted more memory than it may have.
        raise Unreadable(Code.BOMB if code < 0 else Code.BROKEN)


def write_xlsx(
    headings: Sequence[object],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    widths: Sequence[int] = (),
) -> Iterator[bytes]:
    """Write a workbook, with headings that stay in sight, and give it in pieces.

    ``widths`` are in characters. Rows beyond what one sheet can have go to another.
    Rows wait on the disk, not in memory: the first piece comes after the last row.
    """
    with tempfile.TemporaryFile() as file:
        with xlsxwriter.Workbook(file, OPTIONS) as book:
            writer = Writer(book, [str(heading) for heading in headings], widths)
            for number, group in enumerate(sheets(rows), start=1):
                writer.write_sheet(title_of(title, number), group)
        file.seek(0)
        yield from iter(partial(file.read, PIECE), b"")


def sheets(rows: Iterable[Sequence[Any]]) -> Iterator[Iterable[Sequence[Any]]]:
    """Share rows out among sheets; the first is there even for none."""
    left = iter(rows)
    most = MOST_ROWS - 1
    yield islice(left, most)
    while first := list(islice(left, 1)):
        yield chain(first, islice(left, most - 1))


def title_of(title: str, number: int) -> str:
    """Return a title that a sheet can have; its length counts in halves of UTF-16."""
    halves = NOT_IN_TITLES.sub(" ", title).strip(" '").encode("utf-16-le")
    plain = halves[: 2 * LONGEST_TITLE].decode("utf-16-le", "ignore").strip(" '") or "1"
    return plain if number == 1 else f"{plain} ({number})"


def width_of(heading: str) -> int:
    """Count the characters of a heading, wide ones double, with some room beside."""
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in heading)
    return max(NARROWEST, min(wide + 3, WIDEST))


class Writer:
    """Writes sheets of one workbook: each value as what it is."""

    def __init__(
        self, book: xlsxwriter.Workbook, headings: list[str], widths: Sequence[int]
    ) -> None:
        self.book = book
        self.headings = headings
        self.widths = [*widths, *map(width_of, headings[len(widths) :])]
        self.heading = book.add_format({"bold": True})
        self.date = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self.cells: dict[type, Callable[[Worksheet, int, int, Any], object]] = {
            type(None): lambda *_cell: None,
            str: self.write_text,
            bool: Worksheet.write_boolean,
            int: self.write_number,
            float: self.write_number,
            Decimal: self.write_number,
            date: self.write_day,
            datetime: self.write_moment,
        }

    def write_sheet(self, title: str, rows: Iterable[Sequence[Any]]) -> None:
        sheet = self.book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(self.widths):
            sheet.set_column(column, column, width)
        for column, heading in enumerate(self.headings):
            self.write_text(sheet, 0, column, heading, self.heading)
        for number, values in enumerate(rows, start=1):
            for column, value in enumerate(values):
                write = self.cells.get(value.__class__, self.write_other)
                write(sheet, number, column, value)

    def write_text(
        self, sheet: Worksheet, row: int, column: int, value: str, look: Any = None
    ) -> None:
        if value:
            text = IMPOSSIBLE.sub("\ufffd", value[:LONGEST])
            sheet.write_string(row, column, text, look)

    def write_number(
        self, sheet: Worksheet, row: int, column: int, value: float | Decimal
    ) -> None:
        if -EXACT < value < EXACT:
            sheet.write_number(row, column, value)
        else:
            self.write_text(sheet, row, column, str(value))

    def write_day(self, sheet: Worksheet, row: int, column: int, value: date) -> None:
        if value < FIRST_DAY:
            self.write_text(sheet, row, column, value.isoformat())
        else:
            sheet.write_datetime(row, column, value, self.date)

    def write_moment(
        self, sheet: Worksheet, row: int, column: int, value: datetime
    ) -> None:
        """Write a moment as the clock shows it where the reader is: without a zone."""
        local_moment = timezone.make_naive(value) if timezone.is_aware(value) else value
        if local_moment.date() < FIRST_DAY:
            self.write_text(sheet, row, column, local_moment.isoformat(" ", "minutes"))
        else:
            sheet.write_datetime(row, column, local_moment, self.moment)

    def write_other(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        """Write a choice, a lazy text, or whatever else says what it is."""
        self.write_text(sheet, row, column, str(value))

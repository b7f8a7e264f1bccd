"""One way to read a table, whether it comes as CSV or as XLSX."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import IO, NamedTuple

from django.conf import settings
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from portal.sheets.columns import Cell, Column, Headings
from portal.sheets.csv_reading import csv_rows
from portal.sheets.harmless import without_guard
from portal.sheets.packages import ensure_not_old, is_package
from portal.sheets.problems import LONGEST_CELL, Code, Problem, Unreadable
from portal.sheets.references import letters
from portal.sheets.xlsx_reading import xlsx_rows

MOST_ROWS = 100_000
# Year first: the only order that nobody can read in two ways.
DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\u200b]+")


class Row(NamedTuple):
    """A row as somebody typed it: its number in the file, and text by column name.

    A cell that cannot be taken has its problem and is empty; a text that is no date
    stays as it was typed.
    """

    number: int
    values: dict[str, str]
    problems: tuple[Problem, ...]


def read_table(
    file: File | IO[bytes], columns: Sequence[Column], *, most_rows: int = MOST_ROWS
) -> Iterator[Row]:
    """Return the filled rows of a table below its headings, one after the other.

    Raises ``Unreadable`` at once for the wrong kind of file or the wrong columns, and
    on the way for what is damaged or too long further below. The file is not closed.
    """
    headings = Headings(columns)
    rows = _rows(_checked(file), headings)
    number, cells = next((row for row in rows if any(row[1])), (0, []))
    if not cells:
        raise Unreadable(Code.EMPTY)
    return _body(rows, headings.place(cells, number), most_rows)


def _checked(file: File | IO[bytes]) -> IO[bytes]:
    stream: IO[bytes] = getattr(file, "file", file)
    size = stream.seek(0, 2)
    if size > settings.DOCUMENT_MAX_BYTES:
        limit = filesizeformat(settings.DOCUMENT_MAX_BYTES)
        sentence = _("The file is larger than %(limit)s.") % {"limit": limit}
        raise Unreadable(Code.TOO_LARGE, sentence)
    stream.seek(0)
    return stream


def _rows(file: IO[bytes], headings: Headings) -> Iterator[tuple[int, list[Cell]]]:
    """Tell the kinds of file apart by what is in them, never by their names."""
    ensure_not_old(file)
    if is_package(file):
        return xlsx_rows(file)
    return csv_rows(file, headings.knows)


def _body(
    rows: Iterator[tuple[int, list[Cell]]],
    places: Sequence[Column | None],
    most_rows: int,
) -> Iterator[Row]:
    count = 0
    for number, cells in rows:
        if not any(cells):
            continue
        row = _row(number, cells, places)
        if not (row.problems or any(row.values.values())):
            continue
        count += 1
        if count > most_rows:
            sentence = _("The file has more than %(most)s rows. Split it.")
            raise Unreadable(Code.TOO_MANY_ROWS, sentence % {"most": most_rows})
        yield row
    if not count:
        raise Unreadable(Code.EMPTY)


def _row(number: int, cells: Sequence[Cell], places: Sequence[Column | None]) -> Row:
    values = {column.name: "" for column in places if column}
    problems: list[Problem] = []
    for index, cell in enumerate(cells):
        column = places[index] if index < len(places) else None
        value = _value(cell, column)
        if isinstance(value, Code):
            name = column.name if column else ""
            problems.append(Problem(value, f"{letters(index)}{number}", name))
            if column and value is Code.DATE and not isinstance(cell, Code):
                values[name] = _text(cell)
        elif column:
            values[column.name] = value
    return Row(number, values, tuple(problems))


def _value(cell: Cell, column: Column | None) -> Cell:
    """Return text of a cell without what surrounds it, or why it cannot be taken."""
    if not cell or isinstance(cell, Code):
        return cell
    if len(cell) > LONGEST_CELL:
        return Code.TOO_LONG
    text = _text(cell)
    if column is None:
        return Code.NO_HEADING if text else ""
    return _day(text) if column.is_date and text else text


def _text(cell: str) -> str:
    text = cell if cell.isprintable() else UNSEEN.sub(" ", cell)
    return without_guard(text.strip())


def _day(text: str) -> Cell:
    """Read a date with its year first; any other order would be a guess."""
    found = DAY.fullmatch(text)
    if not found:
        return Code.DATE
    try:
        return date(int(found[1]), int(found[3]), int(found[4])).isoformat()
    except ValueError:
        return Code.DATE

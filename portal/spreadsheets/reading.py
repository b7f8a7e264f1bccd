"""One way to read a table, whether it comes as CSV or as XLSX."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import chain, islice
from typing import IO, NamedTuple

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext as _

from portal.files import larger_than
from portal.spreadsheets import unpacking
from portal.spreadsheets.columns import (
    LONGEST_CELL,
    Cell,
    Code,
    Column,
    Headings,
    Problem,
    Rows,
    Unreadable,
    letters,
)
from portal.spreadsheets.csv import read_csv, without_escape
from portal.spreadsheets.xlsx import read_xlsx
from portal.text import clean, is_possible

MOST_ROWS = 100_000
LAST_ROW = 1_048_576  # of a sheet
# Filled rows among which the headings are looked for: titles may stand above them.
MOST_ABOVE = unpacking.MOST_ABOVE
PIECE = 65536
ZIP = b"PK\x03\x04"
# The older container: of an Excel before 2007, and of every file with a password.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# Year first: the only order that nobody can read in two ways.
DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?")


class Row(NamedTuple):
    """A row as somebody typed it: its number in the file, and text by column name.

    A cell that cannot be taken has its problem and is empty; a text that is no date
    stays as it was typed.
    """

    number: int
    values: dict[str, str]
    problems: tuple[Problem, ...]


class Table(NamedTuple):
    """The rows below the headings, one after the other, and what is passed over.

    ``passed_over`` are headings, as they were typed, of columns that we do not know.
    """

    rows: Iterator[Row]
    passed_over: list[str]


def read_table(
    file: File | IO[bytes], columns: Sequence[Column], *, most_rows: int = MOST_ROWS
) -> Table:
    """Find the headings of a table, and give the filled rows below them.

    Raises ``Unreadable`` at once for the wrong kind of file or the wrong columns, and
    on the way for what is damaged or too long further below. The file is not closed.
    """
    headings = Headings(columns)
    rows = _filled_rows(_rows(_checked_stream(file), headings), most_rows)
    above = list(islice(rows, MOST_ABOVE))
    if not above:
        raise Unreadable(Code.EMPTY)
    at = max(range(len(above)), key=lambda n: headings.count_known(above[n][1]))
    number, cells = above[at]
    places = headings.place(cells, number)
    passed_over = [str(column.title) for column in places if column and not column.name]
    body = _body(chain(above[at + 1 :], rows), places, most_rows)
    return Table(body, passed_over)


def _checked_stream(file: File | IO[bytes]) -> IO[bytes]:
    stream: IO[bytes] = getattr(file, "file", file)
    size = stream.seek(0, 2)
    if size > settings.DOCUMENT_MAX_BYTES:
        sentence = larger_than(settings.DOCUMENT_MAX_BYTES)
        raise Unreadable(Code.TOO_LARGE, sentence)
    stream.seek(0)
    return stream


def _rows(file: IO[bytes], headings: Headings) -> Rows:
    """Tell the kinds of file apart by what is in them, never by their names."""
    start = file.read(len(OLE))
    if start == OLE:
        raise Unreadable(_code_of_old(file))
    if start.startswith(ZIP):
        return read_xlsx(file, headings)
    return read_csv(file, headings.count_known)


def _code_of_old(file: IO[bytes]) -> Code:
    """Tell what the older container holds: it hides workbooks with passwords too."""
    before = b""
    for piece in iter(partial(file.read, PIECE), b""):
        if ENCRYPTED in before + piece:
            return Code.PROTECTED
        before = piece[-len(ENCRYPTED) :]
    return Code.OLD_EXCEL


def _filled_rows(rows: Rows, most_rows: int) -> Rows:
    """Pass over empty rows, as far as a sheet could have them."""
    for number, cells in rows:
        if number > LAST_ROW:
            raise _too_many(most_rows)
        if any(cells[unpacking.MOST_COLUMNS :]):
            raise Unreadable(Code.BROKEN, rows=[number])
        if any(cells):
            yield number, cells


def _too_many(most_rows: int) -> Unreadable:
    sentence = _("The file has more than %(most)s rows. Split it.")
    return Unreadable(Code.TOO_MANY_ROWS, sentence % {"most": most_rows})


def _body(rows: Rows, places: Sequence[Column | None], most_rows: int) -> Iterator[Row]:
    count = 0
    for number, cells in rows:
        row = _row(number, cells, places)
        if not (row.problems or any(row.values.values())):
            continue
        count += 1
        if count > most_rows:
            raise _too_many(most_rows)
        yield row
    if not count:
        raise Unreadable(Code.EMPTY)


def _row(number: int, cells: Sequence[Cell], places: Sequence[Column | None]) -> Row:
    values = {column.name: "" for column in places if column and column.name}
    problems: list[Problem] = []
    for index, cell in enumerate(cells):
        column = places[index] if index < len(places) else None
        if column and not column.name:
            continue
        value = _value(cell, column)
        if isinstance(value, Code):
            name = column.name if column else ""
            problems.append(Problem(value, f"{letters(index)}{number}", name))
            if column and value is Code.DATE and not isinstance(cell, Code):
                values[name] = _text(cell)
        elif column:
            values[column.name] = value
    return Row(number, values, _in_short(problems))


def _in_short(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Leave of the problems outside of our columns the first: it says enough."""
    outside = [problem for problem in problems if not problem.column]
    return (*(problem for problem in problems if problem.column), *outside[:1])


def _value(cell: Cell, column: Column | None) -> Cell:
    """Return a cell's text without what surrounds it, or why it cannot be taken."""
    if not cell or isinstance(cell, Code):
        return cell
    text = _text(cell)
    if column is None:
        return Code.NO_HEADING if text else ""
    if len(cell) > LONGEST_CELL or not is_possible(text):
        return Code.TOO_LONG if len(cell) > LONGEST_CELL else Code.IMPOSSIBLE
    return _day(text) if column.is_date and text else text


def _text(cell: str) -> str:
    return without_escape(clean(cell).strip())


def _day(text: str) -> Cell:
    """Read a date with its year first; any other order would be a guess."""
    match = DAY.fullmatch(text)
    if not match:
        return Code.DATE
    try:
        return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
    except ValueError:
        return Code.DATE

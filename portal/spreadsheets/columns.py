"""The columns that a table must have, found by what their headings say."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from portal.findings import Refused, Text
from portal.spreadsheets.unpacking import plain_heading
from portal.text import clean, join_words

LONGEST_SHOWN = 80  # characters of a heading that we do not know
LONGEST_CELL = 5_000  # characters: more than any field of ours takes


class Code(StrEnum):
    """What is wrong: the first ones with a whole file, the last ones with a row."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    TOO_MANY_ROWS = "too-many-rows"
    NOT_A_TABLE = "not-a-table"
    ENCODING = "encoding"
    BROKEN = "broken"
    PROTECTED = "protected"
    OLD_EXCEL = "old-excel"
    BOMB = "bomb"
    TOO_SLOW = "too-slow"
    GIVEN_UP = "given-up"
    UNKNOWN_COLUMNS = "unknown-columns"
    MISSING_COLUMNS = "missing-columns"
    DUPLICATE_COLUMNS = "duplicate-columns"

    CELL_ERROR = "cell-error"
    TOO_LONG = "too-long"
    DATE = "date"
    NO_HEADING = "no-heading"
    IMPOSSIBLE = "impossible"


Cell = str | Code  # a code where the cell has no value that could be taken
Rows = Iterator[tuple[int, list[Cell]]]
SENTENCES = {
    Code.EMPTY: gettext_lazy(
        "The file has no rows. Its first row names the columns; yours come below."
    ),
    Code.NOT_A_TABLE: gettext_lazy(
        "The file is not a table. Save it in your spreadsheet program as"
        " “Excel workbook (.xlsx)” or “CSV UTF-8”."
    ),
    Code.ENCODING: gettext_lazy(
        "The text of the file is not in UTF-8. Save it in your spreadsheet program as"
        " “Excel workbook (.xlsx)” or “CSV UTF-8”."
    ),
    Code.BROKEN: gettext_lazy(
        "The file is damaged. Open it in your spreadsheet program and save it anew."
    ),
    Code.PROTECTED: gettext_lazy(
        "The file is protected by a password. Save it without one."
    ),
    Code.OLD_EXCEL: gettext_lazy(
        "The file is of an old Excel. Save it as “Excel workbook (.xlsx)”."
    ),
    Code.BOMB: gettext_lazy(
        "The file is far larger inside than outside. Copy its rows into a new file."
    ),
    Code.TOO_SLOW: gettext_lazy(
        "The file takes too long to read. Split it into smaller ones."
    ),
    Code.GIVEN_UP: gettext_lazy(
        "The file could not be read: each attempt broke off. Copy its rows into a new"
        " file, or split it."
    ),
    Code.CELL_ERROR: gettext_lazy("Cell %(cell)s holds an error of the spreadsheet."),
    Code.TOO_LONG: gettext_lazy("Cell %(cell)s holds more than 5000 characters."),
    Code.DATE: gettext_lazy(
        "Cell %(cell)s: write the date as year-month-day, such as 2026-12-31."
    ),
    Code.NO_HEADING: gettext_lazy("Cell %(cell)s has no heading above it."),
    Code.IMPOSSIBLE: gettext_lazy(
        "Cell %(cell)s holds characters that no text can hold."
    ),
}


class Unreadable(Refused):
    """The file cannot be taken: a sentence what to do, its code, and where it is.

    ``rows`` are the numbers of rows in the file, where they can be named.
    """

    def __init__(
        self, code: Code, sentence: str = "", rows: Sequence[int] = ()
    ) -> None:
        where = [_("See row %(row)s.") % {"row": row} for row in rows[:1]]
        message = sentence or str(SENTENCES[code])
        super().__init__(" ".join([message, *where]), field="file")
        self.code = code
        self.rows = list(rows)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell of a row; the rest of the file can still be read."""

    code: Code
    cell: str
    column: str = ""

    def __str__(self) -> str:
        return str(SENTENCES[self.code]) % {"cell": self.cell}


@dataclass(frozen=True)
class Column:
    """A column: its name for programs, its heading for people, and what it holds.

    A required column must be there; whether each of its cells must be filled is the
    business of the form behind it. A note is what we write beside rows ourselves: it
    may come back, and nobody is asked for it.
    """

    name: str
    title: Text
    is_required: bool = True
    is_date: bool = False
    is_note: bool = False


class Headings:
    """The headings by which columns are known: by name, in English, as the reader."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.by_heading = {plain_heading(column.name): column for column in columns}
        for language, _name in settings.LANGUAGES:
            with override(language):
                titles = {
                    plain_heading(str(column.title)): column for column in columns
                }
            self.by_heading = titles | self.by_heading

    def count_known(self, cells: Iterable[Cell]) -> int:
        """Count the headings that are known."""
        return sum(plain_heading(cell) in self.by_heading for cell in cells)

    def place(self, cells: Sequence[Cell], row: int) -> list[Column | None]:
        """Return the column of each place; one without a name is passed over.

        Raises ``Unreadable`` for those that are missing, or are there twice.
        """
        columns = [self._column(cell) for cell in cells]
        twice = {c for c in columns if c and c.name and columns.count(c) > 1}
        missing = [c for c in self.columns if c.is_required and c not in columns]
        unknown = [str(c.title) for c in columns if c and not c.name and missing]
        self._refuse(Code.UNKNOWN_COLUMNS, unknown, row, unknown_columns)
        self._refuse(Code.DUPLICATE_COLUMNS, titles_of(twice), row, duplicate_columns)
        self._refuse(Code.MISSING_COLUMNS, titles_of(missing), row, missing_columns)
        return columns

    def _column(self, cell: Cell) -> Column | None:
        known = self.by_heading.get(plain_heading(cell))
        return known or (
            Column("", clean(cell).strip()[:LONGEST_SHOWN]) if cell.strip() else None
        )

    def _refuse(
        self, code: Code, wrong: Sequence[str], row: int, words: Callable[[], str]
    ) -> None:
        if wrong:
            names = {
                "wrong": join_words(wrong),
                "known": join_words(
                    titles_of(c for c in self.columns if not c.is_note)
                ),
            }
            raise Unreadable(code, words() % names, [row])


def titles_of(columns: Iterable[Column]) -> list[str]:
    return [str(column.title) for column in columns]


def unknown_columns() -> str:
    return _("These columns are not known: %(wrong)s. Known are: %(known)s.")


def duplicate_columns() -> str:
    return _("These columns are there more than once: %(wrong)s.")


def missing_columns() -> str:
    return _("These columns are missing: %(wrong)s. The columns are: %(known)s.")


@cache
def letters(index: int) -> str:
    """Return the name of a column as a spreadsheet shows it: 0 is A, 26 is AA."""
    before, last = divmod(index, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)

"""What can be wrong with a table that somebody hands in, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.findings import Refused


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
    UNKNOWN_COLUMNS = "unknown-columns"
    MISSING_COLUMNS = "missing-columns"
    DUPLICATE_COLUMNS = "duplicate-columns"

    FORMULA = "formula"
    CELL_ERROR = "cell-error"
    TOO_LONG = "too-long"
    DATE = "date"
    NO_HEADING = "no-heading"


LONGEST_CELL = 5_000  # signs: more than any field of ours takes
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
    Code.FORMULA: gettext_lazy("Cell %(cell)s holds a formula. Put its value there."),
    Code.CELL_ERROR: gettext_lazy("Cell %(cell)s holds an error of the spreadsheet."),
    Code.TOO_LONG: gettext_lazy("Cell %(cell)s holds more than 5000 characters."),
    Code.DATE: gettext_lazy(
        "Cell %(cell)s: write the date as year-month-day, such as 2026-12-31."
    ),
    Code.NO_HEADING: gettext_lazy("Cell %(cell)s has no heading above it."),
}


class Unreadable(Refused):
    """The file cannot be taken: a sentence what to do, its code, and where it is.

    ``rows`` are the numbers of rows in the file, where they can be named.
    """

    def __init__(
        self, code: Code, sentence: str = "", rows: Sequence[int] = ()
    ) -> None:
        where = [_("See row %(row)s.") % {"row": row} for row in rows[:1]]
        said = sentence or str(SENTENCES[code])
        super().__init__(" ".join([said, *where]), field="file")
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

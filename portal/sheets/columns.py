"""The columns that a table must have, found by what their headings say."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.findings import Text
from portal.sheets.problems import Code, Unreadable
from portal.text import listed

Cell = str | Code  # a code where the cell has no value that could be taken


@dataclass(frozen=True)
class Column:
    """A column: its name for programs, its heading for people, and what it holds.

    A required column must be there; whether each of its cells must be filled is the
    business of the form behind it.
    """

    name: str
    title: Text
    is_required: bool = True
    is_date: bool = False


def plain(heading: str) -> str:
    """Return a heading without what people write in different ways."""
    folded = unicodedata.normalize("NFKC", heading).casefold().replace("_", " ")
    return " ".join(folded.strip(" *:").split())


class Headings:
    """The headings by which columns are known: by name, in English, as the reader."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.by_heading = {plain(column.name): column for column in columns}
        for language, _name in settings.LANGUAGES:
            with override(language):
                titles = {plain(str(column.title)): column for column in columns}
            self.by_heading = titles | self.by_heading

    def knows(self, cells: Iterable[Cell]) -> int:
        """Count the headings that are known."""
        return sum(plain(cell) in self.by_heading for cell in cells)

    def place(self, cells: Sequence[Cell], row: int) -> list[Column | None]:
        """Return the column of each place; raises ``Unreadable`` for the wrong ones."""
        found = [self.by_heading.get(plain(cell)) for cell in cells]
        pairs = list(zip(cells, found, strict=True))
        unknown = [cell for cell, column in pairs if column is None and cell.strip()]
        twice = {column for column in found if column and found.count(column) > 1}
        missing = [c for c in self.columns if c.is_required and c not in found]
        self._refuse(Code.UNKNOWN_COLUMNS, unknown, row, unknown_columns)
        self._refuse(Code.DUPLICATE_COLUMNS, named(twice), row, duplicate_columns)
        self._refuse(Code.MISSING_COLUMNS, named(missing), row, missing_columns)
        return found

    def _refuse(
        self, code: Code, wrong: Sequence[str], row: int, words: Callable[[], str]
    ) -> None:
        if wrong:
            names = {"wrong": listed(wrong), "known": listed(named(self.columns))}
            raise Unreadable(code, words() % names, [row])


def named(columns: Iterable[Column]) -> list[str]:
    return [str(column.title) for column in columns]


def unknown_columns() -> str:
    return _("These columns are not known: %(wrong)s. Known are: %(known)s.")


def duplicate_columns() -> str:
    return _("These columns are there more than once: %(wrong)s.")


def missing_columns() -> str:
    return _("These columns are missing: %(wrong)s. The columns are: %(known)s.")

"""The rows of the first sheet that shows in a workbook, as text.

Whatever the file holds besides (formulas' hidden values, links, macros, pictures,
other sheets) is never looked at. Rows and columns that are only hidden count.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

from portal.sheets.cells import Grid, Words
from portal.sheets.columns import Cell
from portal.sheets.packages import MEBI, Package, local, opened, parser_of
from portal.sheets.problems import Code, Unreadable
from portal.sheets.styles import Formats

OFFICE = "officeDocument"
MOST_WORDS = 32 * MEBI
MOST_FRAME = 4 * MEBI
Start = Callable[[str, dict[str, str]], None]


@dataclass
class Book:
    """Where in a package things are."""

    sheet: str
    words: str = ""
    styles: str = ""
    is_of_1904: bool = False


@dataclass
class Frame:
    """What the first part of a workbook says about the others."""

    sheets: list[dict[str, str]] = field(default_factory=list)
    is_of_1904: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "sheet" and attributes.get("state", "visible") == "visible":
            self.sheets.append({local(key): v for key, v in attributes.items()})
        if local(tag) == "workbookPr":
            self.is_of_1904 = attributes.get("date1904") in {"1", "true"}


def xlsx_rows(file: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    """Return each row with its number; what cannot be taken is a code in its place."""
    with opened(file) as package:
        book = book_of(package)
        words = Words()
        if book.words in package.names:
            read(package, book.words, words, MOST_WORDS)
        formats = Formats(is_of_1904=book.is_of_1904)
        if book.styles in package.names:
            through(package, book.styles, formats.start)
        grid = Grid(words.texts, formats)
        parser = parser_of()
        grid.listen(parser)
        for piece in package.pieces(book.sheet):
            parser.Parse(piece)
            yield from grid.taken()
        parser.Parse(b"", True)
        yield from grid.taken()


def book_of(package: Package) -> Book:
    """Find the first sheet that shows, and what it needs."""
    office = [where for kind, where in package.related("").values() if kind == OFFICE]
    if not office or office[0] not in package.names:
        raise Unreadable(Code.NOT_A_TABLE)
    frame = Frame()
    through(package, office[0], frame.start)
    related = package.related(office[0])
    by_kind = dict(reversed(related.values()))
    kinds = [related.get(sheet.get("id", ""), ("", "")) for sheet in frame.sheets]
    sheets = [where for kind, where in kinds if kind == "worksheet"]
    if not sheets:
        raise Unreadable(Code.NOT_A_TABLE)
    return Book(
        sheets[0],
        by_kind.get("sharedStrings", ""),
        by_kind.get("styles", ""),
        frame.is_of_1904,
    )


def through(package: Package, name: str, start: Start) -> None:
    """Let a function see the beginning of each element of a small part."""
    parser = parser_of()
    parser.StartElementHandler = start
    for piece in package.pieces(name, MOST_FRAME):
        parser.Parse(piece)
    parser.Parse(b"", True)


def read(package: Package, name: str, words: Words, most: int) -> None:
    parser = parser_of()
    words.listen(parser)
    for piece in package.pieces(name, most):
        parser.Parse(piece)
    parser.Parse(b"", True)

"""Tables as workbooks, written while their rows come.

Each piece is packed as it is made, and nothing waits for the end: memory is the same
for a thousand rows and a million. Values are numbers, dates or text; there is no way
to write a formula.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from django.utils import timezone

from portal.sheets import xlsx_parts as parts

LEVEL = 1  # the next ones take much longer and pack little more
MOST_ROWS = 1_048_576  # that a sheet can have
LONGEST = 32_767  # signs that a cell can hold
PIECE = 500
EPOCH = date(1899, 12, 30)
FIRST_DAY = date(1900, 3, 1)  # earlier ones are off by one, for an old mistake's sake
EXACT = 10**15  # beyond, a spreadsheet rounds
# What XML cannot hold, and what a spreadsheet would read as such a sign's number.
SPECIAL = re.compile(
    "[&<>\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)"
)
SPACE = ' xml:space="preserve"'
MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "\n", "\t": "\t"}


class Sink:
    """A file that keeps what was written until somebody takes it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self.pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Hold nothing back: there is nothing behind this file."""

    def close(self) -> None:
        """End, as a file does; what was written stays to be taken."""

    def taken(self) -> Iterator[bytes]:
        if self.pieces:
            pieces, self.pieces = self.pieces, []
            yield b"".join(pieces)


def as_xlsx(
    headings: Sequence[object],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    widths: Sequence[int] = (),
) -> Iterator[bytes]:
    """Write rows piece by piece, below a heading that stays in sight.

    ``widths`` are in signs. Rows beyond what one sheet can have go to another.
    """
    sink = Sink()
    names = [str(heading) for heading in headings]
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as book:
        book.writestr("[Content_Types].xml", parts.CONTENT_TYPES)
        book.writestr("_rels/.rels", parts.ROOT)
        yield from sink.taken()
        count = 0
        for count, group in enumerate(sheets(rows), start=1):
            with book.open(f"xl/{parts.sheet_name(count)}", "w") as sheet:
                for piece in pieces(names, group, widths):
                    sheet.write(piece.encode())
                    yield from sink.taken()
        book.writestr("xl/workbook.xml", parts.workbook(title, count))
        relations = parts.workbook_relations(count)
        book.writestr("xl/_rels/workbook.xml.rels", relations)
        book.writestr("xl/styles.xml", parts.STYLES)
    yield from sink.taken()


def sheets(rows: Iterable[Sequence[Any]]) -> Iterator[Iterable[Sequence[Any]]]:
    """Share rows out among sheets; the first is there even for none."""
    left = iter(rows)
    most = MOST_ROWS - 1
    yield islice(left, most)
    while first := list(islice(left, 1)):
        yield chain(first, islice(left, most - 1))


def pieces(
    names: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int]
) -> Iterator[str]:
    """Write one sheet."""
    yield parts.sheet_start(names, widths)
    bold = f'<c s="{parts.HEADING}" t="inlineStr"'
    heading = "".join(text(name).replace('<c t="inlineStr"', bold) for name in names)
    yield f"<row>{heading}</row>"
    left = iter(rows)
    while piece := list(islice(left, PIECE)):
        yield "".join(map(row, piece))
    yield parts.SHEET_END


def row(values: Sequence[Any]) -> str:
    cells = [CELLS.get(value.__class__, other)(value) for value in values]
    return f"<row>{''.join(cells)}</row>"


def nothing(_value: None) -> str:
    return "<c/>"


def text(value: str) -> str:
    if not value:
        return "<c/>"
    space = SPACE if value[0].isspace() or value[-1].isspace() else ""
    if SPECIAL.search(value) or len(value) > LONGEST:
        value = SPECIAL.sub(escaped, value[:LONGEST])
    return f'<c t="inlineStr"><is><t{space}>{value}</t></is></c>'


def escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if sign == "_":
        return "_x005F_"
    if sign in "\ufffe\uffff" or sign >= "\ud800":
        return "\ufffd"
    return MARKUP.get(sign) or f"_x{ord(sign):04X}_"


def truth(value: bool) -> str:
    return f'<c t="b"><v>{value:d}</v></c>'


def number(value: float | Decimal) -> str:
    if not -EXACT < value < EXACT:
        return text(str(value))
    return f"<c><v>{value}</v></c>"


def day(value: date) -> str:
    if value < FIRST_DAY:
        return text(value.isoformat())
    return f'<c s="{parts.DATE}"><v>{(value - EPOCH).days}</v></c>'


def moment(value: datetime) -> str:
    """Write a moment as the clock shows it where the reader is: without a zone."""
    here = timezone.make_naive(value) if timezone.is_aware(value) else value
    if here.date() < FIRST_DAY:
        return text(here.isoformat(" ", "minutes"))
    past = here - datetime.combine(EPOCH, datetime.min.time())
    return f'<c s="{parts.MOMENT}"><v>{past.total_seconds() / 86400:.6f}</v></c>'


def other(value: Any) -> str:
    """Write a choice, a lazy text, or whatever else says what it is."""
    return text(str(value))


CELLS: dict[type, Callable[[Any], str]] = {
    type(None): nothing,
    str: text,
    bool: truth,
    int: number,
    float: number,
    Decimal: number,
    date: day,
    datetime: moment,
}

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
from portal.sheets.references import letters

LEVEL = 1  # the next ones take much longer and pack little more
MOST_ROWS = 1_048_576  # that a sheet can have
LONGEST = 32_767  # signs that a cell can hold
PIECE = 500
EPOCH = date(1899, 12, 30).toordinal()
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
    columns = [letters(index) for index in range(len(names))]
    yield parts.sheet_start(names, widths)
    yield row(1, columns, names).replace("<c ", f'<c s="{parts.HEADING}" ')
    left = enumerate(rows, start=2)
    while piece := list(islice(left, PIECE)):
        yield "".join([row(number, columns, values) for number, values in piece])
    yield parts.SHEET_END


def row(number: int, columns: Sequence[str], values: Sequence[Any]) -> str:
    cells = [
        CELLS.get(value.__class__, other)(f"{column}{number}", value)
        for column, value in zip(columns, values, strict=True)
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def nothing(_where: str, _value: None) -> str:
    return ""


def text(where: str, value: str) -> str:
    if not value:
        return ""
    space = SPACE if value[0].isspace() or value[-1].isspace() else ""
    if SPECIAL.search(value) or len(value) > LONGEST:
        value = SPECIAL.sub(escaped, value[:LONGEST])
    return f'<c r="{where}" t="inlineStr"><is><t{space}>{value}</t></is></c>'


def escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if sign == "_":
        return "_x005F_"
    if sign in "\ufffe\uffff" or sign >= "\ud800":
        return "\ufffd"
    return MARKUP.get(sign) or f"_x{ord(sign):04X}_"


def truth(where: str, value: bool) -> str:
    return f'<c r="{where}" t="b"><v>{value:d}</v></c>'


def number(where: str, value: float | Decimal) -> str:
    if not -EXACT < value < EXACT:
        return text(where, str(value))
    return f'<c r="{where}"><v>{value}</v></c>'


def day(where: str, value: date) -> str:
    if value < FIRST_DAY:
        return text(where, value.isoformat())
    return f'<c r="{where}" s="{parts.DATE}"><v>{value.toordinal() - EPOCH}</v></c>'


def moment(where: str, value: datetime) -> str:
    """Write a moment as the clock shows it where the reader is: without a zone."""
    here = timezone.make_naive(value) if timezone.is_aware(value) else value
    if here.date() < FIRST_DAY:
        return text(where, here.isoformat(" ", "minutes"))
    part = (here.hour * 60 + here.minute) / 1440 + here.second / 86400
    past = here.toordinal() - EPOCH + part
    return f'<c r="{where}" s="{parts.MOMENT}"><v>{past:.6f}</v></c>'


def other(where: str, value: Any) -> str:
    """Write a choice, a lazy text, or whatever else says what it is."""
    return text(where, str(value))


CELLS: dict[type, Callable[[str, Any], str]] = {
    type(None): nothing,
    str: text,
    bool: truth,
    int: number,
    float: number,
    Decimal: number,
    date: day,
    datetime: moment,
}

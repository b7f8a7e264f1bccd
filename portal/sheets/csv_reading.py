"""The rows of a CSV file, whatever program wrote it."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import IO

from portal.sheets.columns import Cell
from portal.sheets.problems import Code, Unreadable

PIECE = 65536
LONGEST_LINE = 1_000_000  # signs
MOST_LINES = 50  # among which the headings are looked for
SEPARATORS = ",;\t"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What hardly any text holds, in whatever encoding; tabs and ends of lines it does.
BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Excel's own first line that names the separator; it does not show it as a row.
NAMED_SEPARATOR = re.compile(r"sep=([,;\t|])\r?\n?", re.IGNORECASE)


def csv_rows(
    file: IO[bytes], knows: Callable[[Sequence[str]], int]
) -> Iterator[tuple[int, list[Cell]]]:
    """Return each row with its number; ``knows`` counts headings that are known."""
    text = lines(file, checked_encoding(file))
    beginning = list(islice(text, MOST_LINES))
    separator, skipped = separator_of("".join(beginning), knows)
    rest = chain(beginning[skipped:], text)
    reader = csv.reader(rest, delimiter=separator, strict=True)
    try:
        yield from enumerate(reader, start=1)
    except csv.Error as error:
        raise Unreadable(Code.BROKEN, rows=[reader.line_num]) from error


def lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    """Return the lines of a text with their ends: any of the three that there are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    rest = ""
    for piece in iter(partial(file.read, PIECE), b""):
        found = list(io.StringIO(rest + decoder.decode(piece), newline=""))
        # The last one may go on in the next piece.
        rest = found.pop() if found else ""
        yield from found
        if len(rest) > LONGEST_LINE:
            raise Unreadable(Code.NOT_A_TABLE)
    if rest:
        yield rest


def checked_encoding(file: IO[bytes]) -> str:
    """Read the file once through, and give the encoding that all of it is in."""
    file.seek(0)
    encoding = "utf-16" if file.read(2) in UTF_16 else "utf-8-sig"
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for piece in iter(partial(file.read, PIECE), b""):
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as error:
            raise unreadable(piece, line) from error
        if "\0" in text:
            raise Unreadable(Code.NOT_A_TABLE)
        line += text.count("\n")
    if decoder.getstate()[0]:
        raise unreadable(b"", line)
    return encoding


def unreadable(piece: bytes, line: int) -> Unreadable:
    """Tell a text in another encoding from what is no text at all."""
    if BINARY.search(piece.decode("latin-1")):
        return Unreadable(Code.NOT_A_TABLE)
    for number, each in enumerate(piece.split(b"\n"), start=line):
        if b"\xef\xbf\xbd" not in each and "\ufffd" in each.decode(errors="replace"):
            return Unreadable(Code.ENCODING, rows=[number])
    return Unreadable(Code.ENCODING, rows=[line])


def separator_of(
    beginning: str, knows: Callable[[Sequence[str]], int]
) -> tuple[str, bool]:
    """Find what separates cells, and whether the first line only says that."""
    if named := NAMED_SEPARATOR.match(beginning):
        return named[1], True

    def fit(separator: str) -> tuple[int, int]:
        headings = first_row(beginning, separator)
        return knows(headings), len(headings)

    return max(SEPARATORS, key=fit), False


def first_row(text: str, separator: str) -> list[str]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return next((row for row in rows if "".join(row).strip(SEPARATORS)), [])
    except csv.Error:
        return []

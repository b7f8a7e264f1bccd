"""Tables as CSV: read whatever program wrote them, and written harmless."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import IO, Any

from django.utils import timezone

from portal.spreadsheets.columns import Code, Rows, Unreadable

PIECE = 65536
LONGEST_LINE = 1_000_000  # characters
MOST_LINES = 50  # among which the headings are looked for
LONGEST_BEGINNING = 100_000  # characters of them
SEPARATORS = ",;\t"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What hardly any text holds, in whatever encoding; tabs and ends of lines it does.
BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Excel's own first line that names the separator; it does not show it as a row.
NAMED_SEPARATOR = re.compile(r"sep=([,;\t|])\r?\n?", re.IGNORECASE)
# Spreadsheet programs take a file for UTF-8 only with this character at its beginning.
MARK = "\ufeff"
ROWS_AT_ONCE = 500
PLAIN = (type(None), int, float, date, Decimal)

# A program may split a line elsewhere than we did: where its own separator is the
# semicolon, a cell of ours begins anew behind each of them. Wide ones start formulas
# too.
STARTS = "=+\\-@\t\r\n＝＋－＠"
DANGER = re.compile(f"(?:^|(?<=[;\t\r\n]))(?='*[{STARTS}])")
ESCAPE = re.compile(f"(?:^|(?<=[;\t\r\n]))'(?='*[{STARTS}])")
# A quick look, for the many texts that are harmless.
FIRST = frozenset(STARTS + "'")
WITHIN = re.compile("[;\t\r\n]")


def read_csv(file: IO[bytes], count_known: Callable[[Sequence[str]], int]) -> Rows:
    """Return each row with its number; headings that are known tell the separator."""
    text = lines(file, checked_encoding(file))
    beginning = list(islice(text, MOST_LINES))
    separator, skipped = separator_of(
        "".join(beginning)[:LONGEST_BEGINNING], count_known
    )
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
        file_lines = list(io.StringIO(rest + decoder.decode(piece), newline=""))
        # The last one may go on in the next piece.
        rest = file_lines.pop() if file_lines else ""
        yield from file_lines
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
            raise encoding_error(piece, line) from error
        if "\0" in text:
            raise Unreadable(Code.NOT_A_TABLE)
        line += text.count("\n")
    if decoder.getstate()[0]:
        raise encoding_error(b"", line)
    return encoding


def encoding_error(piece: bytes, line: int) -> Unreadable:
    """Tell a text in another encoding from what is no text at all."""
    if BINARY.search(piece.decode("latin-1")):
        return Unreadable(Code.NOT_A_TABLE)
    for number, text in enumerate(piece.split(b"\n"), start=line):
        if b"\xef\xbf\xbd" not in text and "\ufffd" in text.decode(errors="replace"):
            return Unreadable(Code.ENCODING, rows=[number])
    return Unreadable(Code.ENCODING, rows=[line])


def separator_of(
    beginning: str, count_known: Callable[[Sequence[str]], int]
) -> tuple[str, bool]:
    """Find what separates cells, and whether the first line only says that."""
    if match := NAMED_SEPARATOR.match(beginning):
        return match[1], True

    def fit(separator: str) -> tuple[int, int]:
        rows = first_rows(beginning, separator)
        return max((count_known(row), len(row)) for row in rows)

    return max(SEPARATORS, key=fit), False


def first_rows(text: str, separator: str) -> list[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    filled: list[list[str]] = [[]]
    with suppress(csv.Error):
        filled.extend(row for row in rows if "".join(row).strip(SEPARATORS))
    return filled


def write_csv(
    headings: Sequence[object], rows: Iterable[Sequence[Any]]
) -> Iterator[bytes]:
    """Write rows piece by piece: numbers and dates (ISO) as they are, text escaped."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([escape_formula(str(heading)) for heading in headings])
    # The headings go out at once: somebody waits to see that something comes.
    yield (MARK + text.getvalue()).encode()
    left = iter(rows)
    while piece := list(islice(left, ROWS_AT_ONCE)):
        text.seek(0)
        text.truncate()
        writer.writerows(map(cells, piece))
        yield text.getvalue().encode(errors="replace")


def cells(row: Sequence[Any]) -> list[Any]:
    """Return what a row shows; text that could be a formula is escaped."""
    return [
        escape_formula(value)
        if value.__class__ is str
        else value
        if value.__class__ in PLAIN
        else value_text(value)
        for value in row
    ]


def value_text(value: Any) -> str:
    """Write a truth, a moment, a choice, or whatever else says what it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        local_moment = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{local_moment:%Y-%m-%d %H:%M}"
    return escape_formula(str(value))


def escape_formula(text: str) -> str:
    """Put an apostrophe before each place from which a formula could start."""
    if text and (text[0] in FIRST or WITHIN.search(text)):
        return DANGER.sub("'", text)
    return text


def without_escape(text: str) -> str:
    """Take the apostrophes away again that ``escape_formula`` put there."""
    return ESCAPE.sub("", text) if "'" in text else text

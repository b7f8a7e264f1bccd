"""A workbook that somebody handed in, read by a process of its own, within bounds.

Runs as a script by ``portal.bounded``: without Django, settings or the database's
address. The workbook comes as standard input; rows go out as lines of JSON, ``[number,
cells]``, the last line says ``{"end": code}``. What breaks the limits ends the process.

calamine unpacks and keeps whatever it is given. So it is given a package of our own
making: parts of XML alone, none of them with a document type, counted as they unpack.
"""

import io
import json
import re
import sys
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import IO, Any

if __name__ == "__main__":
    # Only who reads workbooks has this in memory, not who asks.
    import python_calamine

MEBI = 1024 * 1024
MOST_SECONDS = 8  # of the processor
MOST_PARTS = 1_000
LONGEST_DIRECTORY = 1_000_000
# Of 100,000 rows with 20 columns a spreadsheet program makes about 90 MiB.
MOST_UNPACKED = 256 * MEBI
MOST_WORDS = 32 * MEBI
# A workbook of equal rows packs to a fortieth; what packs far better is no table.
MOST_RATIO, RATIO_FROM = 200, 16 * MEBI
MOST_COLUMNS = 1_000
MOST_CELLS = 20_000_000  # of the rectangle around all that is filled
LONGEST_TEXT = 5_001  # one more than a cell may hold, so that it is seen
MOST_ABOVE = 20  # filled rows of a sheet, among which its headings are looked for
PIECE = 65536
DIRECTORY = b"PK\x05\x06"
HUGE = b"PK\x06\x07"  # leads to a second list, for packages beyond 4 GiB
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ERROR_TYPE = re.compile(rb"""(<(?:\w+:)?c\b[^>]*\bt\s*=\s*)(?:"e"|'e')""")
ERRORS = frozenset(
    {
        *("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"),
        *("#SPILL!", "#CALC!", "#FIELD!", "#BUSY!", "#GETTING_DATA", "#CONNECT!"),
        *("#BLOCKED!", "#UNKNOWN!", "#EXTERNAL!", "#PYTHON!"),
    }
)
Row = tuple[int, list[Any]]


class UnsafeWorkbook(Exception):
    """The workbook cannot be read; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def plain_heading(heading: str) -> str:
    """Return a heading without what people write in different ways."""
    folded = unicodedata.normalize("NFKC", heading).casefold().replace("_", " ")
    return " ".join(folded.strip(" *:").split())


def rows_of(file: IO[bytes], headings: set[str]) -> Iterator[Row]:
    """Return each filled row of the table in a workbook, with its number.

    It stands on the sheet with the most known headings among its first rows: a summary
    may come before it. Sheets that do not show are not looked at. A cell is a text, or
    ``None`` for an error of the spreadsheet.
    """
    book = python_calamine.CalamineWorkbook.from_filelike(repack(file))
    visible = python_calamine.SheetVisibleEnum.Visible
    kind = python_calamine.SheetTypeEnum.WorkSheet
    sheets = [m for m in book.sheets_metadata if (m.visible, m.typ) == (visible, kind)]
    if not sheets:
        raise UnsafeWorkbook("not-a-table")
    best, most = sheets[0].name, 0
    for metadata in sheets if len(sheets) > 1 else []:
        rows = rows_of_sheet(book.get_sheet_by_name(metadata.name))
        count = max(
            (count_known_headings(row, headings) for row in islice(rows, MOST_ABOVE)),
            default=0,
        )
        if count > most:
            best, most = metadata.name, count
    yield from rows_of_sheet(book.get_sheet_by_name(best))


def count_known_headings(row: Row, headings: set[str]) -> int:
    return sum(plain_heading(cell or "") in headings for cell in row[1])


def rows_of_sheet(sheet: "python_calamine.CalamineSheet") -> Iterator[Row]:
    if sheet.start is None or sheet.end is None:
        return
    first, before = sheet.start
    if sheet.total_width > MOST_COLUMNS:
        raise UnsafeWorkbook("broken")
    if sheet.height * sheet.width > MOST_CELLS:
        raise UnsafeWorkbook("bomb")
    margin = [""] * before
    for number, values in enumerate(sheet.iter_rows(), start=first + 1):
        cells = [value if value == "" else cell_text(value) for value in values]
        if any(cell != "" for cell in cells):
            yield number, margin + cells


def cell_text(value: Any) -> str | None:
    """Write a value as the spreadsheet means it: 5, 2.5 or a date."""
    if isinstance(value, str):
        return None if value in ERRORS else value[:LONGEST_TEXT]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    return day_text(value)


def number_text(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.15g}"


def day_text(value: date | time | timedelta) -> str:
    """Write a day, a moment, a time of day or a length of time."""
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, datetime) and value.time() != time():
        return value.isoformat(" ", "minutes")
    return value.isoformat()[: len("2026-12-31")]


def repack(file: IO[bytes]) -> io.BytesIO:
    """Return the parts of XML in a package that is safe to open."""
    check_directory(file)
    safe, left = io.BytesIO(), MOST_UNPACKED
    with zipfile.ZipFile(file) as package, zipfile.ZipFile(safe, "w") as copy:
        parts = package.infolist()
        check_parts(parts)
        if "xl/workbook.xml" not in {part.filename for part in parts}:
            raise UnsafeWorkbook("not-a-table")
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                content = content_of(package, part, left)
                left -= len(content)
                copy.writestr(part.filename, with_errors_shown(content))
    safe.seek(0)
    return safe


def with_errors_shown(content: bytes) -> bytes:
    """Make texts of cells with errors, which calamine would leave empty."""
    if b't="e"' in content or b"t='e'" in content:
        return ERROR_TYPE.sub(rb'\1"str"', content)
    return content


def check_directory(file: IO[bytes]) -> None:
    """Look at the list of parts before anybody reads it into memory."""
    end = file.seek(0, 2)
    file.seek(max(0, end - PIECE - 22))
    tail = file.read()
    is_bare = tail[-22:].startswith(DIRECTORY) and tail.endswith(b"\0\0")
    at = len(tail) - 22 if is_bare else tail.rfind(DIRECTORY)
    if at < 0:
        raise UnsafeWorkbook("broken")
    parts = int.from_bytes(tail[at + 10 : at + 12], "little")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    is_huge = tail[max(0, at - 20) :].startswith(HUGE)
    if parts > MOST_PARTS or length > LONGEST_DIRECTORY or is_huge:
        raise UnsafeWorkbook("bomb")


def check_parts(parts: Sequence[zipfile.ZipInfo]) -> None:
    """Hold what the list of parts says against what a table can be."""
    if any(part.flag_bits & 1 for part in parts):
        raise UnsafeWorkbook("protected")
    if any(part.compress_type not in PACKED for part in parts):
        raise UnsafeWorkbook("broken")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise UnsafeWorkbook("bomb")


def content_of(package: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> bytes:
    """Unpack a part, and no further than is safe, whatever the list says of it."""
    is_words = part.filename.lower().endswith("sharedstrings.xml")
    left = min(left, MOST_WORDS) if is_words else left
    packed = max(part.compress_size, RATIO_FROM // MOST_RATIO)
    left = min(left, packed * MOST_RATIO)
    with package.open(part) as opened:
        content = opened.read(left + 1)
    # Without a document type there are no entities to grow and none to fetch.
    if len(content) > left or b"<!DOCTYPE" in content:
        raise UnsafeWorkbook("bomb")
    return content


def main(headings: str) -> int:
    """Write the rows and how it ended; a damaged package ends the process."""
    write, code = sys.stdout.write, ""
    try:
        for number, cells in rows_of(sys.stdin.buffer, set(json.loads(headings))):
            write(json.dumps([number, cells]) + "\n")
    except UnsafeWorkbook as rejected:
        code = rejected.code
    except python_calamine.WorksheetNotFound:
        code = "not-a-table"
    except MemoryError:
        code = "bomb"
    write(json.dumps({"end": code}) + "\n")
    return 0

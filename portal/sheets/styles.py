"""Which numbers of a workbook are dates, and what they say."""

import re
from datetime import date, datetime, time, timedelta

from portal.sheets.columns import Cell
from portal.sheets.packages import local
from portal.sheets.problems import Code

# Built-in formats of dates; those in the middle are East Asian. [ECMA-376 18.8.30]
DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
# What a format prints as it stands: quoted, escaped, or a condition in brackets.
PRINTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
ELAPSED = re.compile(r"[ymdhs]", re.IGNORECASE)
BEYOND = 2_958_466  # the number of the first day of the year 10000
MOST_KNOWN = 10_000
FIRST = date(1899, 12, 30)
FIRST_OF_1904 = date(1904, 1, 1)  # of workbooks from an old Macintosh


class Formats:
    """The formats that cells are shown in, as far as they make dates of numbers."""

    def __init__(self, *, is_of_1904: bool = False) -> None:
        self.first = FIRST_OF_1904 if is_of_1904 else FIRST
        self.is_of_1904 = is_of_1904
        self.own: dict[int, str] = {}
        self.of_cells: list[bool] = []
        self.is_of_cells = False
        self.known: dict[tuple[str, str], Cell] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "numFmt":
            self.own[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name in {"cellStyleXfs", "cellXfs"}:
            self.is_of_cells = name == "cellXfs"
        elif name == "xf" and self.is_of_cells:
            self.of_cells.append(self._is_date(int(attributes.get("numFmtId", "0"))))

    def _is_date(self, number: int) -> bool:
        if number in self.own:
            code = PRINTED.sub("", self.own[number].partition(";")[0])
            return bool(ELAPSED.search(code)) and "general" not in code.lower()
        return number in DATES

    def is_date(self, style: str) -> bool:
        return int(style) < len(self.of_cells) and self.of_cells[int(style)]

    def said(self, number: str, style: str) -> Cell:
        """Write a number as the spreadsheet means it: 5, 2.5 or a date."""
        # The same few days and counts come again and again.
        said = self.known.get((number, style))
        if said is None:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            said = self.known[number, style] = self._said(number, style)
        return said

    def _said(self, number: str, style: str) -> Cell:
        value = float(number)
        if style and self.is_date(style):
            return self.day(value) if 0 <= value < BEYOND else Code.CELL_ERROR
        return str(int(value)) if value.is_integer() else f"{value:.15g}"

    def day(self, value: float) -> str:
        """Write a day, or the moment or the time of day that a number stands for."""
        # 1900 has a leap day there that it had nowhere else.
        shift = 1 if not self.is_of_1904 and value < 60 else 0
        start = datetime.combine(self.first, time())
        moment = start + timedelta(days=shift, seconds=round(value * 86400))
        if 0 <= value < 1:
            return moment.strftime("%H:%M")
        if moment.time() == time():
            return moment.date().isoformat()
        return moment.isoformat(" ", "minutes")

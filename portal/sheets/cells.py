"""What a reader of XML hears while a sheet and its words go by."""

import re
from collections.abc import Callable
from xml.parsers import expat

from portal.sheets.columns import Cell
from portal.sheets.packages import local
from portal.sheets.problems import LONGEST_CELL, Code, Unreadable
from portal.sheets.references import index_of
from portal.sheets.styles import Formats

# Signs that XML cannot hold are written by their number. [ECMA-376 22.9.2.19]
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
DIGITS = "0123456789"
MOST_COLUMNS = 1_000
# The names as nearly every program writes them: without a prefix.
PLAIN = {name: name for name in ("c", "v", "row", "is", "t", "f")}


def unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def kept(text: str) -> Cell:
    return unescaped(text) if len(text) <= LONGEST_CELL else Code.TOO_LONG


class Words:
    """The texts of a workbook, of which each stands there once."""

    def __init__(self) -> None:
        self.texts: list[Cell] = []
        self.parts: list[str] = []
        self.is_text = False
        # Readings beside East Asian words are no part of them.
        self.is_reading = False

    def listen(self, parser: expat.XMLParserType) -> None:
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.hear

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "si":
            self.parts = []
        elif name == "rPh":
            self.is_reading = True
        self.is_text = name == "t" and not self.is_reading

    def end(self, tag: str) -> None:
        name = local(tag)
        self.is_text = False
        if name == "rPh":
            self.is_reading = False
        elif name == "si":
            self.texts.append(kept("".join(self.parts)))

    def hear(self, text: str) -> None:
        if self.is_text:
            self.parts.append(text)


class Grid:
    """The rows of a sheet, kept until somebody takes them."""

    def __init__(self, words: list[Cell], formats: Formats) -> None:
        self.words = words
        self.formats = formats
        self.rows: list[tuple[int, list[Cell]]] = []
        self.number = 0
        self.cells: list[Cell] = []
        self.index = -1
        self.is_reading = False
        self.meanings: dict[str, Callable[[str], Cell]] = {
            "n": self._number,
            "s": self._word,
            "b": lambda text: "true" if text == "1" else "false",
            "d": lambda text: text.removesuffix("T00:00:00"),
            "e": lambda _text: Code.CELL_ERROR,
        }
        self.begin_cell({})

    def listen(self, parser: expat.XMLParserType) -> None:
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.hear

    def taken(self) -> list[tuple[int, list[Cell]]]:
        rows, self.rows = self.rows, []
        return rows

    def begin_cell(self, attributes: dict[str, str]) -> None:
        self.kind = attributes.get("t", "n")
        self.style = attributes.get("s", "")
        self.parts: list[str] = []
        self.is_value = self.has_formula = False
        reference = attributes.get("r", "").rstrip(DIGITS)
        self.index = index_of(reference) if reference else self.index + 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = PLAIN.get(tag) or local(tag)
        if name == "c":
            self.begin_cell(attributes)
        elif name in {"v", "t"}:
            self.is_value = not self.is_reading
        elif name == "row":
            self.number = int(attributes.get("r", self.number + 1))
            self.cells, self.index = [], -1
        elif name == "f":
            self.has_formula = True
        elif name == "rPh":
            self.is_reading = True

    def hear(self, text: str) -> None:
        if self.is_value:
            self.parts.append(text)

    def end(self, tag: str) -> None:
        name = PLAIN.get(tag) or local(tag)
        if name == "c":
            self.end_cell()
        elif name in {"v", "t"}:
            self.is_value = False
        elif name == "row":
            self.rows.append((self.number, self.cells))
        elif name == "rPh":
            self.is_reading = False

    def end_cell(self) -> None:
        """Put the cell in its place; those that are empty take none."""
        value = self.value()
        if not value:
            return
        before = self.index - len(self.cells)
        if before < 0 or self.index >= MOST_COLUMNS:
            raise Unreadable(Code.BROKEN, rows=[self.number])
        self.cells += [""] * before
        self.cells.append(value)

    def value(self) -> Cell:
        """Return the text of the cell that ends, or why there is none."""
        if self.has_formula:
            return Code.FORMULA
        text = self.parts[0] if len(self.parts) == 1 else "".join(self.parts)
        return self.meanings.get(self.kind, kept)(text) if text else ""

    def _number(self, text: str) -> Cell:
        return self.formats.said(text, self.style)

    def _word(self, text: str) -> Cell:
        index = int(text)
        if not 0 <= index < len(self.words):
            raise Unreadable(Code.BROKEN, rows=[self.number])
        return self.words[index]

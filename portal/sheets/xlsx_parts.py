"""The parts of a workbook that are the same, or nearly so, for each table."""

import re
import unicodedata
from collections.abc import Sequence
from xml.sax.saxutils import escape

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"
# Any part that is not named is a sheet: their number is known only at the end.
CONTENT_TYPES = (
    f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="{RELATIONS}"/>'
    f'<Default Extension="xml" ContentType="{TYPES}.worksheet+xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    f' ContentType="{TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/></Types>'
)
ROOT = (
    f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
# The styles of cells by their number: plain, heading, date, moment.
HEADING, DATE, MOMENT = 1, 2, 3
FONT = '<font>{}<sz val="11"/><name val="Calibri"/><family val="2"/></font>'
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    f'<fonts count="2">{FONT.format("")}{FONT.format("<b/>")}</fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    '</cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0"'
    ' applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0"'
    ' applyNumberFormat="1"/></cellXfs><cellStyles count="1">'
    '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
SHEET_END = "</sheetData></worksheet>"
NARROWEST, WIDEST = 10, 60
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def sheet_start(headings: Sequence[str], widths: Sequence[int]) -> str:
    """Begin a sheet: the first row stays in sight, columns as wide as they need."""
    wide = [*widths, *(width_of(heading) for heading in headings[len(widths) :])]
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(wide, start=1)
    )
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>"
    )


def width_of(heading: str) -> int:
    """Count the signs of a heading, wide ones double, with some room beside."""
    signs = sum(2 if unicodedata.east_asian_width(s) in "WF" else 1 for s in heading)
    return max(NARROWEST, min(signs + 3, WIDEST))


def workbook(title: str, sheets: int) -> str:
    """Name the sheets."""
    plain = NOT_IN_TITLES.sub(" ", title).strip(" '")[:24] or "1"
    names = [plain, *(f"{plain} ({number})" for number in range(2, sheets + 1))]
    listed = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{number}"'
        f' r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    return (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><bookViews>'
        f"<workbookView/></bookViews><sheets>{listed}</sheets></workbook>"
    )


def workbook_relations(sheets: int) -> str:
    kinds = [*(("worksheet", sheet_name(n)) for n in range(1, sheets + 1))]
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate([*kinds, ("styles", "styles.xml")], 1)
    )
    return (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'
    )


def sheet_name(number: int) -> str:
    return f"worksheets/sheet{number}.xml"

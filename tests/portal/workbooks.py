"""Workbooks for tests: good ones by XlsxWriter, bad ones put together by hand."""

import io
import zipfile

import xlsxwriter

from portal.sheets import xlsx_parts as parts

BOOK = '<workbook xmlns:r="{r}"><sheets>{sheets}</sheets></workbook>'.replace(
    "{r}", parts.OFFICE
)
SHEET = '<sheet name="One" sheetId="1" r:id="rId1"/>'
STRINGS = f"{parts.OFFICE}/sharedStrings"


def book_of(fill, **options):
    """Let XlsxWriter make a workbook; ``fill`` gets the book and its first sheet."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, **options})
    fill(book, book.add_worksheet())
    book.close()
    file.seek(0)
    return file


def grid_of(*rows):
    """Return a workbook with these rows of text and numbers."""

    def fill(_book, sheet):
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return book_of(fill)


def package_of(*rows, words="", more=None, sheets=SHEET):
    """Put a workbook together from the XML of its rows."""
    relations = (
        f'<Relationship Id="rId1" Type="{parts.OFFICE}/worksheet" Target="s.xml"/>'
        f'<Relationship Id="rId2" Type="{STRINGS}" Target="words.xml"/>'
    )
    files = {
        "[Content_Types].xml": parts.CONTENT_TYPES,
        "_rels/.rels": parts.ROOT,
        "xl/workbook.xml": BOOK.format(sheets=sheets),
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        "xl/s.xml": f"<worksheet><sheetData>{''.join(rows)}</sheetData></worksheet>",
        "xl/words.xml": f"<sst>{words}</sst>",
        **(more or {}),
    }
    return zip_of(files)


def zip_of(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def row_of(*texts):
    """Return the XML of a row of texts."""
    cells = (f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f"<row>{''.join(cells)}</row>"


HEAD = row_of("label", "day")

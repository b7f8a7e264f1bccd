"""Workbooks for tests: good ones by XlsxWriter, bad ones put together by hand."""

import io
import zipfile

import xlsxwriter

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENT_TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Default Extension="xml" ContentType="{TYPES}.worksheet+xml"/></Types>'
)
ROOT = (
    f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK = '<workbook xmlns:r="{r}"><sheets>{sheets}</sheets></workbook>'.replace(
    "{r}", OFFICE
)
SHEET = '<sheet name="One" sheetId="1" r:id="rId1"/>'
STRINGS = f"{OFFICE}/sharedStrings"


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
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="s.xml"/>'
        f'<Relationship Id="rId2" Type="{STRINGS}" Target="sharedStrings.xml"/>'
    )
    files = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": ROOT,
        "xl/workbook.xml": BOOK.format(sheets=sheets),
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        "xl/s.xml": f"<worksheet><sheetData>{''.join(rows)}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst>{words}</sst>",
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

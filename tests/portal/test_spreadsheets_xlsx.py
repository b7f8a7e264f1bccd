"""What people take away: it opens, says the same, and does nothing of its own."""

import csv
import io
import re
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
import python_calamine
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.spreadsheets import xlsx
from portal.spreadsheets.columns import Column
from portal.spreadsheets.csv import write_csv
from portal.spreadsheets.reading import read_table
from portal.spreadsheets.xlsx import write_xlsx
from portal.text import clean

DANGERS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "a;=1", "'=1"]


def text_of(headings, rows):
    return b"".join(write_csv(headings, rows)).decode()


def cells_of(headings, rows):
    text = text_of(headings, rows).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline="")))


def file_of(rows, headings=("a",), **options):
    return io.BytesIO(b"".join(write_xlsx(headings, rows, **options)))


def sheet_of(rows, **options):
    """Return the XML of the first sheet, which a strict reader takes."""
    with zipfile.ZipFile(file_of(rows, **options)) as book:
        assert book.testzip() is None
        for name in book.namelist():
            ET.fromstring(book.read(name))
        return book.read("xl/worksheets/sheet1.xml").decode()


def read_back(file, count=1):
    columns = [Column(f"{n}", f"{n}", is_required=False) for n in range(count)]
    return [list(row.values.values()) for row in read_table(file, columns).rows]


def test_a_csv_file_says_that_it_is_utf_8_and_ends_lines_as_spreadsheets_do():
    assert text_of(["Zürich", "台北"], [["a,b", None]]) == (
        '\ufeffZürich,台北\r\n"a,b",\r\n'
    )


def test_numbers_dates_and_truths_are_written_plainly():
    day, noon = date(2026, 1, 2), datetime(2026, 1, 2, 12, tzinfo=UTC)
    row = [-5, -2.5, Decimal("-1.10"), day, noon, True, None, "x"]

    assert cells_of(["a"], [row])[1] == [
        *("-5", "-2.5", "-1.10", "2026-01-02", "2026-01-02 12:00", "true", "", "x")
    ]


@pytest.mark.parametrize("danger", DANGERS)
def test_text_that_could_be_a_formula_is_harmless(danger):
    [[heading], [cell]] = cells_of([danger], [[danger]])

    assert heading == cell
    assert not re.search(r"(^|[;\t\r\n])[=+\-@\t\r\n＝]", cell)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffe\uffff")))
def test_what_was_written_is_read_again(typed):
    file = io.BytesIO(b"".join(write_csv(["0"], [[f"x{typed}"], [f"={typed}x"]])))

    said = [" ".join(row[0].split()) for row in read_back(file)]

    assert said == [unseen(f"x{typed}"), unseen(f"={typed}x")]


def unseen(text):
    return " ".join(clean(text).split())


def test_a_csv_file_comes_piece_by_piece():
    pieces = write_csv(["a"], ([n] for n in range(10_000)))

    assert len(next(pieces)) < 1_000
    assert sum(1 for _piece in pieces) > 10


def test_cells_of_a_workbook_have_types():
    with timezone.override("Europe/Berlin"):
        sheet = sheet_of(
            [
                [
                    *(5, -2.5, Decimal("1.10"), True, None, ""),
                    *(date(2026, 4, 3), datetime(2026, 4, 3, 10, 30, tzinfo=UTC)),
                    *("text", _("Label"), 10**16, date(1899, 1, 1)),
                ]
            ],
            headings="ABCDEFGHIJKL",
        )

    assert sheet.partition("</row>")[2].partition("</row>")[0] == (
        '<row r="2"><c r="A2"><v>5</v></c><c r="B2"><v>-2.5</v></c>'
        '<c r="C2"><v>1.10</v></c><c r="D2" t="b"><v>1</v></c>'
        '<c r="G2" s="2"><v>46115</v></c><c r="H2" s="3"><v>46115.52083333334</v></c>'
        '<c r="I2" t="inlineStr"><is><t>text</t></is></c>'
        '<c r="J2" t="inlineStr"><is><t>Label</t></is></c>'
        '<c r="K2" t="inlineStr"><is><t>10000000000000000</t></is></c>'
        '<c r="L2" t="inlineStr"><is><t>1899-01-01</t></is></c>'
    )


@pytest.mark.parametrize("danger", DANGERS)
def test_a_workbook_has_no_formula_whatever_is_written(danger):
    sheet = sheet_of([[danger]], headings=[danger])

    assert "<f" not in sheet
    assert sheet.count('t="inlineStr"') == 2


@settings(deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_any_text_makes_a_workbook_that_strict_readers_take(typed):
    sheet_of([[typed]], headings=[typed], title=typed)


@pytest.mark.parametrize(
    "typed",
    ["_x0041_", "a\x07b", " spaced ", "two\nlines", "<b>&amp;", "台北𠮷", "\x7f"],
)
def test_a_workbook_says_what_was_written(typed):
    columns = [Column("a", "a")]

    [row] = read_table(file_of([[f"({typed})"]]), columns).rows

    assert row.values["a"] == f"({typed})".replace("\x07", " ").replace("\x7f", " ")


def test_what_no_xml_can_hold_is_replaced():
    assert "<t>a\ufffd\ufffdb</t>" in sheet_of([["a\ud800\uffffb"]])


def test_a_text_longer_than_a_cell_is_cut():
    sheet = sheet_of([["x" * 40_000]])

    assert f"<t>{'x' * 32_767}</t>" in sheet


def test_the_heading_is_bold_and_stays_in_sight():
    sheet = sheet_of([], headings=["Name", "最後一天最後一天"], widths=[30])

    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft"' in sheet
    assert '<c r="A1" s="1" t="inlineStr"><is><t>Name</t></is></c>' in sheet
    assert '<col min="1" max="1" width="30.' in sheet
    assert '<col min="2" max="2" width="19.' in sheet


@pytest.mark.parametrize(("count", "sheets"), [(0, 1), (4, 1), (5, 2), (9, 3)])
def test_rows_beyond_one_sheet_go_to_the_next(monkeypatch, count, sheets):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 5)

    with zipfile.ZipFile(file_of(([n] for n in range(count)), title="T")) as book:
        written = [book.read(f"xl/worksheets/sheet{n + 1}.xml") for n in range(sheets)]
        names = re.findall(
            r'<sheet name="([^"]*)"', book.read("xl/workbook.xml").decode()
        )

    assert names == ["T", "T (2)", "T (3)"][:sheets]
    assert sum(sheet.count(b"<v>") for sheet in written) == count
    assert all(sheet.count(b"<row ") <= 5 for sheet in written)


def test_a_title_is_made_fit_for_a_sheet():
    with zipfile.ZipFile(
        file_of([], title='A/B: [x]\'s? & "long" long long name')
    ) as book:
        names = re.findall(
            r'<sheet name="([^"]*)"', book.read("xl/workbook.xml").decode()
        )

    assert names == ["A B   x 's  &amp; &quot;long&quot; lon"]


def test_rows_wait_on_the_disk_and_not_in_memory():
    tracemalloc.start()
    pieces = write_xlsx(["a", "b"], ([n * 1.7, f"text {n * n}"] for n in range(20_000)))

    assert next(pieces)[:2] == b"PK"
    assert max(map(len, pieces)) <= xlsx.PIECE
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4 * 1024 * 1024


def test_another_program_reads_the_same():
    rows = [["A & B", -5, date(2026, 4, 3), None, "=1+1"]]

    book = python_calamine.load_workbook(
        file_of(rows, headings=["a", "b", "c", "d", "e"])
    )

    assert book.sheet_names == ["1"]
    assert list(book.get_sheet_by_index(0).iter_rows()) == [
        ["a", "b", "c", "d", "e"],
        ["A & B", -5.0, date(2026, 4, 3), "", "=1+1"],
    ]

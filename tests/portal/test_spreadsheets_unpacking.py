"""Workbooks as people make them, and as attackers do."""

import io
import struct
import zipfile
from datetime import date, datetime

import pytest

from portal import bounded
from portal.spreadsheets import unpacking
from portal.spreadsheets.columns import Code, Column, Unreadable
from portal.spreadsheets.reading import read_table
from tests.portal.workbooks import (
    HEAD,
    book_of,
    grid_of,
    package_of,
    row_of,
    zip_of,
)

COLUMNS = [
    Column("label", "label"),
    Column("day", "day", is_required=False, is_date=True),
]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512


def rows(file, **options):
    return list(read_table(file, COLUMNS, **options).rows)


def code_of(file, **options):
    with pytest.raises(Unreadable) as refused:
        rows(file, **options)
    return refused.value.code


def labels(file):
    return [row.values["label"] for row in rows(file)]


def test_cells_say_what_the_spreadsheet_shows():
    def fill(book, sheet):
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        colored = book.add_format({"num_format": '[Red]"day" 0.00'})
        sheet.write_row(0, 0, ["label", "day"])
        sheet.write_number(1, 0, 5.0)
        sheet.write_datetime(1, 1, date(2026, 4, 3), day)
        sheet.write_number(2, 0, 2.5, colored)
        sheet.write_boolean(3, 0, True)
        sheet.write_datetime(4, 0, datetime.fromisoformat("2026-04-03T10:30"), day)
        sheet.write_string(5, 0, " two\nlines ")
        sheet.write_rich_string(6, 0, "rich ", day, "text")
        sheet.write_number(7, 0, 1234567890123)

    assert [tuple(row.values.values()) for row in rows(book_of(fill))] == [
        ("5", "2026-04-03"),
        ("2.5", ""),
        ("true", ""),
        ("2026-04-03 10:30", ""),
        ("two\nlines", ""),
        ("rich text", ""),
        ("1234567890123", ""),
    ]


def test_a_workbook_of_an_old_macintosh_counts_from_1904():
    def fill(book, sheet):
        sheet.write_row(0, 0, ["label", "day"])
        sheet.write_string(1, 0, "A")
        sheet.write_datetime(
            1, 1, date(2026, 4, 3), book.add_format({"num_format": 14})
        )

    [row] = rows(book_of(fill, date_1904=True))

    assert row.values["day"] == "2026-04-03"


def test_a_number_under_a_date_is_a_problem_of_its_row():
    [row] = rows(grid_of(["label", "day"], ["A", 46000]))

    assert [problem.code for problem in row.problems] == [Code.DATE]


def test_a_formula_gives_its_value():
    def fill(_book, sheet):
        sheet.write_row(0, 0, ["label", "day"])
        sheet.write_formula(1, 0, "=1+1", value=2)
        sheet.write_formula(2, 0, '="A"&1', value="A1")
        sheet.write_formula(3, 0, "=1/0", value="#DIV/0!")

    number, text, error = rows(book_of(fill))

    assert (number.values["label"], text.values["label"]) == ("2", "A1")
    assert str(error.problems[0]) == "Cell A4 holds an error of the spreadsheet."


def test_an_error_of_the_spreadsheet_is_a_problem_of_its_row():
    [row] = rows(package_of(HEAD, '<row><c t="e"><v>#N/A</v></c></row>'))

    assert str(row.problems[0]) == "Cell A2 holds an error of the spreadsheet."


def test_rows_and_cells_stand_where_they_say():
    far = '<row r="7"><c r="B7" t="d"><v>2026-01-02T00:00:00</v></c></row>'

    [first, second] = rows(package_of(HEAD, row_of("A"), far))

    assert (first.number, second.number) == (2, 7)
    assert second.values == {"label": "", "day": "2026-01-02"}


def test_only_the_first_sheet_that_shows_is_read():
    def fill(book, sheet):
        sheet.write_string(0, 0, "secret")
        sheet.hide()
        shown = book.add_worksheet()
        shown.write_column(0, 0, ["label", "A"])
        shown.merge_range(2, 0, 2, 3, "merged")
        shown.activate()
        shown.set_first_sheet()

    assert labels(book_of(fill)) == ["A", "merged"]


def test_a_summary_may_stand_on_a_sheet_before():
    def fill(book, sheet):
        sheet.write_column(0, 0, ["Summary", "of all labels", "label"])
        table = book.add_worksheet()
        table.write_row(0, 0, ["As of today"])
        table.write_row(2, 0, ["day", "label"])
        table.write_row(3, 0, ["", "A"])

    [row] = rows(book_of(fill))

    assert (row.number, row.values["label"]) == (4, "A")


def test_of_two_tables_the_first_is_read():
    def fill(book, sheet):
        for table, name in ((sheet, "A"), (book.add_worksheet(), "B")):
            table.write_column(0, 0, ["label", name])

    assert labels(book_of(fill)) == ["A"]


def test_empty_rows_with_a_look_of_their_own_are_dropped():
    empty = '<row><c s="1"/><c r="ZZ3" s="1"/></row>' * 50

    assert labels(package_of(HEAD, row_of("A"), empty)) == ["A"]


def test_words_that_stand_once_are_read_without_their_readings():
    word = "<r><t>東</t></r><r><t>京</t></r><rPh><t>x</t></rPh>"
    words = f"<si><t>label</t></si><si>{word}</si>"
    cells = '<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>'

    assert labels(package_of(cells, words=words)) == ["東京"]


def test_prefixes_and_signs_by_their_number_are_understood():
    cell = '<x:row><x:c t="inlineStr"><x:is><x:t>{}</x:t></x:is></x:c></x:row>'
    xml = cell.format("label") + cell.format("A_x0041_ &amp; B")
    sheet = f'<x:worksheet xmlns:x="m"><x:sheetData>{xml}</x:sheetData></x:worksheet>'

    assert labels(package_of(more={"xl/s.xml": sheet})) == ["AA & B"]


def test_too_many_rows_are_refused():
    assert code_of(package_of(HEAD, row_of("A") * 4), most_rows=3) == (
        Code.TOO_MANY_ROWS
    )


@pytest.mark.parametrize("file", [grid_of(), grid_of(["label", "day"])])
def test_a_workbook_without_rows_is_refused(file):
    assert code_of(file) == Code.EMPTY


def test_columns_are_held_to_the_same_rules_as_of_other_files():
    assert code_of(grid_of(["day", "more"], ["A", "B"])) == Code.UNKNOWN_COLUMNS


@pytest.mark.parametrize(
    "content", [OLE + "EncryptedPackage".encode("utf-16-le"), OLE * 200 + b"E\0"]
)
def test_the_older_container_is_refused_by_what_it_hides(content):
    expected = Code.PROTECTED if b"n\0c\0r" in content else Code.OLD_EXCEL

    assert code_of(io.BytesIO(content)) == expected


def test_a_package_with_a_password_is_refused():
    content = bytearray(grid_of(["label"], ["A"]).getvalue())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1

    assert code_of(io.BytesIO(bytes(content))) == Code.PROTECTED


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_workbook_cut_short_is_refused(share):
    content = grid_of(["label"], *([f"A{n}"] for n in range(500))).getvalue()

    assert code_of(io.BytesIO(content[: int(share * len(content))])) == Code.BROKEN


def test_a_workbook_with_a_wrong_byte_is_refused():
    file = zip_of({})
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents_of(package_of(HEAD, row_of("AAAA"))).items():
            archive.writestr(name, content)
    content = file.getvalue().replace(b"AAAA", b"BBBB")

    assert code_of(io.BytesIO(content)) == Code.BROKEN


def contents_of(file):
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    "row",
    [
        '<row><c t="s"><v>7</v></c></row>',
        '<row><c t="s"><v>-1</v></c></row>',
        '<row><c t="s"><v>x</v></c></row>',
        '<row r="x"><c><v>1</v></c></row>',
        '<row><c r="XFD1"><v>1</v></c></row>',
        "<row><c></row>",
    ],
)
def test_rows_that_make_no_sense_are_refused(row):
    assert code_of(package_of(HEAD, row)) == Code.BROKEN


@pytest.mark.parametrize(
    "files",
    [
        {"a.txt": "no workbook"},
        {"_rels/.rels": "<Relationships/>"},
        {"word/document.xml": "<document/>"},
    ],
)
def test_another_package_is_no_table(files):
    assert code_of(zip_of(files)) == Code.NOT_A_TABLE


def test_a_workbook_whose_sheets_are_elsewhere_is_not_fetched():
    outside = (
        '<Relationships><Relationship Id="rId1" TargetMode="External"'
        ' Type="x/worksheet" Target="http://127.0.0.1/sheet.xml"/></Relationships>'
    )

    assert code_of(package_of(more={"xl/_rels/workbook.xml.rels": outside})) == (
        Code.NOT_A_TABLE
    )


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
)
FOREIGN = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("declaration", [ENTITIES, FOREIGN])
@pytest.mark.parametrize(
    "part", ["xl/s.xml", "xl/sharedStrings.xml", "xl/workbook.xml"]
)
def test_no_part_may_declare_entities(declaration, part):
    file = package_of(HEAD, row_of("A"))
    content = contents_of(file)[part].decode()

    assert code_of(package_of(more={part: declaration + content})) == Code.BOMB


def refusal_of(file):
    """Unpack in this process, where limits can be changed."""
    with pytest.raises(unpacking.UnsafeWorkbook) as rejected:
        unpacking.repack(file)
    return rejected.value.code


def test_a_bomb_is_refused_by_what_it_says_of_itself(monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_UNPACKED", 1_000_000)
    bomb = package_of(HEAD, row_of("A" * 2_000_000))

    assert len(bomb.getvalue()) < 10_000
    assert refusal_of(bomb) == Code.BOMB


def test_a_part_that_packs_better_than_any_table_is_refused(monkeypatch):
    monkeypatch.setattr(unpacking, "RATIO_FROM", 100_000)

    assert refusal_of(package_of(HEAD, row_of("A" * 2_000_000))) == Code.BOMB
    unpacking.repack(package_of(HEAD, row_of("A" * 50_000)))


def test_a_cell_in_the_last_corner_does_not_make_a_table_of_all_between():
    corner = '<row r="1048576"><c r="ALL1048576"><v>1</v></c></row>'

    assert code_of(package_of(HEAD, corner)) == Code.BOMB


def test_a_workbook_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(bounded, "SECONDS", 0.001)

    assert code_of(package_of(HEAD, row_of("A"))) == Code.TOO_SLOW


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("return 3", Code.BROKEN),
        ("raise ValueError", Code.BROKEN),
        ("os.kill(os.getpid(), signal.SIGXCPU)", Code.TOO_SLOW),
        ("os.abort()", Code.BOMB),
    ],
)
def test_a_process_that_is_ended_says_why(monkeypatch, tmp_path, end, code):
    script = tmp_path / "unpacking.py"
    script.write_text(f"import os, signal\ndef main(_headings):\n    {end}\n")
    monkeypatch.setattr(unpacking, "__file__", str(script))

    assert code_of(package_of(HEAD, row_of("A"))) == code


def test_a_text_in_half_a_million_cells_ends_the_process_and_not_ours(monkeypatch):
    monkeypatch.setattr(bounded, "SECONDS", 100)  # however busy this machine is
    words = f"<si><t>label</t></si><si><t>{'x' * 30_000}</t></si>"
    head, cell = (f'<row><c t="s"><v>{n}</v></c></row>' for n in (0, 1))

    assert code_of(package_of(head, cell * 500_000, words=words)) == Code.BOMB


def test_a_process_that_stops_early_gives_no_table(monkeypatch, tmp_path):
    script = tmp_path / "unpacking.py"
    script.write_text(
        "def main(_headings):\n    print('[1, [\"label\"]]')\n    return 0\n"
    )
    monkeypatch.setattr(unpacking, "__file__", str(script))

    assert code_of(package_of(HEAD, row_of("A"))) == Code.BROKEN


def test_a_million_empty_rows_with_a_look_are_read_in_bounds():
    empty = "".join(
        f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(2, 1_000_000)
    )

    assert labels(
        package_of(HEAD, empty, '<row r="1000000"><c t="str"><v>A</v></c></row>')
    ) == ["A"]


def test_a_long_text_in_very_many_cells_is_read_in_bounds():
    words = f"<si><t>label</t></si><si><t>{'x' * 30_000}</t></si>"
    cells = '<row><c t="s"><v>1</v></c></row>'

    file = package_of('<row><c t="s"><v>0</v></c></row>', cells * 20_000, words=words)

    assert {row.problems[0].code for row in rows(file)} == {Code.TOO_LONG}


def test_the_process_that_reads_sees_no_secret_of_ours(monkeypatch, tmp_path):
    script = tmp_path / "unpacking.py"
    script.write_text(
        "import json, os\n"
        "def main(_headings):\n"
        "    print(json.dumps([1, ['label']]))\n"
        "    print(json.dumps([2, [' '.join(sorted(os.environ))]]))\n"
        "    print(json.dumps({'end': ''}))\n"
        "    return 0\n"
    )
    monkeypatch.setattr(unpacking, "__file__", str(script))
    monkeypatch.setenv("PORTAL_SECRET", "x")

    assert "PORTAL" not in "".join(labels(package_of(HEAD)))


def test_a_bomb_among_the_words_is_refused():
    words = f"<si><t>{'A' * 33 * 1024 * 1024}</t></si>"

    assert code_of(package_of(HEAD, row_of("A"), words=words)) == Code.BOMB


@pytest.mark.parametrize("said", [1, 5_000])
def test_a_bomb_that_lies_about_its_size_unfolds_no_further_than_it_said(said):
    real = f"<worksheet><sheetData>{HEAD}{row_of('A' * 4000) * 2000}".encode()
    content = bytearray(package_of(more={"xl/s.xml": real}).getvalue())
    for name, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = content.find(name)
        while at >= 0:
            if content[at + offset : at + offset + 4] == struct.pack("<I", len(real)):
                content[at + offset : at + offset + 4] = struct.pack("<I", said)
            at = content.find(name, at + 4)

    assert code_of(io.BytesIO(bytes(content))) == Code.BROKEN


def test_a_package_of_thousands_of_parts_is_not_opened():
    assert code_of(zip_of({f"{n}.xml": "" for n in range(1001)})) == Code.BOMB


def test_a_package_with_a_second_list_is_not_opened():
    content = grid_of(["label"], ["A"]).getvalue()
    locator = b"PK\x06\x07" + b"\0" * 16

    assert code_of(io.BytesIO(content[:-22] + locator + content[-22:])) == Code.BOMB


def test_a_text_too_long_for_a_cell_is_a_problem_of_its_row():
    words = f"<si><t>label</t></si><si><t>{'x' * 5001}</t></si>"
    cells = '<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>'

    [row] = rows(package_of(cells, words=words))

    assert [problem.code for problem in row.problems] == [Code.TOO_LONG]

"""CSV files as people and their programs make them."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from portal.spreadsheets.columns import Code, Column, Unreadable
from portal.spreadsheets.reading import read_table

LABEL = Column("label", _("Label"))
DAY = Column("last_day", _("Last day"), is_required=False, is_date=True)
COLUMNS = [LABEL, DAY]


def rows(content, **options):
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return list(read_table(file, COLUMNS, **options).rows)


def labels(content):
    return [row.values["label"] for row in rows(content)]


def refusal(content, **options):
    with pytest.raises(Unreadable) as refused:
        rows(content, **options)
    return refused.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_common_dialect_says_the_same(encoding, separator, end):
    lines = [["Label", "Last day"], ["Zürich 台北", "2026-12-31"], ["Next", ""]]
    text = "".join(separator.join(line) + end for line in lines)

    found = rows(text.encode(encoding))

    assert [(row.number, row.values) for row in found] == [
        (2, {"label": "Zürich 台北", "last_day": "2026-12-31"}),
        (3, {"label": "Next", "last_day": ""}),
    ]


@pytest.mark.parametrize(
    "heading", ["label", "LABEL", " Label * ", "Ｌabel", "label:", "標籤"]
)
def test_a_heading_is_known_in_english_and_as_the_reader_says_it(heading):
    column = Column("label", _("Label"))
    with override("zh-hant"):
        title = str(column.title)
        found = list(
            read_table(
                io.BytesIO(f"{title if heading == '標籤' else heading}\nA".encode()),
                [column],
            ).rows
        )

    assert [row.values for row in found] == [{"label": "A"}]


def test_a_heading_may_be_the_name_that_programs_use():
    assert rows("last_day,label\n2026-01-02,A")[0].values == {
        "label": "A",
        "last_day": "2026-01-02",
    }


def test_a_row_has_the_number_that_a_spreadsheet_shows():
    found = rows('Label\n\n"two\nlines"\n\nlast\n')

    assert [(row.number, row.values["label"]) for row in found] == [
        (3, "two\nlines"),
        (5, "last"),
    ]


def test_the_line_that_names_the_separator_is_no_row():
    assert [row.number for row in rows("sep=;\r\nLabel;Last day\r\nA;\r\n")] == [2]


def test_a_line_that_names_a_quote_as_separator_is_a_title_as_any_other():
    assert labels('sep="\nLabel\nA\n') == ["A"]


def test_a_separator_inside_quotes_separates_nothing():
    assert labels('Label;Last day\n"a, b; c";\n') == ["a, b; c"]


def test_empty_rows_at_the_end_are_dropped():
    assert labels("Label,Last day\nA,\n,\n , \n\n") == ["A"]


def test_what_surrounds_a_text_and_cannot_be_seen_goes():
    assert labels("Label\n\u00a0A\u200b \x0bB \n") == ["A  B"]


def test_an_apostrophe_of_our_own_goes_and_others_stay():
    assert labels("Label\n'=1+1\n'quoted'\n''-5\n") == ["=1+1", "'quoted'", "'-5"]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-04-03", "2026-04-03"),
        ("2026/4/3", "2026-04-03"),
        ("2026.04.03.", "2026-04-03"),
    ],
)
def test_a_date_begins_with_its_year(typed, day):
    assert rows(f"Label,Last day\nA,{typed}")[0].values["last_day"] == day


@pytest.mark.parametrize(
    "typed", ["03/04/2026", "31.12.2026", "2026-02-30", "2026-4/3", "soon", "45000"]
)
def test_a_date_in_any_other_order_is_never_guessed(typed):
    [row] = rows(f"Label,Last day\nA,{typed}")

    assert row.values == {"label": "A", "last_day": typed}
    [problem] = row.problems
    assert (problem.code, problem.cell, problem.column) == (
        Code.DATE,
        "B2",
        "last_day",
    )
    assert str(problem) == (
        "Cell B2: write the date as year-month-day, such as 2026-12-31."
    )


def test_a_cell_without_heading_is_a_problem_of_its_row():
    wrong, right = rows("Label,Last day\nA,2026-01-01,more\nB,\n")

    assert str(wrong.problems[0]) == "Cell C2 has no heading above it."
    assert right.problems == ()


def test_of_many_cells_without_heading_the_first_is_named():
    [row] = rows("Label\nA,b,c\n")

    assert [problem.cell for problem in row.problems] == ["B2"]


@pytest.mark.parametrize("beyond", ["", "x"])
def test_a_row_has_at_most_a_thousand_cells(beyond):
    content = f"Label{',' * 999}More{',' * 20}{beyond}\nA\n"

    if beyond:
        refused = refusal(content)
        assert (refused.code, refused.rows) == (Code.BROKEN, [1])
    else:
        assert labels(content) == ["A"]


@pytest.mark.parametrize(("last", "code"), [(1_048_576, None), (1_048_577, "rows")])
def test_empty_lines_end_where_a_sheet_does(last, code):
    content = "Label\n" + "\n" * (last - 2) + "A\n"

    if code:
        assert refusal(content).code == Code.TOO_MANY_ROWS
    else:
        assert rows(content)[0].number == last


def test_very_long_lines_are_judged_in_a_moment():
    line = "a," * 400_000 + "\n"

    assert refusal(line * 20).code == Code.BROKEN


def test_a_cell_that_is_too_long_is_a_problem_of_its_row():
    [row] = rows(f"Label\n{'x' * 5001}\n")

    assert row.problems[0].code == Code.TOO_LONG


def test_unknown_columns_are_named_and_passed_over():
    table = read_table(io.BytesIO(b"Label,Budget,,Colour\nA,1,,=red\nB,,x,\n"), COLUMNS)

    assert table.passed_over == ["Budget", "Colour"]
    first, second = table.rows
    assert (first.values, first.problems) == ({"label": "A"}, ())
    assert str(second.problems[0]) == "Cell C3 has no heading above it."


def test_a_row_with_nothing_but_what_is_passed_over_is_no_row():
    assert labels("Label,Budget\nA,1\n,2\n") == ["A"]


def test_unknown_columns_are_named_where_known_ones_are_missing():
    refused = refusal("Name,Last day,Colour\nA,,red")

    assert refused.code == Code.UNKNOWN_COLUMNS
    assert refused.rows == [1]
    assert str(refused) == (
        "These columns are not known: Name, Colour. Known are: Label, Last day."
        " See row 1."
    )


@pytest.mark.parametrize("above", [1, 19])
@pytest.mark.parametrize("separator", [",", ";"])
def test_titles_may_stand_above_the_headings(above, separator):
    titles = "Our labels, as of today; draft\n" * above
    [row] = rows(f"{titles}Label{separator}Last day\nA{separator}2026-01-02\n")

    assert row.number == above + 2
    assert row.values == {"label": "A", "last_day": "2026-01-02"}


def test_headings_far_below_are_not_looked_for():
    assert refusal("Our labels\n" * 20 + "Label\nA").code == Code.UNKNOWN_COLUMNS


def test_a_row_that_looks_like_headings_stays_a_row():
    assert labels("Label,Last day\nLabel,\n") == ["Label"]


def test_missing_columns_are_named():
    refused = refusal("\nLast day\n2026-01-01")

    assert (refused.code, refused.rows) == (Code.MISSING_COLUMNS, [2])
    assert "These columns are missing: Label." in str(refused)


def test_a_column_may_be_there_once():
    refused = refusal("Label,last_day,Last day\nA,,")

    assert refused.code == Code.DUPLICATE_COLUMNS
    assert "more than once: Last day." in str(refused)


@pytest.mark.parametrize("content", ["", "\ufeff", "\n\n", "Label,Last day\n", ",,\n"])
def test_a_file_without_rows_is_refused(content):
    assert refusal(content).code == Code.EMPTY


def test_more_rows_than_allowed_are_refused_with_the_limit():
    content = "Label\n" + "A\n" * 3

    assert len(rows(content, most_rows=3)) == 3
    assert str(refusal(content, most_rows=2)) == (
        "The file has more than 2 rows. Split it."
    )


@pytest.mark.parametrize("encoding", ["big5", "cp950", "gb18030"])
def test_another_encoding_is_refused_with_what_to_do(encoding):
    refused = refusal("Label\nfirst\n台北計畫\n".encode(encoding))

    assert (refused.code, refused.rows) == (Code.ENCODING, [3])
    assert str(refused) == (
        "The text of the file is not in UTF-8. Save it in your spreadsheet program as"
        " “Excel workbook (.xlsx)” or “CSV UTF-8”. See row 3."
    )


def test_western_letters_in_another_encoding_are_refused():
    assert refusal("Label\nZürich\n".encode("cp1252")).code == Code.ENCODING


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"Label\nA\0B\n",
        "Label\nA\n".encode("utf-16-le"),
        "Label\nA\n".encode("utf-32"),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00\x01",
        bytes(range(256)) * 9,
    ],
)
def test_what_is_no_text_is_refused(content):
    assert refusal(content).code == Code.NOT_A_TABLE


def test_half_a_sign_at_the_end_is_refused():
    assert refusal("Label\n台".encode()[:-1]).code == Code.ENCODING


@pytest.mark.parametrize("content", ['Label\nA\n"B\n', 'Label\n"A" or\n'])
def test_quotes_that_do_not_fit_are_refused_with_the_line(content):
    refused = refusal(content)

    assert refused.code == Code.BROKEN
    assert len(refused.rows) == 1


def test_a_file_beyond_the_limit_of_uploads_is_not_read(settings):
    settings.DOCUMENT_MAX_BYTES = 10

    assert refusal("Label\n" + "A\n" * 9).code == Code.TOO_LARGE


def test_an_upload_is_read_and_stays_open():
    upload = SimpleUploadedFile("wrong-name.xlsx", b"Label\nA\n")

    assert len(list(read_table(upload, COLUMNS).rows)) == 1
    assert not upload.closed
    assert len(list(read_table(upload, COLUMNS).rows)) == 1


def test_what_no_text_can_hold_is_a_problem_of_its_row():
    [row] = rows("Label\nA\uffffB\n")

    assert row.values == {"label": ""}
    assert str(row.problems[0]) == ("Cell A2 holds characters that no text can hold.")

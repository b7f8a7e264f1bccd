"""Tables as files: what people hand in, and what they take away."""

from portal.sheets.answers import ACCEPT, Form, download, seen_by
from portal.sheets.columns import Column
from portal.sheets.csv_writing import as_csv
from portal.sheets.problems import Code, Problem, Unreadable
from portal.sheets.reading import Row, read_table
from portal.sheets.xlsx_writing import as_xlsx

__all__ = [
    "ACCEPT",
    "Code",
    "Column",
    "Form",
    "Problem",
    "Row",
    "Unreadable",
    "as_csv",
    "as_xlsx",
    "download",
    "read_table",
    "seen_by",
]

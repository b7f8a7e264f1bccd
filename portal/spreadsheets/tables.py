"""Lists as tables: what columns they have, whichever the format they are taken in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from portal.actors import Actor
from portal.findings import Text
from portal.spreadsheets.csv import write_csv
from portal.spreadsheets.downloads import FileFormat
from portal.spreadsheets.xlsx import write_xlsx


@dataclass(frozen=True)
class ListTable:
    """The columns of a list, and the cells of its rows, the latest first."""

    title: Text
    headings: Callable[[], list[str]]
    cells: Callable[[QuerySet, Actor], Iterator[Sequence[Any]]]
    widths: Sequence[int] = ()

    def pieces(
        self, rows: QuerySet, actor: Actor, file_format: FileFormat
    ) -> Iterator[bytes]:
        """Write rows that the actor sees; the words are those of the moment."""
        write = {FileFormat.CSV: self.as_csv, FileFormat.XLSX: self.as_xlsx}
        yield from write[file_format](rows, actor)

    def as_csv(self, rows: QuerySet, actor: Actor) -> Iterator[bytes]:
        yield from write_csv(self.headings(), self.cells(rows, actor))

    def as_xlsx(
        self,
        rows: QuerySet,
        actor: Actor,
        tell: Callable[[int], None] = lambda _count: None,
    ) -> Iterator[bytes]:
        """Write a workbook; ``tell`` hears after each row how many are written."""
        cells = count_rows(self.cells(rows, actor), tell)
        yield from write_xlsx(
            self.headings(), cells, title=str(self.title), widths=self.widths
        )


def count_rows(
    cells: Iterator[Sequence[Any]], tell: Callable[[int], None]
) -> Iterator[Sequence[Any]]:
    for count, row in enumerate(cells, start=1):
        yield row
        tell(count)


@dataclass(frozen=True)
class ListSource:
    """A list under a name: its table, and what it shows whom under which address."""

    name: str
    table: ListTable
    rows: Callable[[Any, QueryDict], QuerySet]

"""Tables that people upload: read by a worker, checked, confirmed, done.

A noun declares itself as a ``TableKind``: its columns, how its rows are checked
together, and how they are carried out. The rest is here, once.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any, ClassVar, Generic, TypeVar

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import clock, db, text
from portal.actors import Member, Staff
from portal.findings import Refused
from portal.models import FilePurpose, TableImport
from portal.services import temporary_files
from portal.spreadsheets.columns import Code, Column, Problem, Unreadable
from portal.spreadsheets.reading import MOST_ROWS, Row, read_table
from portal.tenancy import acting_for_all

# What we write beside a failed row: it may come back with it.
NOTE = Column("problem", gettext_lazy("What is wrong"), is_required=False, is_note=True)


@dataclass
class ImportedRow:
    """One row: what was typed, and what is wrong in which column."""

    number: int
    values: dict[str, str]
    wrong: list[tuple[str, str]] = field(default_factory=list)

    @property
    def problem(self) -> str:
        """Say all that is wrong in one text."""
        return " ".join(
            f"{column}: {sentence}" if column else sentence
            for column, sentence in self.wrong
        )


AnyRow = TypeVar("AnyRow", bound=ImportedRow)


@dataclass
class CheckedRows(Generic[AnyRow]):
    """All rows of a table, held against the facts of this moment."""

    rows: list[AnyRow]

    @property
    def wrong(self) -> list[AnyRow]:
        return [row for row in self.rows if row.wrong]

    @property
    def right(self) -> list[AnyRow]:
        return [row for row in self.rows if not row.wrong]


Checked = TypeVar("Checked", bound=CheckedRows[Any])
Importer = TypeVar("Importer", Member, Staff)


class TableKind(ABC, Generic[Checked, Importer]):
    """What a noun says of the tables that are uploaded for it."""

    model: type[TableImport]
    columns: Sequence[Column]
    roles: Sequence[str]
    life: timedelta
    most_rows: int = MOST_ROWS
    # Whether the same rows are refused unless they are meant once more.
    asks_again: ClassVar[bool] = False

    @abstractmethod
    def check(self, rows: list[Row], *, by: Importer, is_action: bool) -> Checked:
        """Check all rows against the facts; for the action what they name is locked."""

    @abstractmethod
    def carry_out(
        self, upload: TableImport, checked: Checked, *, by: Importer
    ) -> dict[str, int]:
        """Do what rows without mistakes say; returns what was done, by name."""

    @property
    def all_columns(self) -> list[Column]:
        """Return the columns that people fill, and what we write beside them."""
        return [*self.columns, NOTE]

    @property
    def titles(self) -> dict[str, str]:
        return {column.name: str(column.title) for column in self.all_columns}

    def upload(
        self,
        file: File,
        *,
        by: Importer,
        beside: TableImport | None = None,
        wrong: Collection[int] = (),
    ) -> TableImport:
        """Keep a table until a worker has read it; changes nothing else.

        The rows of an upload ``beside`` come before its rows, but for those that were
        shown as ``wrong``: a table of these, mended, completes it. Which they were is
        not judged anew: facts may have changed since.
        """
        by.must_be(*self.roles)
        stored_file = temporary_files.keep(file, FilePurpose.IMPORT, by=by)
        upload: TableImport = self.model.objects.create(
            organization=by.organization,
            file_name=stored_file.name,
            file=stored_file,
            rows=[row for row in beside.rows if row[0] not in wrong] if beside else [],
            made_by=by.person,
            expires_at=clock.now() + self.life,
        )
        db.nudge(current_app.signature("portal.tasks.read_table_import"), upload.pk)
        return upload

    def check_upload(self, upload: TableImport, *, by: Importer) -> Checked:
        """Check each row against the facts of this moment; changes nothing."""
        return self.check(rows_of(upload), by=by, is_action=False)

    def confirm(
        self, upload: TableImport, *, by: Importer, is_again: bool = False
    ) -> TableImport:
        """Carry all rows out, or none; a second time gives what the first one did.

        Raises ``Refused`` for rows with mistakes, and where the same rows were imported
        before and are not meant again.
        """
        by.must_be(*self.roles)
        if by.organization and upload.made_by_id != by.person_id:
            raise Refused(_("Only who uploaded a table confirms it."))
        try:
            with db.lock_row(upload) as current:
                if current.confirmed_at is None:
                    self._carry_out(current, by, is_again=is_again)
                return current
        except IntegrityError as error:
            if "table_import_rows_once" not in str(error):
                raise
            raise Refused(imported_already()) from error

    def _carry_out(self, current: TableImport, by: Importer, *, is_again: bool) -> None:
        if not current.is_read or current.problem:
            raise Refused(_("The table is not read yet. Wait a moment."))
        before = self.imported_before(current) if self.asks_again else None
        if before and not is_again:
            raise Refused(imported_already())
        checked = self.check(rows_of(current), by=by, is_action=True)
        ensure_no_mistakes(checked)
        # Marked first: of two tables with the same rows one waits here for the other.
        current.digest = self.digest_of(current)
        current.is_again = before is not None
        current.confirmed_at = clock.now()
        current.save()
        current.result = self.carry_out(current, checked, by=by)
        current.save(update_fields=["result"])

    def imported_before(self, upload: TableImport) -> TableImport | None:
        """Return the last upload that did the same rows already, in whatever order."""
        alike = self.model.objects.filter(
            organization=upload.organization_id, digest=self.digest_of(upload)
        )
        done = alike.filter(confirmed_at__isnull=False).exclude(pk=upload.pk)
        before: TableImport | None = done.order_by("-pk").first()
        return before

    def digest_of(self, upload: TableImport) -> str:
        """Hash what the rows say, however it is typed and in whatever order."""
        names = [column.name for column in self.columns]
        rows = sorted(
            [text.key(values.get(name, "")) for name in names]
            for _number, values, _problems in upload.rows
        )
        return sha256(json.dumps(rows).encode()).hexdigest()

    def headings(self) -> list[str]:
        """Name the columns of the template."""
        return [str(column.title) for column in self.columns]

    def failed_headings(self) -> list[str]:
        return list(self.titles.values())

    def failed_rows(self, checked: Checked, wrong: Collection[int]) -> list[list[str]]:
        """Return the rows shown as wrong as they were typed, with what is wrong now."""
        return [self._as_typed(row) for row in checked.rows if row.number in wrong]

    def _as_typed(self, row: ImportedRow) -> list[str]:
        typed: list[str] = [row.values.get(column.name, "") for column in self.columns]
        return [*typed, row.problem]


def imported_already() -> str:
    return _(
        "A table with the same rows was imported before. Tick the box if they are meant"
        " once more."
    )


def ensure_no_mistakes(checked: CheckedRows[Any]) -> None:
    """Raise ``Refused`` unless all rows can be carried out."""
    wrong = len(checked.wrong)
    if wrong:
        sentence = ngettext(
            "Nothing was imported: one row has a mistake.",
            "Nothing was imported: %(count)s rows have mistakes.",
            wrong,
        )
        raise Refused(sentence % {"count": wrong})
    if not checked.rows:
        raise Refused(_("Nothing was imported: the table has no rows."))


def rows_of(upload: TableImport) -> list[Row]:
    """Make the rows of an upload of what is kept of them."""
    return [
        Row(number, values, tuple(Problem(Code(code), *at) for code, *at in problems))
        for number, values, problems in upload.rows
    ]


def serialized_row(row: Row) -> list[Any]:
    problems = [
        (problem.code, problem.cell, problem.column) for problem in row.problems
    ]
    return [row.number, row.values, problems]


def numbered_after(former_rows: list[Any], rows: Iterable[Row]) -> list[Any]:
    """Return rows as we keep them, numbered on after those of another file."""
    serialized_rows = [serialized_row(row) for row in rows]
    if former_rows:
        last = max(number for number, *_rest in former_rows)
        for number, row in enumerate(serialized_rows, last + 1):
            row[0] = number
    return serialized_rows


def faults_of(row: Row, titles: dict[str, str]) -> list[tuple[str, str]]:
    """Say what of a row could not be taken, with the titles of the columns."""
    return [(titles.get(problem.column, ""), str(problem)) for problem in row.problems]


@cache
def kinds() -> dict[str, TableKind[Any, Any]]:
    """Return each kind of table by the name under which its uploads are kept."""
    table_kinds = [import_string(name) for name in settings.TABLE_KINDS]
    return {kind.model.KIND: kind for kind in table_kinds}


def read_upload(pk: int) -> None:
    """Read an uploaded table, and keep its rows or why it has none.

    Safe to run twice or side by side: what is read or held by another is passed over.
    A file that ends its reader is begun a few times, and then given up in words.
    """
    unread = TableImport.objects.filter(pk=pk, read_at=None)
    if db.begin_attempt(unread) is None:
        return
    with acting_for_all():
        upload = db.free_rows(unread.select_related("made_by")).first()
        if upload is not None:
            with translation.override(upload.made_by.language):
                _read(upload)


def _read(upload: TableImport) -> None:
    file = upload.file
    try:
        _take_rows(upload)
    except Unreadable as refusal:
        upload.problem = str(refusal)
    except (SoftTimeLimitExceeded, MemoryError):
        upload.problem = str(Unreadable(Code.TOO_SLOW))
    except FileNotFoundError:
        upload.problem = str(Unreadable(Code.GIVEN_UP))
    upload.read_at, upload.file = clock.now(), None
    upload.save()
    if file is not None:
        temporary_files.forget([file])


def _take_rows(upload: TableImport) -> None:
    kind = kinds()[upload.kind]
    if upload.attempts > db.MOST_ATTEMPTS or upload.file is None:
        raise Unreadable(Code.GIVEN_UP)
    with upload.file.open() as opened:
        most = kind.most_rows - len(upload.rows)
        table = read_table(opened, kind.all_columns, most_rows=most)
        upload.rows = [*upload.rows, *numbered_after(upload.rows, table.rows)]
        upload.passed_over = table.passed_over


def overdue() -> list[int]:
    """Return the keys of uploads that wait for a worker."""
    return db.unheard_keys(TableImport.objects.filter(read_at=None))


def forget_ended() -> int:
    """Delete what nobody confirmed in time, and the rows of what is long done."""
    with acting_for_all():
        stale = TableImport.objects.stale()
        count: int = stale.filter(confirmed_at=None).delete()[0]
        stale.filter(confirmed_at__isnull=False).exclude(rows=[]).update(rows=[])
    return count

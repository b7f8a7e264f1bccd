"""The pages of an uploaded table: upload, progress, preview and result.

One set of pages and templates for every kind of table, in the portal and the admin.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from portal import clock, drafts
from portal.actors import actor_of
from portal.findings import Text
from portal.forms import TableForm, WrongRowsForm
from portal.models import TableImport
from portal.services.table_imports import CheckedRows, ImportedRow, TableKind
from portal.spreadsheets.csv import write_csv
from portal.spreadsheets.downloads import FileFormat, download
from portal.spreadsheets.xlsx import write_xlsx
from portal.web import refusals_shown

# A file of so many bytes is mostly read within so many seconds: the page waits.
SMALL = 200 * 1024
PATIENCE = 2.0
LOOK_EVERY = 0.05
# Seconds after which a page that shows progress loads itself again.
REFRESH = 2

Checked = TypeVar("Checked", bound=CheckedRows[Any])
# A heading, and the style of its column.
Heading = tuple[Text, str]


class ImportPages(ABC, Generic[Checked]):
    """What people see of one kind of table; a noun gives the words and the columns."""

    kind: TableKind[Checked, Any]
    frame = "frames/portal.html"
    index_title: Text
    upload_title: Text
    upload_button: Text
    upload_words: Text
    template_name: Text
    # So many rows of each kind are shown before they are carried out.
    shown: ClassVar[int] = 200
    right_columns: Sequence[Heading]
    wrong_columns: Sequence[Heading]

    @abstractmethod
    def url(self, request: HttpRequest, page: str, *args: object) -> str:
        """Return the address of ``upload``, ``template``, ``preview`` and so on."""

    @abstractmethod
    def title(self, checked: Checked) -> str: ...

    @abstractmethod
    def notes(self, checked: Checked) -> list[str]:
        """Say in sentences what the rows do together."""

    @abstractmethod
    def right_cells(self, row: Any) -> Iterable[object]: ...

    @abstractmethod
    def wrong_cells(self, row: Any) -> Iterable[object]: ...

    @abstractmethod
    def button(self, checked: Checked) -> str: ...

    @abstractmethod
    def result(self, upload: TableImport, day: str) -> str:
        """Say what an upload did that was finished on a day."""

    @abstractmethod
    def say_done(self, request: HttpRequest, upload: TableImport) -> None: ...

    def hints(self, request: HttpRequest) -> list[Any]:
        """Return what is known of the columns, beside the form."""
        return []

    def template(self, request: HttpRequest) -> HttpResponseBase:
        """Hand out an empty table with the headings that we read, as CSV or XLSX."""
        name, headings = str(self.template_name), self.kind.headings()
        if request.GET.get("form") == FileFormat.XLSX:
            return download(name, write_xlsx(headings, []), FileFormat.XLSX)
        return download(name, write_csv(headings, []), FileFormat.CSV)

    def frame_context(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Take a file, and lead to what becomes of it."""
        form = TableForm(*drafts.form_data(request))
        if form.is_valid():
            with refusals_shown(request, form):
                table_import = self.kind.upload(
                    form.cleaned_data["file"],
                    by=actor_of(request),
                    beside=self._beside(request, form),
                    wrong=form.cleaned_data["wrong"],
                )
                return redirect(self.url(request, "preview", table_import.ticket))
        return self._show_upload(request, form)

    def preview(self, request: HttpRequest, ticket: UUID) -> HttpResponse:
        """Show what each row does or what is wrong with it, and carry them all out."""
        upload = self._find(request, ticket)
        wait_shortly(upload)
        if not upload.is_read:
            return self._show_progress(request, upload)
        if upload.problem:
            return self._show_upload(request, refused_form(upload))
        if request.method == "POST":
            with refusals_shown(request):
                return self._confirm(request, upload)
        return self._show_preview(request, upload)

    def _confirm(self, request: HttpRequest, upload: TableImport) -> HttpResponse:
        done = self.kind.confirm(
            upload, by=actor_of(request), is_again="again" in request.POST
        )
        self.say_done(request, done)
        return redirect(self.url(request, "index"))

    def failed_rows(self, request: HttpRequest, ticket: UUID) -> HttpResponseBase:
        """Hand out the rows shown with mistakes, to be mended and uploaded again."""
        form = WrongRowsForm(request.POST)
        if not form.is_valid():
            raise Http404
        by = actor_of(request)
        checked = self.kind.check_upload(self._find(request, ticket), by=by)
        rows = self.kind.failed_rows(checked, form.cleaned_data["wrong"])
        pieces = write_csv(self.kind.failed_headings(), rows)
        return download(_("Rows with mistakes"), pieces, FileFormat.CSV)

    def _find(self, request: HttpRequest, ticket: UUID) -> TableImport:
        """Return an upload to its maker alone; the sponsor's people share theirs."""
        by = actor_of(request)
        rows = self.kind.model.objects.visible_to(by).open()
        if by.organization:
            rows = rows.filter(made_by=by.person)
        table_import: TableImport = get_object_or_404(
            rows.select_related("file"), ticket=ticket
        )
        return table_import

    def _beside(self, request: HttpRequest, form: TableForm) -> TableImport | None:
        """Return the upload whose good rows stay, when mended ones are uploaded."""
        ticket = form.cleaned_data["beside"]
        return self._find(request, ticket) if ticket else None

    def _show_upload(self, request: HttpRequest, form: TableForm) -> HttpResponse:
        drafts.keep_files(request, form)
        return self._show(
            request,
            "upload",
            title=self.upload_title,
            description=self.upload_words,
            form=form,
            button=self.upload_button,
            hints=self.hints(request),
            template_url=self.url(request, "template"),
            back_url=self.url(request, "index"),
            back_title=self.index_title,
        )

    def _show_progress(self, request: HttpRequest, upload: TableImport) -> HttpResponse:
        page = self._show(
            request, "progress", title=_("The table is being read"), upload=upload
        )
        page["Refresh"] = str(REFRESH)
        return page

    def _show_preview(self, request: HttpRequest, upload: TableImport) -> HttpResponse:
        if upload.confirmed_at:
            day = date_format(localtime(upload.confirmed_at), "DATETIME_FORMAT")
            title, sentence = _("This table is imported"), self.result(upload, day)
            return self._show(request, "done", title=title, sentence=sentence)
        checked = self.kind.check_upload(upload, by=actor_of(request))
        wrong, right, notes = checked.wrong, checked.right, self.notes(checked)
        shown_wrong = ",".join(str(row.number) for row in wrong)
        return self._show(
            request,
            "preview",
            title=self.title(checked),
            description=notes[0],
            notes=notes[1:],
            upload=upload,
            checked=checked,
            before=self.kind.imported_before(upload),
            asks_again=self.kind.asks_again,
            groups=[
                self._group(wrong, self.wrong_columns, self.wrong_cells, is_wrong=True),
                self._group(right, self.right_columns, self.right_cells),
            ],
            button=self.button(checked),
            failed_url=self.url(request, "failed", upload.ticket),
            shown_wrong=shown_wrong,
            form=TableForm(initial={"beside": upload.ticket, "wrong": shown_wrong}),
        )

    def _group(
        self,
        rows: Sequence[ImportedRow],
        columns: Sequence[Heading],
        cells: Any,
        *,
        is_wrong: bool = False,
    ) -> dict[str, Any]:
        """Make a table of the first rows of one kind."""
        return {
            "is_wrong": is_wrong,
            "is_cut": len(rows) > self.shown,
            "shown": self.shown,
            "columns": columns,
            "rows": [
                [
                    (cell, *heading)
                    for cell, heading in zip(cells(row), columns, strict=True)
                ]
                for row in rows[: self.shown]
            ],
        }

    def _show(self, request: HttpRequest, page: str, **context: Any) -> HttpResponse:
        frame = {
            "frame": self.frame,
            "upload_url": self.url(request, "upload"),
            "index_url": self.url(request, "index"),
            "back_url": self.url(request, "upload"),
            "back_title": _("Upload another table"),
            **self.frame_context(request),
        }
        return render(request, f"tables/import_{page}.html", {**frame, **context})


def wait_shortly(upload: TableImport) -> None:
    """Wait for the worker, where a small file has just come: mostly it is read."""
    is_fresh = clock.now() - upload.created_at < timedelta(seconds=PATIENCE)
    if upload.is_read or not is_fresh or not upload.file or upload.file.size > SMALL:
        return
    ends = time.monotonic() + PATIENCE
    while not upload.is_read and time.monotonic() < ends:
        time.sleep(LOOK_EVERY)
        upload.refresh_from_db()


def refused_form(upload: TableImport) -> TableForm:
    """Return the form of a file that could not be read, with why beside its field.

    Rows that it was to complete stay kept for the next file.
    """
    file: Any = SimpleUploadedFile(upload.file_name, b"-")
    beside = {"beside": upload.ticket} if upload.rows else {}
    form = TableForm(beside, MultiValueDict({"file": [file]}))
    form.add_error("file", upload.problem)
    return form

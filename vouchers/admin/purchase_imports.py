"""Reading licence counts from a file: upload, preview, confirm."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.actors import Staff, staff_of
from portal.admin_base import ReviewAdmin
from portal.roles import Duty
from portal.spreadsheets.csv import write_csv
from portal.spreadsheets.downloads import ACCEPT, FileFormat, download
from portal.web import refusals_shown
from vouchers.models import PurchaseImport
from vouchers.services import purchase_imports

# So many rows of each kind stand on the preview; all wrong ones are in the file.
SHOWN = 100


class ReadForm(forms.Form):
    """A file of licence counts."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        help_text=gettext_lazy("A table as CSV (UTF-8) or Excel workbook (.xlsx)."),
    )


@admin.register(PurchaseImport)
class PurchaseImportAdmin(ReviewAdmin):
    """Files of licence counts; program managers read and confirm them."""

    change_list_template = "admin/imports.html"
    list_display = [
        "file_name",
        "made_by",
        "created_at",
        "confirmed_at",
        "purchases",
        "days",
    ]
    list_select_related = ["made_by"]
    exclude = ["rows", "passed_over"]
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Any, str]] = [
            ("read/", self.read, "read"),
            ("<uuid:ticket>/preview/", self.preview, "preview"),
            ("<uuid:ticket>/failed/", self.failed, "failed"),
        ]
        ours = [
            path(
                route,
                self.admin_site.admin_view(page),
                name=f"vouchers_purchaseimport_{name}",
            )
            for route, page, name in pages
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Leave the rows in the database: a file may have a hundred thousand."""
        may_read = staff_of(request).has(Duty.PROGRAM_MANAGER)
        context = {**(extra_context or {}), "may_read": may_read}
        return super().changelist_view(request, context)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("rows")

    def read(self, request: HttpRequest) -> HttpResponse:
        """Take a file and lead to its preview."""
        by = self._manager(request)
        form = ReadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file = form.cleaned_data["file"]
            with refusals_shown(request, form):
                kept = purchase_imports.read_purchases(file, name=file.name, by=by)
                return redirect("admin:vouchers_purchaseimport_preview", kept.ticket)
        columns = [
            (column.title, column.name, column.is_required)
            for column in purchase_imports.COLUMNS
        ]
        context = {"form": form, "columns": columns}
        return self._page(request, "read", _("Read a file of purchases"), context)

    def preview(self, request: HttpRequest, ticket: UUID) -> HttpResponse:
        """Show what each row would grant; a POST grants all of it, or nothing."""
        by = self._manager(request)
        kept = get_object_or_404(PurchaseImport, ticket=ticket)
        if request.method == "POST":
            with refusals_shown(request):
                kept = purchase_imports.confirm_purchases(kept, by=by)
                self._say_done(request, kept)
                return redirect("admin:vouchers_purchaseimport_changelist")
        judged = purchase_imports.check_purchases(kept)
        context = {
            "kept": kept,
            "judged": judged,
            "wrong": judged.wrong[:SHOWN],
            "right": judged.right[:SHOWN],
            "columns": purchase_imports.COLUMNS,
        }
        return self._page(request, "preview", kept.file_name, context)

    def failed(self, request: HttpRequest, ticket: UUID) -> HttpResponseBase:
        """Hand out the rows with errors, each with what is wrong."""
        self._manager(request)
        kept = get_object_or_404(PurchaseImport, ticket=ticket)
        headings, rows = purchase_imports.failed_purchases(
            purchase_imports.check_purchases(kept)
        )
        return download(_("failed-rows"), write_csv(headings, rows), FileFormat.CSV)

    def _manager(self, request: HttpRequest) -> Staff:
        actor = staff_of(request)
        if not actor.has(Duty.PROGRAM_MANAGER):
            raise PermissionDenied
        return actor

    def _say_done(self, request: HttpRequest, kept: PurchaseImport) -> None:
        words = {"purchases": kept.purchases, "days": kept.days}
        messages.success(
            request,
            _("Imported. New orders: %(purchases)s. Days granted: %(days)s.") % words,
        )

    def _page(
        self, request: HttpRequest, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
        }
        return TemplateResponse(
            request, f"admin/imports_{name}.html", {**frame, **context}
        )

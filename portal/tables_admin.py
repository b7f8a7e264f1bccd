"""Lists of the admin that can be taken away, as CSV or as a workbook."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from portal import clock
from portal.actors import Staff, staff_of
from portal.admin_base import ReviewAdmin
from portal.spreadsheets.downloads import FileFormat
from portal.spreadsheets.tables import ListSource, ListTable
from portal.views import table_exports
from portal.views.table_exports import ExportPlace


def list_of(model: type[models.Model], table: ListTable) -> ListSource:
    """Return the admin's list of a model as one that can be taken away."""

    def rows(actor: Staff, query: QueryDict) -> QuerySet:
        request = HttpRequest()
        request.method, request.GET, request.user = "GET", query, actor.person  # type: ignore[assignment]
        model_admin = admin.site.get_model_admin(model)
        changes = model_admin.get_changelist_instance(request)
        result: QuerySet = changes.get_queryset(request)
        return result

    return ListSource(f"admin:{model._meta.label_lower}", table, rows)


class TableAdmin(ReviewAdmin):
    """Records whose list can be taken away, as far as the reader's filters show it."""

    change_list_template = "admin/table.html"
    source: ListSource

    def get_urls(self) -> list[Any]:
        named = f"{self.opts.app_label}_{self.opts.model_name}"
        guard = self.admin_site.admin_view
        tables = [
            path(
                f"table.{file_format}",
                guard(self.table_view),
                {"file_format": file_format},
                name=f"{named}_{file_format}",
            )
            for file_format in FileFormat
        ]
        pages = [
            path(
                "table/<uuid:ticket>/",
                guard(self.export_view),
                name=f"{named}_table_export",
            ),
            path(
                "table/<uuid:ticket>/file/",
                guard(self.file_view),
                name=f"{named}_table_export_file",
            ),
        ]
        return [*tables, *pages, *super().get_urls()]

    def table_view(
        self, request: HttpRequest, file_format: FileFormat
    ) -> HttpResponseBase:
        """Hand out every record that the list shows under the same address."""
        self._reader(request)
        name = f"{self.opts.model_name}-{clock.today('UTC')}"
        place = self._place(request)
        try:
            return table_exports.hand_out(
                request, self.source, file_format, name, place
            )
        except IncorrectLookupParameters:
            messages.error(request, _("Nothing was exported: a filter makes no sense."))
            return redirect(
                f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
            )

    def export_view(self, request: HttpRequest, ticket: UUID) -> HttpResponseBase:
        """Say how far a workbook is."""
        by, place = self._reader(request), self._place(request)
        return table_exports.show_progress(request, ticket, by=by, place=place)

    def file_view(self, request: HttpRequest, ticket: UUID) -> HttpResponseBase:
        """Hand out a workbook that is made."""
        return table_exports.send(ticket, by=self._reader(request))

    def _reader(self, request: HttpRequest) -> Staff:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return staff_of(request)

    def _place(self, request: HttpRequest) -> ExportPlace:
        named = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return ExportPlace(
            lambda page, ticket: reverse(f"{named}_{page}", args=[ticket]),
            "frames/admin.html",
            context=context,
        )

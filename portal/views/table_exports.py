"""Lists taken away: at once, or as a workbook that a worker makes.

The same pages in the portal and in the admin; who shows them gives the addresses.
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.actors import Member, Staff, actor_of
from portal.models import TableExport
from portal.services import table_exports
from portal.spreadsheets.downloads import (
    CONTENT_TYPES,
    FileFormat,
    as_attachment,
    download_for,
)
from portal.spreadsheets.tables import ListSource
from portal.views.table_imports import REFRESH
from portal.web import Request, member


class ExportPlace(NamedTuple):
    """Where the pages of workbooks stand: their frame, and their addresses."""

    url: Callable[[str, UUID], str]
    frame: str = "frames/portal.html"
    list_url: str = ""
    context: dict[str, Any] = {}


def in_organization(request: Request, list_url: str = "") -> ExportPlace:
    slug = request.organization.slug
    return ExportPlace(
        lambda page, ticket: reverse(f"organization:{page}", args=[slug, ticket]),
        list_url=list_url,
    )


def hand_out(
    request: HttpRequest,
    source: ListSource,
    file_format: FileFormat,
    name: str,
    place: ExportPlace,
) -> HttpResponseBase:
    """Send what a list shows; a long workbook is offered, and made when it is wanted.

    A list with a filter that makes no sense shows nothing, and nothing is taken away.
    """
    by, is_workbook = actor_of(request), file_format is FileFormat.XLSX
    if not is_workbook or not table_exports.is_long(source, request.GET, by=by):
        rows = source.rows(by, request.GET)
        pieces = source.table.pieces(rows, by, file_format)
        return download_for(by, name, pieces, file_format)
    if request.method == "POST":
        export = table_exports.ask(source, request.GET, name=f"{name}.xlsx", by=by)
        return redirect(place.url("table_export", export.ticket))
    exports = TableExport.objects.visible_to(by).owned_by(by).unended()
    context = {
        "title": source.table.title,
        "back_url": place.list_url,
        "back_title": _("Go back"),
        "most": table_exports.MOST_AT_ONCE,
        "made": [
            (export, place.url("table_export", export.ticket))
            for export in exports.filter(source=source.name).order_by("-pk")
        ],
    }
    return show(request, "offer", place, context)


def show(
    request: HttpRequest, page: str, place: ExportPlace, context: dict[str, Any]
) -> HttpResponseBase:
    frame = {"frame": place.frame, **place.context}
    return render(request, f"tables/export_{page}.html", {**frame, **context})


def find(ticket: UUID, by: Member | Staff) -> TableExport:
    """Return a workbook to who asked for it, where it was asked for."""
    exports = TableExport.objects.visible_to(by).owned_by(by).select_related("file")
    export: TableExport = get_object_or_404(exports, ticket=ticket)
    return export


def show_progress(
    request: HttpRequest, ticket: UUID, *, by: Member | Staff, place: ExportPlace
) -> HttpResponseBase:
    """Say how far a workbook is, until it can be taken away."""
    export = find(ticket, by)
    context = {
        "title": export.name,
        "export": export,
        "share": table_exports.share_of(export),
        "file_url": place.url("table_export_file", ticket),
    }
    page = show(request, "progress", place, context)
    if not export.finished_at:
        page["Refresh"] = str(REFRESH)
    return page


def send(ticket: UUID, *, by: Member | Staff) -> HttpResponseBase:
    """Hand out a workbook that is made, as long as it is kept."""
    export = find(ticket, by)
    if export.file is None or not export.is_ready:
        raise Http404
    content_type = CONTENT_TYPES[FileFormat.XLSX]
    response = FileResponse(export.file.open(), content_type=content_type)
    return as_attachment(response, export.name)


@require_safe
@member()
def table_export(request: Request, ticket: UUID) -> HttpResponseBase:
    place = in_organization(request)
    return show_progress(request, ticket, by=request.actor, place=place)


@require_safe
@member()
def table_export_file(request: Request, ticket: UUID) -> HttpResponseBase:
    return send(ticket, by=request.actor)

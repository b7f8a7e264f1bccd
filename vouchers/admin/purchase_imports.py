"""Reading licence counts from a file: upload, preview, confirm."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from portal.actors import staff_of
from portal.admin_base import ReviewAdmin
from portal.models import TableImport
from portal.roles import Duty
from portal.views.table_imports import ImportPages
from vouchers.models import PurchaseImport
from vouchers.services import purchase_imports
from vouchers.services.purchase_imports import CheckedPurchases, ImportedPurchase

COLUMNS = (
    (gettext_lazy("Row"), ""),
    *((column.title, "") for column in purchase_imports.TABLES.columns),
)


class PurchaseImportPages(ImportPages[CheckedPurchases]):
    """Rows of one order grant its days together."""

    kind = purchase_imports.TABLES
    frame = "frames/admin.html"
    index_title = gettext_lazy("imports of purchases")
    upload_title = gettext_lazy("Read a file of purchases")
    upload_button = gettext_lazy("Show what it would grant")
    upload_words = gettext_lazy(
        "One row for each product of an order. Nothing is granted before you confirm"
        " the preview."
    )
    template_name = gettext_lazy("Purchases")
    shown = 100
    right_columns = (*COLUMNS, (gettext_lazy("What it means"), ""))
    wrong_columns = (*COLUMNS, (gettext_lazy("What is wrong"), ""))

    def url(self, request: HttpRequest, page: str, *args: object) -> str:
        name = {"upload": "read", "index": "changelist"}.get(page, page)
        return reverse(f"admin:vouchers_purchaseimport_{name}", args=args)

    def title(self, checked: CheckedPurchases) -> str:
        count = len(checked.rows)
        words = ngettext("%(count)s row was read.", "%(count)s rows were read.", count)
        return words % {"count": count}

    def notes(self, checked: CheckedPurchases) -> list[str]:
        notes = []
        if checked.there:
            words = ngettext(
                "%(count)s order is there already and is passed over.",
                "%(count)s orders are there already and are passed over.",
                checked.there,
            )
            notes.append(words % {"count": checked.there})
        if wrong := len(checked.wrong):
            words = ngettext(
                "%(count)s row has an error. Mend it: all rows are imported, or none.",
                "%(count)s rows have errors. Mend them: all rows are imported, or"
                " none.",
                wrong,
            )
            return [*notes, words % {"count": wrong}]
        count = len(checked.counted)
        words = ngettext(
            "%(count)s new order; days that it grants: %(days)s",
            "%(count)s new orders; days that they grant: %(days)s",
            count,
        )
        return [*notes, words % {"count": count, "days": checked.days}]

    def right_cells(self, row: ImportedPurchase) -> Iterable[object]:
        return row.number, *self._typed_values(row), row.outcome

    def wrong_cells(self, row: ImportedPurchase) -> Iterable[object]:
        return row.number, *self._typed_values(row), row.wrong

    def _typed_values(self, row: ImportedPurchase) -> Iterable[str]:
        return (row.values.get(column.name, "") for column in self.kind.columns)

    def button(self, checked: CheckedPurchases) -> str:
        return _("Import all of it")

    def result(self, upload: TableImport, day: str) -> str:
        done = _("Imported on %(date)s.") % {"date": day}
        return f"{done} {granted_sentence(upload)}"

    def say_done(self, request: HttpRequest, upload: TableImport) -> None:
        messages.success(request, f"{_('Imported.')} {granted_sentence(upload)}")

    def hints(self, request: HttpRequest) -> list[Any]:
        may_be_out = _("may stay out where the licensing ID is in one program only")
        return [
            f"{column.title} ({column.name})"
            + ("" if column.is_required else f": {may_be_out}")
            for column in self.kind.columns
        ]

    def frame_context(self, request: HttpRequest) -> dict[str, Any]:
        opts = PurchaseImport._meta
        return {**admin.site.each_context(request), "opts": opts}


def granted_sentence(upload: TableImport) -> str:
    words = _("New orders: %(purchases)s. Days granted: %(days)s.")
    done: dict[str, int] = upload.result
    return words % done


PAGES = PurchaseImportPages()


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
    fields = ["file_name", "made_by", "created_at", "confirmed_at", "purchases", "days"]
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Callable[..., Any], str]] = [
            ("read/", PAGES.upload, "read"),
            ("template/", require_safe(PAGES.template), "template"),
            ("<uuid:ticket>/preview/", PAGES.preview, "preview"),
            ("<uuid:ticket>/failed/", require_POST(PAGES.failed_rows), "failed"),
        ]
        own_urls = [
            path(
                route,
                self.admin_site.admin_view(for_managers(page)),
                name=f"vouchers_purchaseimport_{name}",
            )
            for route, page, name in pages
        ]
        return [*own_urls, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_read = staff_of(request).has(Duty.PROGRAM_MANAGER)
        context = {**(extra_context or {}), "may_read": may_read}
        return super().changelist_view(request, context)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the rows in the database: a file may have a hundred thousand."""
        return super().get_queryset(request).defer("rows")

    @admin.display(description=gettext_lazy("purchases"))
    def purchases(self, row: PurchaseImport) -> int:
        return int(row.result.get("purchases", 0))

    @admin.display(description=gettext_lazy("days"))
    def days(self, row: PurchaseImport) -> int:
        return int(row.result.get("days", 0))


def for_managers(page: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
    """Open a page to program managers alone."""

    def guarded_page(request: HttpRequest, **words: UUID) -> HttpResponseBase:
        if not staff_of(request).has(Duty.PROGRAM_MANAGER):
            raise PermissionDenied
        answer: HttpResponseBase = page(request, **words)
        return answer

    return guarded_page

"""Vouchers from a table: uploading it, looking at its rows, making them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from portal.actors import member_of
from portal.models import TableImport
from portal.roles import Side
from portal.views.table_imports import ImportPages
from portal.web import Request, member
from vouchers.services import roles, voucher_imports
from vouchers.services.voucher_imports import CheckedVouchers, ImportedVoucher

NOTHING = "–"


class VoucherImportPages(ImportPages[CheckedVouchers]):
    """Each row makes a voucher."""

    kind = voucher_imports.TABLES
    index_title = gettext_lazy("Vouchers")
    upload_title = gettext_lazy("Create vouchers from a table")
    upload_button = gettext_lazy("Look at the rows")
    upload_words = gettext_lazy(
        "One row for each voucher. You see what each row makes before anything is made;"
        " then all are made, or none."
    )
    template_name = gettext_lazy("Vouchers")
    right_columns = (
        (gettext_lazy("Row"), "num"),
        (gettext_lazy("Engagement type"), ""),
        (gettext_lazy("Days"), "num"),
        (gettext_lazy("Country of delivery"), ""),
        (gettext_lazy("Label"), ""),
        (gettext_lazy("Agreement"), ""),
        (gettext_lazy("Project manager"), ""),
        (gettext_lazy("Partner"), ""),
    )
    wrong_columns = (
        (gettext_lazy("Row"), "num"),
        (gettext_lazy("Engagement type"), ""),
        (gettext_lazy("Label"), ""),
        (gettext_lazy("What is wrong"), ""),
    )

    def url(self, request: HttpRequest, page: str, *args: object) -> str:
        names = {"upload": "import", "index": "index"}
        name = names.get(page, f"import_{page}")
        organization = member_of(request).organization
        return reverse(f"vouchers:{name}", args=[organization.slug, *args])

    def title(self, checked: CheckedVouchers) -> str:
        wrong, right = len(checked.wrong), len(checked.right)
        if wrong:
            words = ngettext(
                "%(count)s row has mistakes", "%(count)s rows have mistakes", wrong
            )
            return words % {"count": wrong}
        words = ngettext(
            "%(count)s voucher will be created",
            "%(count)s vouchers will be created",
            right,
        )
        return words % {"count": right}

    def notes(self, checked: CheckedVouchers) -> list[str]:
        if checked.wrong:
            return [_("Nothing is made until every row is right.")]
        words = ngettext(
            "%(days)s day leaves the pool.",
            "%(days)s days leave the pool.",
            checked.days,
        )
        return [words % {"days": checked.days}]

    def right_cells(self, row: ImportedVoucher) -> Iterable[object]:
        spec, to = row.checked_spec, row.checked_spec.to
        return (
            row.number,
            spec.engagement_type,
            spec.days,
            row.country,
            spec.label or NOTHING,
            row.pool,
            to.project_manager if to else NOTHING,
            (to.partner if to else None) or NOTHING,
        )

    def wrong_cells(self, row: ImportedVoucher) -> Iterable[object]:
        kind, label = row.values.get("engagement_type"), row.values.get("label")
        return row.number, kind or NOTHING, label or NOTHING, row.wrong

    def button(self, checked: CheckedVouchers) -> str:
        count = len(checked.rows)
        words = ngettext("Create %(count)s voucher", "Create %(count)s vouchers", count)
        return words % {"count": count}

    def result(self, upload: TableImport, day: str) -> str:
        count = upload.result["vouchers"]
        words = ngettext(
            "It made %(count)s voucher on %(date)s.",
            "It made %(count)s vouchers on %(date)s.",
            count,
        )
        return words % {"count": count, "date": day}

    def say_done(self, request: HttpRequest, upload: TableImport) -> None:
        count = upload.result["vouchers"]
        words = ngettext(
            "%(count)s voucher is created.", "%(count)s vouchers are created.", count
        )
        messages.success(request, words % {"count": count})

    def hints(self, request: HttpRequest) -> list[Any]:
        return [
            _("Agreement: the licensing ID. Leave it empty if only one can be meant."),
            _(
                "Engagement type: its name or short name. Days: a length that it comes"
                " in."
            ),
            _("Country of delivery: the name, or two letters such as DE."),
            _(
                "Project manager: an e-mail address. With one the voucher is assigned"
                " at once; a partner (name or short name) can be named beside."
            ),
            _("At most %(most)s rows.") % {"most": intcomma(self.kind.most_rows)},
        ]


PAGES = VoucherImportPages()


@member(*roles.OWNERS, side=Side.CUSTOMER)
def upload(request: Request) -> HttpResponse:
    return PAGES.upload(request)


@member(*roles.OWNERS, side=Side.CUSTOMER)
def preview(request: Request, ticket: UUID) -> HttpResponse:
    """Show what each row makes or what is wrong with it, and make them all."""
    return PAGES.preview(request, ticket)


@require_POST
@member(*roles.OWNERS, side=Side.CUSTOMER)
def failed_rows(request: Request, ticket: UUID) -> HttpResponseBase:
    """Hand out the rows with mistakes, to be mended and uploaded again."""
    return PAGES.failed_rows(request, ticket)


@require_safe
@member(*roles.OWNERS, side=Side.CUSTOMER)
def template(request: Request) -> HttpResponseBase:
    """Hand out an empty table with the headings that we read, as CSV or XLSX."""
    return PAGES.template(request)

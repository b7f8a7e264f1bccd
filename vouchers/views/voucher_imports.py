"""Vouchers from a table: uploading it, looking at its rows, making them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from portal.roles import Side
from portal.spreadsheets.csv import write_csv
from portal.spreadsheets.downloads import FileFormat, download
from portal.spreadsheets.xlsx import write_xlsx
from portal.web import Request, member, refusals_shown
from vouchers.forms.voucher_imports import UploadForm
from vouchers.models import VoucherImport
from vouchers.services import roles, voucher_imports

# So many rows of each kind are shown before they are made.
SHOWN = 200


@member(*roles.OWNERS, side=Side.CUSTOMER)
def upload(request: Request) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_shown(request, form):
            kept = voucher_imports.upload_import(
                form.cleaned_data["file"], by=request.actor, beside=beside(request)
            )
            return redirect(
                "vouchers:import_preview", request.organization.slug, kept.ticket
            )
    return render(
        request,
        "vouchers/import.html",
        {"form": form, "most": voucher_imports.MOST_ROWS},
    )


def beside(request: Request) -> VoucherImport | None:
    """Return the import whose good rows stay, when mended ones are uploaded."""
    ticket = request.GET.get("beside")
    try:
        return find(request, UUID(ticket)) if ticket else None
    except ValueError as error:
        raise Http404 from error


def find(request: Request, ticket: UUID) -> VoucherImport:
    """Return an import, to its maker alone and while it is fresh."""
    mine = VoucherImport.objects.visible_to(request.actor).fresh()
    found: VoucherImport = get_object_or_404(
        mine, ticket=ticket, made_by=request.actor.person
    )
    return found


@member(*roles.OWNERS, side=Side.CUSTOMER)
def preview(request: Request, ticket: UUID) -> HttpResponse:
    """Show what each row makes or what is wrong with it, and make them all."""
    kept = find(request, ticket)
    if request.method == "POST":
        is_again = "again" in request.POST
        with refusals_shown(request):
            batch = voucher_imports.import_vouchers(
                kept, by=request.actor, is_again=is_again
            )
            messages.success(request, made(batch.count))
            return redirect("vouchers:index", request.organization.slug)
    done = voucher_imports.result_of(kept)
    if done:
        return render(request, "vouchers/import_done.html", {"batch": done})
    lines = voucher_imports.check_import(kept, by=request.actor)
    wrong = [line for line in lines if line.wrong]
    good = [line for line in lines if not line.wrong]
    context = {
        "ticket": ticket,
        "passed_over": kept.passed_over,
        "before": voucher_imports.imported_before(kept),
        "wrong": wrong[:SHOWN],
        "good": good[:SHOWN],
        "wrong_count": len(wrong),
        "good_count": len(good),
        "days": sum(line.wanted.days for line in good),
        "shown": SHOWN,
        "form": UploadForm(),
    }
    return render(request, "vouchers/import_preview.html", context)


def made(count: int) -> str:
    sentence = ngettext(
        "%(count)s voucher is created.", "%(count)s vouchers are created.", count
    )
    return sentence % {"count": count}


@require_safe
@member(*roles.OWNERS, side=Side.CUSTOMER)
def failed(request: Request, ticket: UUID) -> HttpResponseBase:
    """Hand out the rows with mistakes, to be mended and uploaded again."""
    lines = voucher_imports.check_import(find(request, ticket), by=request.actor)
    rows = list(voucher_imports.failed_lines(lines))
    pieces = write_csv(voucher_imports.failed_headings(), rows)
    return download(_("Rows with mistakes"), pieces, FileFormat.CSV)


@require_safe
@member(*roles.OWNERS, side=Side.CUSTOMER)
def template(request: Request) -> HttpResponseBase:
    """Hand out an empty table with the headings that we read, as CSV or XLSX."""
    headings = voucher_imports.import_headings()
    if request.GET.get("form") == FileFormat.XLSX:
        return download(_("Vouchers"), write_xlsx(headings, []), FileFormat.XLSX)
    return download(_("Vouchers"), write_csv(headings, []), FileFormat.CSV)

"""Vouchers from a table: uploading it, looking at its rows, making them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from portal.roles import Kind
from portal.sheets import Form, as_csv, as_xlsx, download
from portal.web import Request, member, refusals_shown
from vouchers import services
from vouchers.forms.many import UploadForm
from vouchers.models import VoucherImport
from vouchers.services.imports import MOST_ROWS

# So many rows of each kind are shown before they are made.
SHOWN = 200


@member(*services.OWNERS, side=Kind.CUSTOMER)
def upload(request: Request) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_shown(request, form):
            kept = services.upload_import(
                form.cleaned_data["file"], by=request.actor, beside=beside(request)
            )
            return redirect(
                "vouchers:import_preview", request.organization.slug, kept.ticket
            )
    return render(request, "vouchers/import.html", {"form": form, "most": MOST_ROWS})


def beside(request: Request) -> VoucherImport | None:
    """Give the import whose good rows stay, when mended ones are uploaded."""
    ticket = request.GET.get("beside")
    try:
        return find(request, UUID(ticket)) if ticket else None
    except ValueError as error:
        raise Http404 from error


def find(request: Request, ticket: UUID) -> VoucherImport:
    """Give an import to its maker alone, while it is fresh."""
    mine = VoucherImport.objects.visible_to(request.actor).fresh()
    found: VoucherImport = get_object_or_404(
        mine, ticket=ticket, made_by=request.actor.person
    )
    return found


@member(*services.OWNERS, side=Kind.CUSTOMER)
def preview(request: Request, ticket: UUID) -> HttpResponse:
    """Show what each row makes or what is wrong with it, and make them all."""
    kept = find(request, ticket)
    if request.method == "POST":
        is_again = "again" in request.POST
        with refusals_shown(request):
            batch = services.import_vouchers(kept, by=request.actor, is_again=is_again)
            messages.success(request, made(batch.count))
            return redirect("vouchers:index", request.organization.slug)
    done = services.imports.result_of(kept)
    if done:
        return render(request, "vouchers/import_done.html", {"batch": done})
    lines = services.judge_import(kept, by=request.actor)
    wrong = [line for line in lines if line.wrong]
    good = [line for line in lines if not line.wrong]
    context = {
        "ticket": ticket,
        "before": services.imports.imported_before(kept),
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
@member(*services.OWNERS, side=Kind.CUSTOMER)
def failed(request: Request, ticket: UUID) -> HttpResponseBase:
    """Hand out the rows with mistakes, to be mended and uploaded again."""
    lines = services.judge_import(find(request, ticket), by=request.actor)
    rows = list(services.failed_lines(lines))
    pieces = as_csv(services.failed_headings(), rows)
    return download(_("Rows with mistakes"), pieces, Form.CSV)


@require_safe
@member(*services.OWNERS, side=Kind.CUSTOMER)
def template(request: Request) -> HttpResponseBase:
    """Hand out an empty table with the headings that we read, as CSV or XLSX."""
    is_book = request.GET.get("form") == Form.XLSX
    write, form = (as_xlsx, Form.XLSX) if is_book else (as_csv, Form.CSV)
    return download(_("Vouchers"), write(services.import_headings(), []), form)

"""The list of vouchers."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.filters import refused_export
from portal.models import SavedAddress
from portal.paging import page_of
from portal.sheets import Form
from portal.web import Request, member
from vouchers import services
from vouchers.forms.filters import VoucherFilter
from vouchers.models import Voucher
from vouchers.models.rows import VoucherRow
from vouchers.views.shared import table_of


def filters_of(request: Request) -> VoucherFilter:
    mine = Voucher.objects.visible_to(request.actor)
    return VoucherFilter(request.GET, mine, side=request.actor.kind)


@require_safe
@member()
def index(request: Request) -> HttpResponse:
    filters = filters_of(request)
    lines = filters.qs.lines(request.actor.kind)
    saved = SavedAddress.objects.visible_to(request.actor)
    context = {
        "page": page_of(lines, request, made=VoucherRow.of),
        "filters": filters,
        "saved": saved.of(request.actor.person, "vouchers:index"),
        "is_owner": request.actor.has(*services.OWNERS),
        "is_holder": request.actor.has(*services.HOLDERS),
    }
    return render(request, "vouchers/index.html", context)


@require_safe
@member()
def export(request: Request, form: Form) -> HttpResponseBase:
    """Hand out all that the list shows under the same address."""
    filters = filters_of(request)
    page = reverse("vouchers:index", args=[request.organization.slug])
    refused: HttpResponse | None = refused_export(request, filters, page)
    if refused:
        return refused
    write = {Form.CSV: services.as_csv, Form.XLSX: services.as_xlsx}
    return table_of(request, "vouchers", form, write[form](filters.qs, request.actor))

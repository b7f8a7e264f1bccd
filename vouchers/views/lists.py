"""The list of vouchers, and one voucher's own page."""

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.audit import timeline
from portal.models import SavedAddress
from portal.paging import page_of
from portal.panels import panels_for
from portal.sheets import Form
from portal.web import Request, member
from vouchers import services
from vouchers.forms.filters import VoucherFilter
from vouchers.models import Voucher
from vouchers.steps import facts_of, hold_of, ways_for
from vouchers.views.shared import find, show, table_of


@require_safe
@member()
def index(request: Request) -> HttpResponse:
    filters = VoucherFilter(request.GET, side=request.actor.kind)
    vouchers = filters.narrow(Voucher.objects.visible_to(request.actor).for_list())
    saved = SavedAddress.objects.visible_to(request.actor)
    context = {
        "page": page_of(vouchers, request),
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
    filters = VoucherFilter(request.GET, side=request.actor.kind)
    vouchers = filters.narrow(Voucher.objects.visible_to(request.actor))
    write = {Form.CSV: services.as_csv, Form.XLSX: services.as_xlsx}
    return table_of(request, "vouchers", form, write[form](vouchers, request.actor))


@require_safe
@member()
def detail(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    reservation = services.live_reservation(voucher)
    return show(
        request,
        "detail",
        voucher,
        facts=facts_of(voucher, request.organization),
        panels=panels_for(settings.VOUCHER_PANELS, voucher, request.actor),
        hold=hold_of(reservation) if reservation else [],
        ways=ways_for(voucher, request.actor),
        timeline=timeline(voucher, request.actor),
    )

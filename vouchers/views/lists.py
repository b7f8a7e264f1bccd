"""The list of vouchers, and one voucher's own page."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.audit import timeline
from portal.paging import page_of
from portal.panels import panels_for
from portal.web import Request, member
from vouchers import services
from vouchers.forms.filters import FilterForm
from vouchers.models import Voucher
from vouchers.models.rows import VoucherRow
from vouchers.steps import facts_of, hold_of, ways_for
from vouchers.views.shared import find, show


@require_safe
@member()
def index(request: Request) -> HttpResponse:
    form = FilterForm(request.GET)
    vouchers = form.narrow(Voucher.objects.visible_to(request.actor))
    lines = vouchers.lines(request.actor.kind)
    context = {
        "page": page_of(lines, request, made=VoucherRow.of),
        "filters": form,
        "is_owner": request.actor.has(*services.OWNERS),
        "is_holder": request.actor.has(*services.HOLDERS),
    }
    return render(request, "vouchers/index.html", context)


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

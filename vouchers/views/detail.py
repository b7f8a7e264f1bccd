"""One voucher's own page, as each of its parties reads it."""

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from portal.audit import timeline
from portal.panels import panels_for
from portal.web import Request, member
from vouchers import services
from vouchers.health import (
    extensions_of,
    health_of,
    last_days_of,
    promise_of,
    stages_of,
)
from vouchers.steps import facts_of, hold_of, ways_for
from vouchers.views.shared import find, show


@require_safe
@member()
def detail(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    reader = request.organization
    reservation = services.live_reservation(voucher)
    return show(
        request,
        "detail",
        voucher,
        stages=stages_of(voucher),
        health=health_of(voucher, reader),
        is_owner=request.actor.has(*services.OWNERS),
        ways=ways_for(voucher, request.actor),
        panels=panels_for(settings.VOUCHER_PANELS, voucher, request.actor),
        facts=facts_of(voucher, reader),
        hold=hold_of(reservation) if reservation else [],
        promise=promise_of(reservation),
        shows_rate=reader.is_partner,
        extensions=extensions_of(voucher),
        last_days=last_days_of(voucher),
        timeline=timeline(voucher, request.actor),
    )

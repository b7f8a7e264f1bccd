"""The page that says which days will be lost, and what can be done about it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.roles import Side
from portal.web import Request, member, refusals_shown
from vouchers.presentation import outlook as outlook_presentation
from vouchers.services import outlook as outlook_services
from vouchers.services import roles
from vouchers.views.vouchers import find


@require_safe
@member(*roles.OWNERS, side=Side.CUSTOMER)
def outlook(request: Request) -> HttpResponse:
    actor = request.actor
    pools = outlook_services.foreseen_of(actor)
    idle = outlook_services.idle_vouchers(actor)
    context = {
        "outlook": outlook_services.losses_of(actor),
        "is_uncounted": outlook_services.is_uncounted(actor),
        "prospects": [outlook_presentation.prospect_of(pool) for pool in pools],
        "vouchers": [
            outlook_presentation.waiting_of(voucher, request.organization.slug)
            for voucher in idle
        ],
        "most": outlook_services.MOST_IDLE,
    }
    return render(request, "vouchers/outlook.html", context)


@require_POST
@member(*roles.OWNERS, side=Side.CUSTOMER)
def remind(request: Request, number: str) -> HttpResponse:
    """Ask those who have a voucher to see to it."""
    voucher = find(request, number)
    with refusals_shown(request):
        outlook_services.call_on(voucher, by=request.actor)
        messages.success(
            request,
            _("Those who have voucher %(number)s are reminded, once a day at most.")
            % {"number": voucher},
        )
    return redirect("vouchers:outlook", request.organization.slug)

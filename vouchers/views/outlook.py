"""The page that says which days will be lost, and what can be done about it."""

from itertools import chain, islice

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.roles import Kind
from portal.web import Request, member, refusals_shown
from vouchers import services
from vouchers.prospects import prospect_of, waiting_of
from vouchers.views.shared import find

# The first ones to expire; the list of vouchers has them all.
MOST = 50


@require_safe
@member(*services.OWNERS, side=Kind.CUSTOMER)
def outlook(request: Request) -> HttpResponse:
    found = services.outlook_of(request.actor)
    slug = request.organization.slug
    vouchers = chain.from_iterable(wave.vouchers for wave in found.waves)
    context = {
        "outlook": found,
        "prospects": [prospect_of(each) for each in found.pools],
        "vouchers": [waiting_of(each, slug) for each in islice(vouchers, MOST)],
        "most": MOST,
    }
    return render(request, "vouchers/outlook.html", context)


@require_POST
@member(*services.OWNERS, side=Kind.CUSTOMER)
def remind(request: Request, number: str) -> HttpResponse:
    """Ask those who have a voucher to see to it."""
    voucher = find(request, number)
    with refusals_shown(request):
        services.call_on(voucher, by=request.actor)
        messages.success(
            request,
            _("Those who have voucher %(number)s are reminded, once a day at most.")
            % {"number": voucher},
        )
    return redirect("vouchers:outlook", request.organization.slug)

"""The list of vouchers."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.paging import page_of
from portal.web import Request, member
from vouchers import services
from vouchers.forms.filters import FilterForm
from vouchers.models import Voucher


@require_safe
@member()
def index(request: Request) -> HttpResponse:
    form = FilterForm(request.GET)
    vouchers = form.narrow(Voucher.objects.visible_to(request.actor).for_list())
    context = {
        "page": page_of(vouchers, request),
        "filters": form,
        "is_owner": request.actor.has(*services.OWNERS),
        "is_holder": request.actor.has(*services.HOLDERS),
    }
    return render(request, "vouchers/index.html", context)

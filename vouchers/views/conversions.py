"""Pages that open a figure of the ledger: a purchase, a conversion."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.roles import Side
from portal.web import Request, member, refusals_shown
from vouchers.forms.conversions import ConvertForm
from vouchers.models import Conversion
from vouchers.services import conversions, roles
from vouchers.services.conversions import Exchange


@require_safe
@member(side=Side.CUSTOMER)
def conversion(request: Request, pk: int) -> HttpResponse:
    own_conversions = Conversion.objects.visible_to(request.actor).select_related(
        "rule", "source__program", "target__program", "converted_by"
    )
    conversion_row = get_object_or_404(own_conversions, pk=pk)
    return render(request, "vouchers/conversion.html", {"conversion": conversion_row})


@member(*roles.OWNERS, side=Side.CUSTOMER)
def convert(request: Request) -> HttpResponse:
    """Ask for days to convert, show what would come, and convert them."""
    data = request.POST or (request.GET if "days" in request.GET else None)
    form = ConvertForm(data, by=request.actor, is_action=request.method == "POST")
    received, findings = 0, []
    if form.is_valid():
        exchange = form.exchange()
        findings = conversions.check_conversion(exchange.source, exchange.target)
        with refusals_shown(request, form):
            if request.method == "POST":
                return convert_days(request, exchange)
            received = conversions.received_for(exchange)
    context = {
        "form": form,
        "received": received,
        "findings": findings,
        "ticket": uuid4(),
    }
    return render(request, "vouchers/convert.html", context)


def convert_days(request: Request, exchange: Exchange) -> HttpResponse:
    conversion_row = conversions.convert(exchange, by=request.actor)
    messages.success(request, _("The days are converted."))
    return redirect("vouchers:conversion", request.organization.slug, conversion_row.pk)

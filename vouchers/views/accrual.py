from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal.audit import timeline
from portal.roles import Side
from portal.web import Request, member
from vouchers.models import Purchase
from vouchers.models.accrual import amount_of


@require_safe
@member(side=Side.CUSTOMER)
def purchase(request: Request, pk: int) -> HttpResponse:
    """Show how the days of a purchase were counted, step by step."""
    mine = Purchase.objects.visible_to(request.actor).select_related("agreement")
    found = get_object_or_404(mine, pk=pk)
    context = {
        "purchase": found,
        "amount": amount_of(found),
        "timeline": timeline(found, request.actor),
    }
    return render(request, "vouchers/purchase.html", context)

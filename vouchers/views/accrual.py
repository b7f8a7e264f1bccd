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
    purchases = Purchase.objects.visible_to(request.actor).select_related("agreement")
    purchase_row = get_object_or_404(purchases, pk=pk)
    context = {
        "purchase": purchase_row,
        "amount": amount_of(purchase_row),
        "timeline": timeline(purchase_row, request.actor),
    }
    return render(request, "vouchers/purchase.html", context)

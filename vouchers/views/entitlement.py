"""Pages of the customer's days."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.paging import page_of
from portal.roles import Kind
from portal.web import Request, member
from vouchers import services
from vouchers.models import CustomerAgreement, LedgerEntry


@require_safe
@member(side=Kind.CUSTOMER)
def entitlement(request: Request) -> HttpResponse:
    """Show each agreement's pool, and the ledger of what became of the days."""
    agreements = CustomerAgreement.objects.visible_to(request.actor).with_pool()
    entries = LedgerEntry.objects.visible_to(request.actor)
    context = {
        "agreements": agreements,
        "page": page_of(entries.with_causes(), request),
        "is_owner": request.actor.has(*services.OWNERS),
    }
    return render(request, "vouchers/entitlement.html", context)

"""Pages of the customer's days."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.models import SavedAddress
from portal.paging import page_of
from portal.roles import Kind
from portal.sheets import Form
from portal.web import Request, member
from vouchers import services
from vouchers.forms.filters import LedgerFilter
from vouchers.models import CustomerAgreement, LedgerEntry
from vouchers.views.shared import table_of


@require_safe
@member(side=Kind.CUSTOMER)
def entitlement(request: Request) -> HttpResponse:
    """Show each agreement's pool, and the ledger of what became of the days."""
    agreements = CustomerAgreement.objects.visible_to(request.actor).with_pool()
    filters = LedgerFilter(request.GET, agreements=agreements)
    entries = filters.narrow(LedgerEntry.objects.visible_to(request.actor))
    saved = SavedAddress.objects.visible_to(request.actor)
    context = {
        "agreements": agreements,
        "page": page_of(entries.with_causes(), request),
        "filters": filters,
        "saved": saved.of(request.actor.person, "vouchers:entitlement"),
        "is_owner": request.actor.has(*services.OWNERS),
    }
    return render(request, "vouchers/entitlement.html", context)


@require_safe
@member(side=Kind.CUSTOMER)
def export(request: Request, form: Form) -> HttpResponseBase:
    """Hand out all entries that the ledger shows under the same address."""
    agreements = CustomerAgreement.objects.visible_to(request.actor).with_pool()
    filters = LedgerFilter(request.GET, agreements=agreements)
    entries = filters.narrow(LedgerEntry.objects.visible_to(request.actor))
    write = {
        Form.CSV: services.ledger_as_csv,
        Form.XLSX: services.ledger_as_xlsx,
    }
    return table_of(request, "ledger", form, write[form](entries, request.actor))

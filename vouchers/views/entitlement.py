"""Pages of the customer's days."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.filters import refused_export
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
    entries = LedgerEntry.objects.visible_to(request.actor)
    filters = LedgerFilter(request.GET, entries, agreements=agreements)
    saved = SavedAddress.objects.visible_to(request.actor)
    context = {
        "agreements": agreements,
        "page": page_of(filters.qs.with_causes(), request),
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
    entries = LedgerEntry.objects.visible_to(request.actor)
    filters = LedgerFilter(request.GET, entries, agreements=agreements)
    page = reverse("vouchers:entitlement", args=[request.organization.slug])
    refused: HttpResponse | None = refused_export(request, filters, page)
    if refused:
        return refused
    write = {
        Form.CSV: services.ledger_as_csv,
        Form.XLSX: services.ledger_as_xlsx,
    }
    return table_of(request, "ledger", form, write[form](filters.qs, request.actor))

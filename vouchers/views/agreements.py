"""Pages on which a customer activates a benefit and names its contacts."""

from operator import attrgetter

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lists import page_of
from portal.models import SavedAddress
from portal.roles import Side
from portal.spreadsheets.downloads import FileFormat
from portal.web import Request, member, refusals_shown
from vouchers.forms.agreements import ActivateForm, ContactsForm, typed_contacts
from vouchers.models import CustomerAgreement
from vouchers.presentation import exports
from vouchers.services import agreements, roles
from vouchers.views.vouchers import list_of


def find(request: Request, pk: int) -> CustomerAgreement:
    own_agreements = CustomerAgreement.objects.visible_to(request.actor).with_pool()
    agreement: CustomerAgreement = get_object_or_404(own_agreements, pk=pk)
    return agreement


def to_pool(agreement: CustomerAgreement) -> HttpResponse:
    return redirect(f"{agreement.get_absolute_url()}#agreement-{agreement.pk}")


@member(*roles.OWNERS, side=Side.CUSTOMER)
def activate(request: Request, pk: int) -> HttpResponse:
    """Show the terms and ask for the contacts; then the benefit is active."""
    agreement = find(request, pk)
    form = ActivateForm(request.POST or None, agreement=agreement, by=request.actor)
    if form.is_valid():
        with refusals_shown(request, form):
            agreements.activate(
                agreement,
                accepts=form.text,
                contacts=form.contacts(),
                by=request.actor,
            )
            messages.success(
                request, _("The benefit is active. Create a voucher next.")
            )
            return to_pool(agreement)
    context = {"agreement": agreement, "form": form}
    return render(request, "vouchers/activate.html", context)


@member(*roles.OWNERS, side=Side.CUSTOMER)
def contacts(request: Request, pk: int) -> HttpResponse:
    """Show the contacts of an agreement with what was accepted, and change them."""
    agreement = find(request, pk)
    form = ContactsForm(request.POST or None, initial=typed_contacts(agreement))
    if form.is_valid():
        with refusals_shown(request, form):
            agreements.change_contacts(
                agreement, contacts=form.contacts(), by=request.actor
            )
            messages.success(request, _("The contacts are kept."))
            return to_pool(agreement)
    context = {"agreement": agreement, "form": form}
    return render(request, "vouchers/contacts.html", context)


@require_safe
@member(side=Side.CUSTOMER)
def entitlement(request: Request) -> HttpResponse:
    """Show each agreement's pool, and the ledger of what became of the days."""
    filters = exports.ledger_filter(request.actor, request.GET)
    saved = SavedAddress.objects.visible_to(request.actor)
    context = {
        "agreements": sorted(
            filters.agreements.values(), key=attrgetter("ends_on", "pk")
        ),
        "page": page_of(filters.qs.with_causes(), request),
        "filters": filters,
        "saved": saved.of(request.actor.person, "vouchers:entitlement"),
        "is_owner": request.actor.has(*roles.OWNERS),
    }
    return render(request, "vouchers/entitlement.html", context)


@require_safe
@member(side=Side.CUSTOMER)
def export_csv(request: Request) -> HttpResponseBase:
    """Hand out all entries that the ledger shows under the same address."""
    return shown_entries(request, FileFormat.CSV)


@member(side=Side.CUSTOMER)
def export_xlsx(request: Request) -> HttpResponseBase:
    """Hand out the ledger as a workbook, or have a long one made."""
    return shown_entries(request, FileFormat.XLSX)


def shown_entries(request: Request, file_format: FileFormat) -> HttpResponseBase:
    filters = exports.ledger_filter(request.actor, request.GET)
    page = reverse("vouchers:entitlement", args=[request.organization.slug])
    return list_of(request, exports.LEDGER, filters, page, file_format)

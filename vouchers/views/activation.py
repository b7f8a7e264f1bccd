"""Pages on which a customer activates a benefit and names its contacts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from portal.roles import Kind
from portal.web import Request, member, refusals_shown
from vouchers import services
from vouchers.forms.contacts import ActivateForm, ContactsForm, typed_contacts
from vouchers.models import CustomerAgreement


def find(request: Request, pk: int) -> CustomerAgreement:
    mine = CustomerAgreement.objects.visible_to(request.actor).with_pool()
    found: CustomerAgreement = get_object_or_404(mine, pk=pk)
    return found


def to_pool(agreement: CustomerAgreement) -> HttpResponse:
    return redirect(f"{agreement.get_absolute_url()}#agreement-{agreement.pk}")


@member(*services.OWNERS, side=Kind.CUSTOMER)
def activate(request: Request, pk: int) -> HttpResponse:
    """Show the terms and ask for the contacts; then the benefit is active."""
    agreement = find(request, pk)
    form = ActivateForm(request.POST or None, agreement=agreement, by=request.actor)
    if form.is_valid():
        with refusals_shown(request, form):
            services.activate(
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


@member(*services.OWNERS, side=Kind.CUSTOMER)
def contacts(request: Request, pk: int) -> HttpResponse:
    """Show the contacts of an agreement with what was accepted, and change them."""
    agreement = find(request, pk)
    form = ContactsForm(request.POST or None, initial=typed_contacts(agreement))
    if form.is_valid():
        with refusals_shown(request, form):
            services.change_contacts(
                agreement, contacts=form.contacts(), by=request.actor
            )
            messages.success(request, _("The contacts are kept."))
            return to_pool(agreement)
    context = {"agreement": agreement, "form": form}
    return render(request, "vouchers/contacts.html", context)

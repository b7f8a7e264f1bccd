"""What a partner does with vouchers."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.roles import Side
from portal.web import Request, member, refusals_shown
from vouchers.forms.reservations import ReleaseForm, ReserveForm, ValidateForm
from vouchers.presentation import vouchers
from vouchers.services import reservations, roles
from vouchers.views.vouchers import find, show, to_detail


@member(*roles.HOLDERS, side=Side.PARTNER)
def validate(request: Request) -> HttpResponse:
    """Find a voucher by number and e-mail, and go on to reserve it."""
    form = ValidateForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            voucher = reservations.find_by_number(**form.cleaned_data, by=request.actor)
            page = reverse(
                "vouchers:reserve",
                args=[request.organization.slug, voucher.number],
                query={"proof": reservations.proof_token(voucher, by=request.actor)},
            )
            return redirect(page)
    return render(request, "vouchers/validate.html", {"form": form})


@member(*roles.HOLDERS, side=Side.PARTNER)
def reserve(request: Request, number: str) -> HttpResponse:
    """Show whether the voucher can be reserved, and take the reservation."""
    proof = request.GET.get("proof", "")
    voucher = reservations.to_reserve(number, proof, by=request.actor)
    if voucher is None:
        raise Http404
    if voucher.is_held_by(request.organization):
        return to_detail(request, voucher)
    form = ReserveForm(request.POST or None, voucher=voucher, by=request.actor)
    if form.is_valid():
        with refusals_shown(request, form):
            reservations.reserve(voucher, **form.cleaned_data, by=request.actor)
            messages.success(
                request, _("Voucher %(number)s is yours.") % {"number": voucher}
            )
            return to_detail(request, voucher)
    return show(
        request,
        "reserve",
        voucher,
        form=form,
        offer=reservations.offer_to(request.organization, voucher),
        facts=vouchers.facts_of(voucher, request.organization),
    )


@member(*roles.HOLDERS, side=Side.PARTNER)
def release(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    form = ReleaseForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            reservations.release(voucher, **form.cleaned_data, by=request.actor)
            messages.success(
                request,
                _("Voucher %(number)s is given back. The customer is told.")
                % {"number": voucher},
            )
            return redirect("vouchers:index", request.organization.slug)
    return show(request, "release", voucher, form=form)

"""Pages of days and vouchers, for the customer and for the partner."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.audit import timeline
from portal.paging import page_of
from portal.panels import panels_for
from portal.roles import Kind
from portal.web import Request, member, refusals_shown
from vouchers import services
from vouchers.forms import (
    AssignForm,
    CreateForm,
    FilterForm,
    ReleaseForm,
    ReserveForm,
    ValidateForm,
)
from vouchers.models import CustomerAgreement, LedgerEntry, Voucher
from vouchers.steps import facts_of, hold_of, ways_for


def find(request: Request, number: str) -> Voucher:
    mine = Voucher.objects.visible_to(request.actor).whole()
    found: Voucher = get_object_or_404(mine, number=number)
    return found


def to_detail(request: Request, voucher: Voucher) -> HttpResponse:
    return redirect(voucher.url_for(request.organization))


def show(request: Request, page: str, voucher: Voucher, **context: Any) -> HttpResponse:
    """Show a page about one voucher, with the way back to it."""
    frame = {"voucher": voucher, "page_url": voucher.url_for(request.organization)}
    return render(request, f"vouchers/{page}.html", {**frame, **context})


@require_safe
@member(side=Kind.CUSTOMER)
def entitlement(request: Request) -> HttpResponse:
    """Show each agreement's pool, and the ledger of what became of the days."""
    agreements = CustomerAgreement.objects.visible_to(request.actor).with_pool()
    entries = LedgerEntry.objects.visible_to(request.actor)
    context = {
        "agreements": agreements,
        "page": page_of(entries.prefetch_related("agreement", "voucher"), request),
        "is_owner": request.actor.has(*services.OWNERS),
    }
    return render(request, "vouchers/entitlement.html", context)


@require_POST
@member(*services.OWNERS, side=Kind.CUSTOMER)
def activate(request: Request, pk: int) -> HttpResponse:
    mine = CustomerAgreement.objects.visible_to(request.actor)
    agreement = get_object_or_404(mine, pk=pk)
    with refusals_shown(request):
        services.activate(agreement, by=request.actor)
        messages.success(request, _("The benefit is active. Create a voucher next."))
    return redirect("vouchers:entitlement", request.organization.slug)


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


@require_safe
@member()
def detail(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    reservation = services.live_reservation(voucher)
    return show(
        request,
        "detail",
        voucher,
        facts=facts_of(voucher, request.organization),
        panels=panels_for(settings.VOUCHER_PANELS, voucher, request.actor),
        hold=hold_of(reservation) if reservation else [],
        ways=ways_for(voucher, request.actor),
        timeline=timeline(voucher, request.actor),
    )


@member(*services.OWNERS, side=Kind.CUSTOMER)
def create(request: Request) -> HttpResponse:
    form = CreateForm(request.POST or None, by=request.actor)
    if form.is_valid():
        agreement = form.cleaned_data["agreement"]
        with refusals_shown(request, form):
            voucher = services.create(agreement, form.wanted(), by=request.actor)
            messages.success(
                request, _("Voucher %(number)s is created.") % {"number": voucher}
            )
            return redirect(
                "vouchers:assign", request.organization.slug, voucher.number
            )
    return render(request, "vouchers/create.html", {"form": form})


@member(*services.OWNERS, side=Kind.CUSTOMER)
def assign(request: Request, number: str) -> HttpResponse:
    """Give a voucher to people, the first time or to others."""
    voucher = find(request, number)
    form = AssignForm(request.POST or None, voucher=voucher)
    if form.is_valid():
        with refusals_shown(request, form):
            services.assign(voucher, **form.cleaned_data, by=request.actor)
            messages.success(
                request, _("Voucher %(number)s is assigned.") % {"number": voucher}
            )
            return to_detail(request, voucher)
    return show(request, "assign", voucher, form=form)


@member(*services.OWNERS, side=Kind.CUSTOMER)
def recall(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    if request.method != "POST":
        return show(request, "recall", voucher)
    with refusals_shown(request):
        services.recall(voucher, by=request.actor)
        messages.success(
            request,
            _("Voucher %(number)s is no longer assigned.") % {"number": voucher},
        )
    return to_detail(request, voucher)


@member(*services.OWNERS, side=Kind.CUSTOMER)
def cancel(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    if request.method != "POST":
        return show(request, "cancel", voucher)
    with refusals_shown(request):
        services.cancel(voucher, by=request.actor)
        messages.success(
            request,
            _("Voucher %(number)s is cancelled; its days are back in the pool.")
            % {"number": voucher},
        )
    return to_detail(request, voucher)


@member(*services.HOLDERS, side=Kind.PARTNER)
def validate(request: Request) -> HttpResponse:
    """Find a voucher by number and e-mail, and go on to reserve it."""
    form = ValidateForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            voucher = services.find_by_number(**form.cleaned_data, by=request.actor)
            page = reverse(
                "vouchers:reserve",
                args=[request.organization.slug, voucher.number],
                query={"proof": services.proof_of(voucher, by=request.actor)},
            )
            return redirect(page)
    return render(request, "vouchers/validate.html", {"form": form})


@member(*services.HOLDERS, side=Kind.PARTNER)
def reserve(request: Request, number: str) -> HttpResponse:
    """Show whether the voucher can be reserved, and take the reservation."""
    proof = request.GET.get("proof", "")
    voucher = services.to_reserve(number, proof, by=request.actor)
    if voucher is None:
        raise Http404
    if voucher.is_held_by(request.organization):
        return to_detail(request, voucher)
    form = ReserveForm(request.POST or None, voucher=voucher, by=request.actor)
    if form.is_valid():
        with refusals_shown(request, form):
            services.reserve(voucher, **form.cleaned_data, by=request.actor)
            messages.success(
                request, _("Voucher %(number)s is yours.") % {"number": voucher}
            )
            return to_detail(request, voucher)
    return show(
        request,
        "reserve",
        voucher,
        form=form,
        offer=services.offer_to(request.organization, voucher),
        facts=facts_of(voucher, request.organization),
    )


@member(*services.HOLDERS, side=Kind.PARTNER)
def release(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    form = ReleaseForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            services.release(voucher, **form.cleaned_data, by=request.actor)
            messages.success(
                request,
                _("Voucher %(number)s is given back. The customer is told.")
                % {"number": voucher},
            )
            return redirect("vouchers:index", request.organization.slug)
    return show(request, "release", voucher, form=form)

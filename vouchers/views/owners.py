"""What a customer does with its vouchers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.roles import Kind
from portal.web import Request, member, refusals_shown
from vouchers import services
from vouchers.endings import endings_of
from vouchers.forms.owners import AssignForm, CreateForm
from vouchers.views.shared import find, show, to_detail


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
    context = {"form": form, "endings": endings_of(form.engagement_types)}
    return render(request, "vouchers/create.html", context)


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

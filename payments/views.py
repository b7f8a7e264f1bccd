"""Pages of payments: what can be invoiced, what was, and what became of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from payments.forms import CorrectionForm, RequestFilter, RequestForm
from payments.models import PaymentLine, PaymentRequest
from payments.presentation import requests as request_presentation
from payments.services import requests as request_services
from payments.services.requests import Draft
from portal.audit import timeline
from portal.lists import page_of
from portal.roles import Side
from portal.web import Request, member, refusals_shown


def find(request: Request, reference: str) -> PaymentRequest:
    mine = PaymentRequest.objects.visible_to(request.actor).whole()
    found: PaymentRequest = get_object_or_404(mine, reference=reference)
    return found


def to_detail(request: Request, made: PaymentRequest) -> HttpResponse:
    return redirect(made.url_for(request.organization))


@require_safe
@member(side=Side.PARTNER)
def index(request: Request) -> HttpResponse:
    rows = PaymentRequest.objects.visible_to(request.actor).for_list()
    filters = RequestFilter(request.GET, rows)
    context = {
        "page": page_of(filters.qs, request),
        "filters": filters,
        "may_request": request.actor.has(*request_services.INVOICERS),
    }
    return render(request, "payments/index.html", context)


@member(*request_services.INVOICERS, side=Side.PARTNER)
def request_payment(request: Request) -> HttpResponse:
    """Ask for vouchers and invoice, show the answers with the sums, then send."""
    claims = request_services.claims_of(request.organization)
    form = RequestForm(request.POST or None, claims=claims, initial=preset(request))
    if "change" not in request.POST and form.is_valid():
        with refusals_shown(request, form):
            if "send" in request.POST:
                return send(request, form)
            context = {"form": form, "draft": draft(request, form)}
            return render(request, "payments/check.html", context)
    barred = [claim for claim in claims if claim.refusal]
    context = {"form": form, "barred": barred}
    return render(request, "payments/request.html", context)


def preset(request: Request) -> dict[str, Any]:
    """Choose beforehand the engagement that a link names."""
    return {"engagements": request.GET.getlist("engagement")}


def draft(request: Request, form: RequestForm) -> Draft:
    return request_services.draft(form.chosen(), form.invoice, by=request.actor)


def send(request: Request, form: RequestForm) -> HttpResponse:
    made = request_services.submit(form.chosen(), form.invoice, by=request.actor)
    messages.success(
        request,
        _("Payment request %(reference)s is sent. The sponsor checks it next.")
        % {"reference": made.reference},
    )
    return to_detail(request, made)


@require_safe
@member(side=Side.PARTNER)
def detail(request: Request, reference: str) -> HttpResponse:
    found = find(request, reference)
    step = request_presentation.STEPS[found.state]
    context = {
        "payment_request": found,
        "lines": PaymentLine.objects.visible_to(request.actor).of(found),
        "facts": request_presentation.facts_of(found),
        "step": step,
        "until": step.until(found),
        "may_invoice": request.actor.has(*request_services.INVOICERS),
        "timeline": timeline(found, request.actor),
    }
    return render(request, "payments/detail.html", context)


@member(*request_services.INVOICERS, side=Side.PARTNER)
def correct(request: Request, reference: str) -> HttpResponse:
    found = find(request, reference)
    form = CorrectionForm(request.POST or None, request=found)
    if form.is_valid():
        with refusals_shown(request, form):
            request_services.resubmit(found, form.invoice, by=request.actor)
            messages.success(request, _("The corrected request is sent."))
            return to_detail(request, found)
    context = {"form": form, "payment_request": found}
    return render(request, "payments/correct.html", context)


@member(*request_services.INVOICERS, side=Side.PARTNER)
def cancel(request: Request, reference: str) -> HttpResponse:
    found = find(request, reference)
    if request.method != "POST":
        lines = PaymentLine.objects.visible_to(request.actor).of(found)
        context = {"payment_request": found, "lines": lines}
        return render(request, "payments/cancel.html", context)
    with refusals_shown(request):
        request_services.cancel(found, by=request.actor)
        messages.success(
            request, _("The request is cancelled. Its vouchers are free again.")
        )
    return to_detail(request, found)

"""Pages of payments: what can be invoiced, what was, and what became of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from engagements.models import EngagementQuerySet
from payments.forms import ClaimFilter, CorrectionForm, RequestFilter, RequestForm
from payments.models import PaymentLine, PaymentRequest
from payments.presentation import requests as request_presentation
from payments.services import requests as request_services
from payments.services.requests import Claim, Draft
from portal.audit import timeline
from portal.lists import page_of
from portal.roles import Side
from portal.text import parse_int
from portal.web import Request, member, refusals_shown


def find(request: Request, reference: str) -> PaymentRequest:
    payment_requests = PaymentRequest.objects.visible_to(request.actor).with_details()
    payment_request: PaymentRequest = get_object_or_404(
        payment_requests, reference=reference
    )
    return payment_request


def to_detail(request: Request, payment_request: PaymentRequest) -> HttpResponse:
    return redirect(payment_request.url_for(request.organization))


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


# So many the form offers, and so many that cannot be invoiced it names.
MOST_OFFERED = 100
MOST_BARRED = 20


@member(*request_services.INVOICERS, side=Side.PARTNER)
def request_payment(request: Request) -> HttpResponse:
    """Ask for vouchers and invoice, show the answers with the sums, then send."""
    filters = ClaimFilter(request.GET, by=request.actor)
    offered, barred = _claims_found(request, filters)
    form = RequestForm(
        request.POST or None,
        claims=offered[:MOST_OFFERED],
        initial={"engagements": _keys_chosen(request)},
    )
    if "change" not in request.POST and form.is_valid():
        with refusals_shown(request, form):
            if "send" in request.POST:
                return send(request, form)
            context = {"form": form, "draft": draft(request, form)}
            return render(request, "payments/check.html", context)
    context = {
        "form": form,
        "filters": filters,
        "is_cut": len(offered) > MOST_OFFERED,
        "is_narrow": any(request.GET.get(name) for name in filters.fields),
        "most": MOST_OFFERED,
        "barred": barred[:MOST_BARRED],
        "more_barred": len(barred) > MOST_BARRED,
    }
    return render(request, "payments/request.html", context)


def _keys_chosen(request: Request) -> list[str]:
    """Return the engagements that were chosen, or that a link names."""
    keys = request.POST.getlist("engagements")
    return keys or request.GET.getlist("engagement")


def _claims_found(
    request: Request, filters: ClaimFilter
) -> tuple[list[Claim], list[Claim]]:
    """Read what the form offers and what is barred; of each one more, if there is.

    What is named comes first. They are found on narrow rows, and what the page shows of
    both is read at once.
    """
    payable = request_services.payable_engagements(request.organization)
    keys_typed = [parse_int(key) for key in _keys_chosen(request)]
    keys = [key for key in keys_typed if key is not None][:MOST_OFFERED]
    named_keys = _first_keys(payable.filter(pk__in=keys), MOST_OFFERED)
    others = filters.narrow(payable).exclude(pk__in=keys)
    offered_keys = [
        *named_keys,
        *_first_keys(others, MOST_OFFERED + 1 - len(named_keys)),
    ]
    barred = request_services.engagements_barred(request.organization)
    barred_keys = _first_keys(barred, MOST_BARRED + 1)
    claims = request_services.claims_by_key([*offered_keys, *barred_keys])
    return (
        [claims[key] for key in offered_keys if key in claims],
        [claims[key] for key in barred_keys if key in claims],
    )


def _first_keys(engagements: EngagementQuerySet, most: int) -> list[int]:
    return list(engagements.values_list("pk", flat=True)[:most])


def draft(request: Request, form: RequestForm) -> Draft:
    return request_services.draft(
        form.chosen_engagements(), form.invoice, by=request.actor
    )


def send(request: Request, form: RequestForm) -> HttpResponse:
    payment_request = request_services.submit(
        form.chosen_engagements(), form.invoice, by=request.actor
    )
    messages.success(
        request,
        _("Payment request %(reference)s is sent. The sponsor checks it next.")
        % {"reference": payment_request.reference},
    )
    return to_detail(request, payment_request)


@require_safe
@member(side=Side.PARTNER)
def detail(request: Request, reference: str) -> HttpResponse:
    payment_request = find(request, reference)
    step = request_presentation.STEPS[payment_request.state]
    context = {
        "payment_request": payment_request,
        "lines": PaymentLine.objects.visible_to(request.actor).of(payment_request),
        "facts": request_presentation.facts_of(payment_request),
        "step": step,
        "until": step.until(payment_request),
        "may_invoice": request.actor.has(*request_services.INVOICERS),
        "timeline": timeline(payment_request, request.actor),
    }
    return render(request, "payments/detail.html", context)


@member(*request_services.INVOICERS, side=Side.PARTNER)
def correct(request: Request, reference: str) -> HttpResponse:
    payment_request = find(request, reference)
    form = CorrectionForm(request.POST or None, request=payment_request)
    if form.is_valid():
        with refusals_shown(request, form):
            request_services.resubmit(payment_request, form.invoice, by=request.actor)
            messages.success(request, _("The corrected request is sent."))
            return to_detail(request, payment_request)
    context = {"form": form, "payment_request": payment_request}
    return render(request, "payments/correct.html", context)


@member(*request_services.INVOICERS, side=Side.PARTNER)
def cancel(request: Request, reference: str) -> HttpResponse:
    payment_request = find(request, reference)
    if request.method != "POST":
        lines = PaymentLine.objects.visible_to(request.actor).of(payment_request)
        context = {"payment_request": payment_request, "lines": lines}
        return render(request, "payments/cancel.html", context)
    with refusals_shown(request):
        request_services.cancel(payment_request, by=request.actor)
        messages.success(
            request, _("The request is cancelled. Its vouchers are free again.")
        )
    return to_detail(request, payment_request)

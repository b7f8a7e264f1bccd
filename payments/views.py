"""Pages of payments: what can be invoiced, what was, and what became of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from engagements.models import Engagement
from payments.forms import ClaimFilter, CorrectionForm, RequestFilter, RequestForm
from payments.models import PaymentLine, PaymentRequest
from payments.presentation import requests as request_presentation
from payments.services import requests as request_services
from payments.services.requests import Draft
from portal.audit import timeline
from portal.lists import page_of
from portal.roles import Side
from portal.web import Request, member, parse_int, refusals_shown


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


# So many the form offers, and so many that cannot be invoiced it names.
MOST_OFFERED = 100
MOST_BARRED = 20


@member(*request_services.INVOICERS, side=Side.PARTNER)
def request_payment(request: Request) -> HttpResponse:
    """Ask for vouchers and invoice, show the answers with the sums, then send."""
    filters = ClaimFilter(request.GET, by=request.actor)
    offered = _offered(request, filters)
    form = RequestForm(
        request.POST or None,
        claims=request_services.claims_of(offered[:MOST_OFFERED]),
        initial={"engagements": _named(request)},
    )
    if "change" not in request.POST and form.is_valid():
        with refusals_shown(request, form):
            if "send" in request.POST:
                return send(request, form)
            context = {"form": form, "draft": draft(request, form)}
            return render(request, "payments/check.html", context)
    barred = list(request_services.barred(request.organization)[: MOST_BARRED + 1])
    context = {
        "form": form,
        "filters": filters,
        "is_cut": len(offered) > MOST_OFFERED,
        "is_narrow": any(request.GET.get(name) for name in filters.fields),
        "most": MOST_OFFERED,
        "barred": request_services.claims_of(barred[:MOST_BARRED]),
        "more_barred": len(barred) > MOST_BARRED,
    }
    return render(request, "payments/request.html", context)


def _named(request: Request) -> list[str]:
    """Return the engagements that were chosen, or that a link names."""
    chosen = request.POST.getlist("engagements")
    return chosen or request.GET.getlist("engagement")


def _offered(request: Request, filters: ClaimFilter) -> list[Engagement]:
    """Read what the form offers, what is named first; and one more, if there is."""
    payable = request_services.payable(request.organization)
    asked = [parse_int(each) for each in _named(request)]
    keys = [key for key in asked if key is not None][:MOST_OFFERED]
    named = list(payable.filter(pk__in=keys))
    others = filters.narrow(payable).exclude(pk__in=keys)
    return [*named, *others[: MOST_OFFERED + 1 - len(named)]]


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

"""Pages on which customers write to partners, and partners answer."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.forms.enquiries import AcceptForm, DeclineForm, EnquiryForm
from enrollment.models import Enquiry
from enrollment.services import enquiries, roles
from enrollment.views.enrollments import partner_page
from portal.audit import timeline
from portal.lists import page_of
from portal.roles import Side
from portal.web import Request, member, refusals_shown

customer_page = partial(member, side=Side.CUSTOMER)


@require_safe
@member()
def index(request: Request) -> HttpResponse:
    """List the enquiries of the organization, the latest first."""
    own_enquiries = Enquiry.objects.visible_to(request.actor)
    named = own_enquiries.select_related("customer", "partner", "engagement_type")
    context = {"page": page_of(named, request)}
    return render(request, "enrollment/enquiries/index.html", context)


@require_safe
@member()
def detail(request: Request, pk: int) -> HttpResponse:
    enquiry = _find(request, pk)
    context = {
        "enquiry": enquiry,
        "is_answerer": request.actor.has(*roles.ANSWERERS),
        "timeline": timeline(enquiry, request.actor),
    }
    return render(request, "enrollment/enquiries/detail.html", context)


def _find(request: Request, pk: int) -> Enquiry:
    own_enquiries = Enquiry.objects.visible_to(request.actor).select_related(
        "customer", "partner", "engagement_type", "asked_by", "answered_by", "reason"
    )
    return get_object_or_404(own_enquiries, pk=pk)


@customer_page(*roles.ASKERS)
def enquire(request: Request) -> HttpResponse:
    """Write to the partner that the address names."""
    query = request.GET
    profile = enquiries.profile_to_ask(
        query.get("partner", ""), query.get("country", "")
    )
    if profile is None:
        messages.info(request, _("Choose a partner from the directory first."))
        return redirect("directory:index")
    types = enquiries.types_to_ask(profile.partner)
    wished = {engagement_type.slug: engagement_type for engagement_type in types}.get(
        query.get("what", "")
    )
    initial = {"engagement_type": wished}
    form = EnquiryForm(request.POST or None, types=types, initial=initial)
    if form.is_valid():
        with refusals_shown(request, form):
            enquiry = enquiries.enquire(profile, **form.cleaned_data, by=request.actor)
            messages.success(request, _("Sent. You get a mail with the answer."))
            return redirect(enquiry.address_for(request.organization))
    context = {"form": form, "profile": profile}
    return render(request, "enrollment/enquiries/enquire.html", context)


@partner_page(*roles.ANSWERERS)
def accept(request: Request, pk: int) -> HttpResponse:
    enquiry = _find(request, pk)
    form = AcceptForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            enquiries.accept_enquiry(
                enquiry, answer=form.cleaned_data["answer"], by=request.actor
            )
            messages.success(request, _("Accepted. The customer is told by mail."))
            return redirect(enquiry.address_for(request.organization))
    context = {"form": form, "enquiry": enquiry}
    return render(request, "enrollment/enquiries/accept.html", context)


@partner_page(*roles.ANSWERERS)
def decline(request: Request, pk: int) -> HttpResponse:
    enquiry = _find(request, pk)
    form = DeclineForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            enquiries.decline_enquiry(enquiry, **form.cleaned_data, by=request.actor)
            messages.success(request, _("Declined. The customer is told by mail."))
            return redirect(enquiry.address_for(request.organization))
    context = {"form": form, "enquiry": enquiry}
    return render(request, "enrollment/enquiries/decline.html", context)

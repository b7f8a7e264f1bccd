"""Pages of the program agreement."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from enrollment import services
from enrollment.forms import SignForm
from enrollment.models import Program
from enrollment.overview import Overview
from enrollment.views.shared import partner_page
from portal.accounts import client_address
from portal.web import Request, refusals_shown


@partner_page(*services.ADMINS)
def agreement(request: Request, program: str) -> HttpResponse:
    """Show the whole text in force, and take the signature."""
    here = Overview(request.organization, get_object_or_404(Program, code=program))
    text = here.facts.agreement_on(here.today)
    if text is None:
        raise Http404
    form = SignForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid():
        with refusals_shown(request, form):
            services.sign(
                text,
                name=form.cleaned_data["name"],
                title=form.cleaned_data["title"],
                address=client_address(request),
                by=request.actor,
            )
            messages.success(request, _("The agreement is signed."))
            return redirect(here.url("program"))
    context = {
        "overview": here,
        "agreement": text,
        "signature": here.facts.signature_on(here.today),
        "form": form,
    }
    return render(request, "enrollment/agreement.html", context)

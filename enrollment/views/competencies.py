"""Pages on which a partner proves what it can do."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from enrollment import services
from enrollment.forms import CompetencyForm
from enrollment.views.shared import partner_page, to_overview
from portal.web import Request, refusals_shown


@partner_page(*services.ADMINS)
def competency_add(request: Request) -> HttpResponse:
    form = CompetencyForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_shown(request, form):
            services.add_competency(
                form.save(commit=False), form.cleaned_data["proof"], by=request.actor
            )
            messages.success(
                request, _("Added. The sponsor checks the proof and writes to you.")
            )
            return to_overview(request)
    return render(request, "enrollment/competency_add.html", {"form": form})

"""The page that says what a partner can deliver, and what helps with the rest."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enrollment.eligibility.prospects import Prospects
from enrollment.forms.programs import EligibilityForm
from enrollment.services import roles
from enrollment.views.enrollments import here_of, partner_page
from portal.web import Request


@require_safe
@partner_page(*roles.READERS)
def eligibility(request: Request, program: str) -> HttpResponse:
    """Judge every engagement type of a program, today or on another date."""
    overview = here_of(request, program, only_asked=True)
    form = EligibilityForm(request.GET)
    data = form.cleaned_data if form.is_valid() else {}
    prospects = Prospects(
        overview.facts,
        overview.offerings,
        data.get("on") or overview.today,
        data.get("country", ""),
        is_admin=request.actor.has(*roles.ADMINS),
    )
    context = {"overview": overview, "prospects": prospects, "form": form}
    return render(request, "enrollment/eligibility.html", context)

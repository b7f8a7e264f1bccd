"""The page that says what a partner can deliver, and what helps with the rest."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enrollment import services
from enrollment.forms import EligibilityForm
from enrollment.prospects import Prospects
from enrollment.views.enrollments import here_of
from enrollment.views.shared import partner_page
from portal.web import Request


@require_safe
@partner_page(*services.READERS)
def eligibility(request: Request, program: str) -> HttpResponse:
    """Judge every engagement type of a program, today or on another date."""
    here = here_of(request, program)
    form = EligibilityForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    prospects = Prospects(
        here.facts,
        here.offerings,
        asked.get("on") or here.today,
        asked.get("country", ""),
        is_admin=request.actor.has(*services.ADMINS),
    )
    context = {"overview": here, "prospects": prospects, "form": form}
    return render(request, "enrollment/eligibility.html", context)

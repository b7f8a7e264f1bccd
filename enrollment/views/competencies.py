"""Pages on which a partner proves what it can do."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from enrollment.forms.competencies import CompetencyForm
from enrollment.models import HeldCompetency
from enrollment.services import competencies, roles
from enrollment.views.enrollments import partner_page, to_overview
from portal import clock, drafts
from portal.text import parse_int
from portal.web import Request, refusals_shown


@partner_page(*roles.ADMINS)
def competency_add(request: Request) -> HttpResponse:
    """Add a competency, or the next year of one: ``?renew=`` names it."""
    form = CompetencyForm(*drafts.form_data(request), initial=_begin_with(request))
    if form.is_valid():
        with refusals_shown(request, form):
            competencies.add_competency(
                form.save(commit=False), form.cleaned_data["proof"], by=request.actor
            )
            messages.success(
                request, _("Added. The sponsor checks the proof and writes to you.")
            )
            return to_overview(request)
    drafts.keep_files(request, form)
    return render(request, "enrollment/competency_add.html", {"form": form})


def _begin_with(request: Request) -> dict[str, Any]:
    competency = parse_int(request.GET.get("competency", ""))
    old = parse_int(request.GET.get("renew", ""))
    if old is None:
        return {} if competency is None else {"competency": competency}
    held_competencies = HeldCompetency.objects.visible_to(request.actor)
    held_competency = get_object_or_404(
        held_competencies.select_related("competency"), pk=old
    )
    today = clock.today(request.organization.time_zone)
    first, last = held_competency.renewal_dates(today)
    return {
        "competency": held_competency.competency_id,
        "level": held_competency.level,
        "valid_from": first,
        "valid_until": last,
    }

"""Pages about somebody who leaves: what would follow, and handing the work over."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from enrollment.forms.leavers import HandOverWorkForm, LeavingForm
from enrollment.models import Consultant
from enrollment.presentation.leavers import WhatIf
from enrollment.services import leavers, roles
from enrollment.services.leavers import HandOver
from enrollment.views.enrollments import partner_page
from portal import clock, fields
from portal.models import Membership
from portal.registry import OpenWork, work_of
from portal.web import Request, refusals_shown


@require_safe
@partner_page(*roles.PLANNERS)
def what_if(request: Request) -> HttpResponse:
    """Show what would follow if a person left or a proof lapsed; changes nothing."""
    outlook = WhatIf(request.actor)
    is_asked = "what" in request.GET
    form = LeavingForm(
        request.GET if is_asked else None,
        groups=outlook.groups(),
        initial={"last_day": outlook.today},
    )
    context: dict[str, Any] = {
        "form": form,
        "is_admin": request.actor.has(*roles.ADMINS),
    }
    if form.is_valid():
        last_day = form.cleaned_data["last_day"]
        context["outcome"] = outlook.outcome(*form.choice, last_day)
    return render(request, "enrollment/consultants/leaver.html", context)


@partner_page(*roles.ADMINS)
def hand_over(request: Request, pk: int) -> HttpResponse:
    """Hand all open work of a colleague over to another one."""
    memberships = Membership.objects.visible_to(request.actor).active()
    memberships_by_name = memberships.select_related("person", "organization")
    leaver = get_object_or_404(memberships_by_name, pk=pk)
    today = clock.today(request.organization.time_zone)
    last_day = asked_day(request) or today
    work = work_of(leaver.person, request.organization, last_day)
    colleagues = memberships_by_name.exclude(pk=pk).order_by("person__name")
    employed = Consultant.objects.visible_to(request.actor).working_on(today)
    form = HandOverWorkForm(
        request.POST or None,
        colleagues=colleagues,
        words={
            colleague.pk: suitability_of(work, colleague) for colleague in colleagues
        },
        is_consultant=employed.filter(person=leaver.person).exists(),
        initial={"last_day": last_day},
    )
    if form.is_valid():
        with refusals_shown(request, form):
            plan = HandOver(**form.cleaned_data)
            pieces = leavers.hand_over(leaver, plan, by=request.actor)
            messages.success(request, handed_over(len(pieces), plan))
            return redirect("enrollment:consultants", request.organization.slug)
    context = {"form": form, "leaver": leaver, "work": work}
    return render(request, "enrollment/consultants/hand_over.html", context)


def asked_day(request: Request) -> date | None:
    """Return the day of the address; nothing where it is none."""
    return fields.day_in_address(request.GET.get("last_day", ""))


def suitability_of(work: list[OpenWork], colleague: Membership) -> str:
    if not work:
        return ""
    missing = leavers.check_leaver(work, colleague)
    return _("cannot lead all of it") if missing else _("can lead all of it")


def handed_over(count: int, plan: HandOver) -> str:
    sentence = ngettext(
        "%(count)s piece of work went to %(name)s.",
        "%(count)s pieces of work went to %(name)s.",
        count,
    )
    return sentence % {"count": count, "name": plan.to.person}

"""What the pages of this app share."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.eligibility import requirements
from enrollment.eligibility.prospects import Prospects
from enrollment.forms.enrollments import AddOfferingForm, OfferingsForm
from enrollment.models import Enrollment, HeldCompetency, Program, Section
from enrollment.models.states import EnrollmentState
from enrollment.presentation import enrollments as enrollment_presentation
from enrollment.presentation.enrollments import Overview
from enrollment.presentation.reviews import Part
from enrollment.services import enrollments as enrollment_services
from enrollment.services import roles
from portal import clock
from portal.audit import timeline
from portal.findings import unmet_findings
from portal.roles import Side
from portal.web import Request, member, refusals_shown

partner_page = partial(member, side=Side.PARTNER)


def to_overview(request: Request) -> HttpResponse:
    return redirect("enrollment:overview", request.organization.slug)


@require_safe
@partner_page(*roles.READERS)
def overview(request: Request, program: str = "") -> HttpResponse:
    """Show how far the partner is, and what it can deliver."""
    programs = {
        program.code: program for program in enrollment_presentation.all_programs()
    }
    code = program or next(iter(programs), "")
    if code not in programs:
        raise Http404
    is_admin = request.actor.has(*roles.ADMINS)
    overview = Overview(request.organization, programs[code], may_act=is_admin)
    held_competencies = HeldCompetency.objects.visible_to(request.actor)
    context = {
        "overview": overview,
        "programs": programs.values(),
        "held": held_competencies.for_list(),
        "is_admin": is_admin,
        "prospects": Prospects(
            overview.facts, overview.offerings, overview.today, is_admin=is_admin
        ),
        "timeline": timeline(overview.current, request.actor)
        if overview.current
        else [],
    }
    return render(request, "enrollment/overview.html", context)


@partner_page(*roles.ADMINS)
def offerings(request: Request, program: str) -> HttpResponse:
    """Choose offerings; the first choice begins the enrollment."""
    overview = here_of(request, program)
    enrollment = overview.facts.latest or overview.decided_enrollment
    form = OfferingsForm(
        request.POST or None,
        offerings=overview.program.offerings.all(),
        initial={"offerings": enrollment.chosen_offerings if enrollment else []},
    )
    if form.is_valid():
        with refusals_shown(request, form):
            enrollment_services.apply_for(
                overview.program, form.cleaned_data["offerings"], by=request.actor
            )
            messages.success(request, _("Your choice is kept."))
            return redirect(overview.url("program"))
    context = {
        "overview": overview,
        "form": form,
        "chosen_before": overview.facts.latest,
    }
    return render(request, "enrollment/offerings.html", context)


@partner_page(*roles.ADMINS)
def add_offering(request: Request, program: str) -> HttpResponse:
    """Ask for one more offering while the enrollment runs."""
    overview = here_of(request, program)
    if not overview.can_add_offering or overview.current is None:
        return redirect(overview.url("offerings"))
    form = AddOfferingForm(request.POST or None, offerings=overview.addable)
    if form.is_valid():
        with refusals_shown(request, form):
            enrollment_services.add_offering(
                overview.current, form.cleaned_data["offering"], by=request.actor
            )
            messages.success(
                request, _("Asked for. You get a mail when the sponsor decides.")
            )
            return redirect(overview.url("program"))
    context = {"overview": overview, "form": form}
    return render(request, "enrollment/add_offering.html", context)


@partner_page(*roles.ADMINS)
def confirm(request: Request, program: str, section: str) -> HttpResponse:
    """Show what a part of a renewal carries over, to be confirmed or changed."""
    overview = here_of(request, program)
    enrollments = Enrollment.objects.visible_to(request.actor).open()
    enrollment = get_object_or_404(enrollments, program=overview.program)
    if section not in overview.task_list.sections:
        raise Http404
    if request.method == "POST":
        with refusals_shown(request):
            enrollment_services.confirm(enrollment, section, by=request.actor)
            messages.success(request, _("Confirmed."))
            return redirect(overview.url("program"))
    part = Part(overview, Section(section))
    context = {"overview": overview, "enrollment": enrollment, "part": part}
    return render(request, "enrollment/confirm.html", context)


@partner_page(*roles.ADMINS)
def check(request: Request, program: str) -> HttpResponse:
    """Show everything that is about to be sent; the button sends it."""
    overview = here_of(request, program)
    enrollments = Enrollment.objects.visible_to(request.actor).open()
    enrollment = get_object_or_404(enrollments, program=overview.program)
    if request.method == "POST":
        with refusals_shown(request):
            enrollment_services.submit(enrollment, by=request.actor)
            return redirect(overview.url("sent"))
    parts = [Part(overview, section) for section in overview.task_list.sections]
    day = clock.today(request.organization.time_zone)
    context = {
        "overview": overview,
        "enrollment": enrollment,
        "parts": parts,
        "missing": [
            *overview.task_list.missing,
            *unmet_findings(requirements.of_sender(overview.facts, request.user, day)),
        ],
    }
    return render(request, "enrollment/check.html", context)


@require_safe
@partner_page(*roles.ADMINS)
def show_sent(request: Request, program: str) -> HttpResponse:
    """Show the reference of what was sent, and what comes next."""
    overview = here_of(request, program)
    latest = overview.facts.latest
    if latest is None or latest.state != EnrollmentState.SUBMITTED:
        return redirect(overview.url("program"))
    context = {"overview": overview, "enrollment": latest}
    return render(request, "enrollment/sent.html", context)


def here_of(request: Request, program: str, *, only_asked: bool = False) -> Overview:
    shown = get_object_or_404(Program, code=program)
    return Overview(request.organization, shown, only_asked=only_asked)

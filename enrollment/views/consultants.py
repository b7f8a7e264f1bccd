"""Pages of consultants: who they are, since when, what they have passed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment import services
from enrollment.coverage import coverage_of
from enrollment.forms import ConfirmForm, EndForm, InviteConsultantForm
from enrollment.models import Certificate, Consultant
from enrollment.overview import all_programs
from enrollment.views.shared import partner_page
from portal import clock
from portal.audit import news
from portal.models import Invitation
from portal.roles import Role
from portal.web import Request, refusals_shown


def to_list(request: Request) -> HttpResponse:
    return redirect("enrollment:consultants", request.organization.slug)


def find(request: Request, pk: int) -> Consultant:
    mine = Consultant.objects.visible_to(request.actor)
    found: Consultant = get_object_or_404(
        mine.select_related("person", "partner"), pk=pk
    )
    return found


@require_safe
@partner_page(*services.READERS)
def index(request: Request) -> HttpResponse:
    """List who works here, and who did."""
    actor, today = request.actor, clock.today(request.organization.time_zone)
    everybody = Consultant.objects.visible_to(actor).with_counts(today)
    rows = list(everybody.order_by("person__name", "-since"))
    invited = Invitation.objects.visible_to(actor).open()
    context = {
        "here": [each for each in rows if not each.has_left(today)],
        "former": [each for each in rows if each.has_left(today)],
        "mine": next(
            (r for r in rows if r.person == request.user and not r.has_left(today)),
            None,
        ),
        "invitations": invited.filter(roles__contains=[Role.CONSULTANT]),
        "is_admin": actor.has(*services.ADMINS),
        "may_simulate": actor.has(*services.PLANNERS),
        "timeline": news(
            actor, everybody, Certificate.objects.visible_to(actor), length=8
        ),
    }
    return render(request, "enrollment/consultants/index.html", context)


@partner_page(*services.ADMINS)
def invite(request: Request) -> HttpResponse:
    form = InviteConsultantForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            services.invite_consultant(form.cleaned_data["email"], by=request.actor)
            messages.success(
                request,
                _("The invitation to %(email)s is on its way.") % form.cleaned_data,
            )
            return to_list(request)
    return render(request, "enrollment/consultants/invite.html", {"form": form})


@partner_page(*services.READERS)
def confirm(request: Request) -> HttpResponse:
    """Let a person say that she or he works here."""
    elsewhere = services.works_elsewhere(request.actor)
    form = ConfirmForm(request.POST or None, asks_for_former=elsewhere)
    if form.is_valid():
        employment = services.Employment(**form.cleaned_data)
        with refusals_shown(request, form):
            made = services.confirm_employment(employment, by=request.actor)
            messages.success(
                request,
                _("Noted: you work for %(company)s. Next: add the exams you passed.")
                % {"company": request.organization},
            )
            return redirect(made)
    return render(request, "enrollment/consultants/confirm.html", {"form": form})


@require_safe
@partner_page(*services.READERS)
def detail(request: Request, pk: int) -> HttpResponse:
    """Show a consultant with every certificate."""
    consultant = find(request, pk)
    today = clock.today(request.organization.time_zone)
    certificates = Certificate.objects.visible_to(request.actor).filter(
        consultant=consultant
    )
    is_own = consultant.person == request.user
    context = {
        "consultant": consultant,
        "certificates": certificates.select_related("exam", "proof", "reason").order_by(
            "exam__code", "-passed_on"
        ),
        "has_left": consultant.has_left(today),
        "may_act": is_own or request.actor.has(*services.ADMINS),
        "timeline": news(
            request.actor,
            Consultant.objects.visible_to(request.actor).filter(pk=pk),
            certificates,
        ),
    }
    return render(request, "enrollment/consultants/detail.html", context)


@partner_page(*services.READERS)
def end(request: Request, pk: int) -> HttpResponse:
    """Note a last day: the person's own page, or an admin's."""
    consultant = find(request, pk)
    form = EndForm(request.POST or None, initial={"until": consultant.until})
    if form.is_valid():
        with refusals_shown(request, form):
            until = form.cleaned_data["until"]
            services.end_employment(consultant, until=until, by=request.actor)
            messages.success(
                request,
                _("%(name)s works for %(company)s until %(day)s.")
                % {
                    "name": consultant,
                    "company": request.organization,
                    "day": date_format(until),
                },
            )
            return to_list(request)
    context = {"form": form, "consultant": consultant}
    return render(request, "enrollment/consultants/end.html", context)


@require_safe
@partner_page(*services.READERS)
def coverage(request: Request) -> HttpResponse:
    """Show consultants by engagement types, in words."""
    matrices = [coverage_of(request.organization, each) for each in all_programs()]
    return render(
        request, "enrollment/consultants/coverage.html", {"matrices": matrices}
    )

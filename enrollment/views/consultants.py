"""The page on which a certificate is added, by its holder or by an admin."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.eligibility import coverage as eligibility_coverage
from enrollment.forms.consultants import (
    CertificateForm,
    ConfirmForm,
    EndEmploymentForm,
    InviteConsultantForm,
)
from enrollment.models import Certificate, Consultant
from enrollment.presentation import enrollments
from enrollment.services import consultants, roles
from enrollment.services.consultants import Employment
from enrollment.views.enrollments import partner_page
from portal import clock, drafts
from portal.audit import news
from portal.models import Invitation
from portal.roles import Role
from portal.web import Request, refusals_shown


@partner_page(*roles.READERS)
def add(request: Request, pk: int) -> HttpResponse:
    consultant = find(request, pk)
    form = CertificateForm(
        *drafts.form_data(request),
        initial={"exam": request.GET.get("exam", "")},
    )
    if form.is_valid():
        data = form.cleaned_data
        certificate = Certificate(
            consultant=consultant,
            exam=data["exam"],
            passed_on=data["passed_on"],
            valid_until=data["valid_until"],
        )
        with refusals_shown(request, form):
            consultants.add_certificate(certificate, data["proof"], by=request.actor)
            messages.success(
                request, _("Added. The sponsor checks the proof and writes to you.")
            )
            return redirect(consultant)
    drafts.keep_files(request, form)
    context = {"form": form, "consultant": consultant}
    return render(request, "enrollment/consultants/certificate_add.html", context)


def to_list(request: Request) -> HttpResponse:
    return redirect("enrollment:consultants", request.organization.slug)


def find(request: Request, pk: int) -> Consultant:
    own_consultants = Consultant.objects.visible_to(request.actor)
    consultant: Consultant = get_object_or_404(
        own_consultants.select_related("person", "partner"), pk=pk
    )
    return consultant


@require_safe
@partner_page(*roles.READERS)
def index(request: Request) -> HttpResponse:
    """List who works here, and who did."""
    actor, today = request.actor, clock.today(request.organization.time_zone)
    everybody = Consultant.objects.visible_to(actor).with_counts(today)
    rows = list(everybody.order_by("person__name", "-since"))
    invited = Invitation.objects.visible_to(actor).open()
    context = {
        "here": [row for row in rows if not row.has_left(today)],
        "former": [row for row in rows if row.has_left(today)],
        "mine": next(
            (r for r in rows if r.person == request.user and not r.has_left(today)),
            None,
        ),
        "invitations": invited.filter(roles__contains=[Role.CONSULTANT]),
        "is_admin": actor.has(*roles.ADMINS),
        "may_simulate": actor.has(*roles.PLANNERS),
        "timeline": news(
            actor, everybody, Certificate.objects.visible_to(actor), length=8
        ),
    }
    return render(request, "enrollment/consultants/index.html", context)


@partner_page(*roles.ADMINS)
def invite(request: Request) -> HttpResponse:
    form = InviteConsultantForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            consultants.invite_consultant(form.cleaned_data["email"], by=request.actor)
            messages.success(
                request,
                _("The invitation to %(email)s is on its way.") % form.cleaned_data,
            )
            return to_list(request)
    return render(request, "enrollment/consultants/invite.html", {"form": form})


@partner_page(*roles.READERS)
def confirm(request: Request) -> HttpResponse:
    """Let a person say that she or he works here."""
    elsewhere = consultants.works_elsewhere(request.actor)
    form = ConfirmForm(request.POST or None, asks_for_former=elsewhere)
    if form.is_valid():
        employment = Employment(**form.cleaned_data)
        with refusals_shown(request, form):
            consultant = consultants.confirm_employment(employment, by=request.actor)
            messages.success(
                request,
                _("Noted: you work for %(company)s. Next: add the exams you passed.")
                % {"company": request.organization},
            )
            return redirect(consultant)
    return render(request, "enrollment/consultants/confirm.html", {"form": form})


@require_safe
@partner_page(*roles.READERS)
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
        "may_act": is_own or request.actor.has(*roles.ADMINS),
        "timeline": news(
            request.actor,
            Consultant.objects.visible_to(request.actor).filter(pk=pk),
            certificates,
        ),
    }
    return render(request, "enrollment/consultants/detail.html", context)


@partner_page(*roles.READERS)
def end(request: Request, pk: int) -> HttpResponse:
    """Note a last day: the person's own page, or an admin's."""
    consultant = find(request, pk)
    form = EndEmploymentForm(request.POST or None, initial={"until": consultant.until})
    if form.is_valid():
        with refusals_shown(request, form):
            until = form.cleaned_data["until"]
            consultants.end_employment(consultant, until=until, by=request.actor)
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
@partner_page(*roles.READERS)
def coverage(request: Request) -> HttpResponse:
    """Show consultants by engagement types, in words."""
    matrices = [
        eligibility_coverage.coverage_of(request.organization, program)
        for program in enrollments.all_programs()
    ]
    return render(
        request, "enrollment/consultants/coverage.html", {"matrices": matrices}
    )

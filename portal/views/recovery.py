"""Recovery: asking to come in or to become admin, and what an admin answers."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from portal.forms import ColleagueForm, ExplanationForm, ObjectionForm
from portal.models import AdminRecovery, Membership
from portal.services import (
    domains as domain_services,
)
from portal.services import (
    recovery as recovery_services,
)
from portal.services import (
    roles,
)
from portal.views.organizations import to_company
from portal.web import Request, member, refusals_shown


def my_company(request: Request) -> HttpResponse:
    """Find a person's company by proved mail domains, and nothing else of it."""
    domains = list(domain_services.companies_of(request.user))
    form = ColleagueForm(
        request.POST or None,
        domains=domains,
        initial={"domain": domains[0]} if domains else {},
    )
    if form.is_valid():
        with refusals_shown(request, form):
            _ask(request, form.cleaned_data)
            return redirect("home")
    context = {"form": form, "domains": domains}
    return render(request, "portal/my_company.html", context)


def _ask(request: Request, data: dict[str, Any]) -> None:
    if data["wish"] == ColleagueForm.ADMIN:
        recovery_services.ask_for_admin_at(
            data["domain"], data["explanation"], by=request.user
        )
        messages.success(
            request, _("The sponsor has your request and answers by mail.")
        )
    else:
        recovery_services.ask_for_invitation(data["domain"], by=request.user)
        messages.success(
            request,
            _(
                "The company's admins have your request. If nobody answers within"
                " some days, ask to become admin."
            ),
        )


@member(*roles.COLLEAGUES)
def ask_for_admin(request: Request) -> HttpResponse:
    """Ask to become admin of the organization in which one has another role."""
    recoveries = AdminRecovery.objects.visible_to(request.actor).open()
    form = ExplanationForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            recovery_services.ask_for_admin(
                form.cleaned_data["explanation"], by=request.actor
            )
            messages.success(
                request, _("The sponsor has your request and answers by mail.")
            )
            return to_company(request)
    context = {"form": form, "asked": recoveries.filter(person=request.user).first()}
    return render(request, "portal/ask_for_admin.html", context)


@member(*roles.ADMINS)
def recovery(request: Request, pk: int) -> HttpResponse:
    """Show an admin who asks to become admin too; take an objection."""
    recoveries = AdminRecovery.objects.visible_to(request.actor).select_related(
        "person"
    )
    recovery_row = get_object_or_404(recoveries, pk=pk)
    form = ObjectionForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            recovery_services.object_to(
                recovery_row, form.cleaned_data["objection"], by=request.actor
            )
            messages.success(
                request, _("The sponsor reads your objection before it decides.")
            )
            return to_company(request)
    people = Membership.objects.visible_to(request.actor).active()
    context = {
        "form": form,
        "recovery": recovery_row,
        "membership": people.filter(person=recovery_row.person_id).first(),
    }
    return render(request, "portal/recovery.html", context)

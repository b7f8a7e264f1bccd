"""The company: its registration, its overview, its places."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit import news
from portal.forms import CompanyForm, TimeZoneForm
from portal.models import (
    AdminRecovery,
    Domain,
    Invitation,
    Location,
    Membership,
    Organization,
)
from portal.registry import tasks_of, waiting_for
from portal.services import organizations
from portal.services import roles as role_services
from portal.text import join_words
from portal.web import Request, member, refusals_shown


def register(request: Request) -> HttpResponse:
    domain = organizations.registered_domain(request.user)
    form = CompanyForm(request.POST or None, is_alone=not domain)
    if form.is_valid():
        with refusals_shown(request, form):
            organization = form.organization()
            organizations.register_partner(
                organization,
                form.location(),
                is_separate=form.cleaned_data.get("is_separate", False),
                by=request.user,
            )
            messages.success(
                request,
                _("%(name)s is registered. Next: see what you qualify for.")
                % {"name": organization.name},
            )
            return redirect(organization)
    return render(request, "portal/register.html", {"form": form, "taken": domain})


@require_safe
@member()
def overview(request: Request) -> HttpResponse:
    """Show what waits for the person, and where they are."""
    organization = request.organization
    people = Membership.objects.visible_to(request.actor).active()
    admins = people.with_role(*role_services.ADMINS).select_related("person")
    facts = [
        (_("Your roles"), request.membership.role_names),
        (_("Administrators"), join_words(admin.person for admin in admins)),
        (_("Country"), organization.country_name),
        (_("Time zone"), organization.time_zone),
    ]
    kinds = waiting_for(request.actor)
    context = {"waiting": tasks_of(kinds), "kinds": kinds, "facts": facts}
    return render(request, "portal/overview.html", context)


@require_safe
@member()
def company(request: Request) -> HttpResponse:
    actor = request.actor
    is_admin = actor.has(*role_services.ADMINS)
    members = Membership.objects.visible_to(actor).active()
    people = list(members.select_related("person").order_by("person__name"))
    recoveries = AdminRecovery.objects.visible_to(actor).open()
    context = {
        "members": people,
        "invitations": Invitation.objects.visible_to(actor).open().order_by("email"),
        "locations": Location.objects.visible_to(actor).order_by("name"),
        "domains": Domain.objects.visible_to(actor).shown().order_by("name"),
        "recoveries": recoveries.select_related("person") if is_admin else [],
        "is_admin": is_admin,
        "is_alone": is_admin and sum(person.is_able_admin for person in people) == 1,
        "timeline": news(
            actor,
            Organization.objects.visible_to(actor),
            Membership.objects.visible_to(actor),
            Invitation.objects.visible_to(actor),
            Location.objects.visible_to(actor),
            Domain.objects.visible_to(actor),
        ),
    }
    return render(request, "portal/company.html", context)


@member(*role_services.ADMINS)
def time_zone(request: Request) -> HttpResponse:
    """Change in which time zone the organization lives, and say what moves."""
    organization = request.organization
    now = {"time_zone": organization.time_zone}
    form = TimeZoneForm(request.POST or None, initial=now)
    if form.is_valid():
        with refusals_shown(request, form):
            zone_name = form.cleaned_data["time_zone"]
            organizations.change_time_zone(
                organization, time_zone=zone_name, by=request.actor
            )
            messages.success(
                request,
                _("Deadlines are counted in %(zone)s now.") % {"zone": zone_name},
            )
            return to_company(request)
    return render(request, "portal/time_zone.html", {"form": form})


def to_company(request: Request) -> HttpResponse:
    return redirect("organization:company", request.organization.slug)

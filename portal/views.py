"""Pages of the floor: the way in, the overview, the company and its people."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from portal import demo, services
from portal.audit import news
from portal.forms import CompanyForm, InviteForm, LocationForm, RolesForm
from portal.models import Document, Invitation, Location, Membership, Organization
from portal.waiting import waiting_for
from portal.web import Request, member, refusals_shown
from portal.words import listed


@login_not_required
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Answer a load balancer: the web process runs and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Send each person to where the work is."""
    if not request.user.is_authenticated:
        return render(request, "portal/welcome.html")
    if request.user.is_staff:
        return redirect("admin:index")
    mine = services.places_of(request.user)
    if len(mine) == 1:
        return redirect(mine[0].home_url)
    return render(request, "portal/choose.html", {"memberships": mine})


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on, in mails too."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        services.speak(chosen, to=request.user)
    return set_language(request)


def register(request: Request) -> HttpResponse:
    form = CompanyForm(request.POST or None)
    if form.is_valid():
        organization = form.organization()
        with refusals_shown(request, form):
            services.register_partner(organization, form.location(), by=request.user)
            messages.success(
                request,
                _("%(name)s is registered. Next: see what you qualify for.")
                % {"name": organization.name},
            )
            return redirect(organization)
    return render(request, "portal/register.html", {"form": form})


@login_not_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to whoever holds the link; join on the button."""
    found = services.invitation_by(token)
    if found is None:
        return render(request, "portal/invitation_gone.html", status=404)
    if request.method == "POST" and request.user.is_authenticated:
        with refusals_shown(request):
            services.accept(found, by=request.user)
            messages.success(
                request, _("You have joined %(name)s.") % {"name": found.organization}
            )
            return redirect(found.organization)
    is_theirs = request.user.is_authenticated and services.belongs_to(
        found, request.user
    )
    context = {"invitation": found, "is_theirs": is_theirs}
    return render(request, "portal/invitation.html", context)


@require_safe
@member()
def overview(request: Request) -> HttpResponse:
    """Show what waits for the person, and where they are."""
    here = request.organization
    people = Membership.objects.visible_to(request.actor).active()
    admins = people.with_role(*services.ADMINS).select_related("person")
    roles = Membership.objects.visible_to(request.actor).get(person=request.user)
    facts = [
        (_("Your roles"), roles.role_names),
        (_("Administrators"), listed(admin.person for admin in admins)),
        (_("Country"), here.country_name),
        (_("Time zone"), here.time_zone),
    ]
    context = {"waiting": waiting_for(request.actor), "facts": facts}
    return render(request, "portal/overview.html", context)


@require_safe
@member()
def company(request: Request) -> HttpResponse:
    actor = request.actor
    members = Membership.objects.visible_to(actor).active()
    context: dict[str, Any] = {
        "members": members.select_related("person").order_by("person__name"),
        "invitations": Invitation.objects.visible_to(actor).open().order_by("email"),
        "locations": Location.objects.visible_to(actor).order_by("name"),
        "is_admin": actor.has(*services.ADMINS),
        "timeline": news(
            actor,
            Organization.objects.visible_to(actor),
            Membership.objects.visible_to(actor),
            Invitation.objects.visible_to(actor),
            Location.objects.visible_to(actor),
        ),
    }
    return render(request, "portal/company.html", context)


def to_company(request: Request) -> HttpResponse:
    return redirect("organization:company", request.organization.slug)


@member(*services.ADMINS)
def invite(request: Request) -> HttpResponse:
    form = InviteForm(request.POST or None, kind=request.actor.kind)
    if form.is_valid():
        typed = form.cleaned_data
        with refusals_shown(request, form):
            services.invite(typed["email"], typed["roles"], by=request.actor)
            sentence = _(
                "The invitation to %(email)s is on its way."
                " It is valid for %(days)s days."
            )
            days = settings.INVITATION_LIFE_DAYS
            messages.success(
                request, sentence % {"email": typed["email"], "days": days}
            )
            return to_company(request)
    return render(request, "portal/invite.html", {"form": form})


@require_POST
@member(*services.ADMINS)
def withdraw_invitation(request: Request, pk: int) -> HttpResponse:
    mine = Invitation.objects.visible_to(request.actor)
    invitation = get_object_or_404(mine, pk=pk)
    with refusals_shown(request):
        services.withdraw_invitation(invitation, by=request.actor)
        messages.success(
            request,
            _("The invitation to %(email)s is withdrawn.")
            % {"email": invitation.email},
        )
    return to_company(request)


@member(*services.ADMINS)
def add_location(request: Request) -> HttpResponse:
    form = LocationForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            services.add_location(form.save(commit=False), by=request.actor)
            return to_company(request)
    return render(request, "portal/location.html", {"form": form})


def colleague(request: Request, pk: int) -> Membership:
    mine = Membership.objects.visible_to(request.actor).active()
    return get_object_or_404(mine.select_related("person"), pk=pk)


@member(*services.ADMINS)
def change_roles(request: Request, pk: int) -> HttpResponse:
    membership = colleague(request, pk)
    kind = request.actor.kind
    form = RolesForm(
        request.POST or None, kind=kind, initial={"roles": membership.roles}
    )
    if form.is_valid():
        with refusals_shown(request, form):
            roles = form.cleaned_data["roles"]
            services.change_roles(membership, roles, by=request.actor)
            return to_company(request)
    context = {"form": form, "membership": membership}
    return render(request, "portal/roles.html", context)


@member(*services.ADMINS)
def end_membership(request: Request, pk: int) -> HttpResponse:
    """Ask first; the button on the page takes the access away."""
    membership = colleague(request, pk)
    if request.method != "POST":
        return render(request, "portal/end_member.html", {"membership": membership})
    with refusals_shown(request):
        services.end_membership(membership, by=request.actor)
        messages.success(
            request,
            _("%(name)s no longer has access.") % {"name": membership.person.name},
        )
    return to_company(request)


@require_safe
@member()
def document(request: Request, pk: int) -> FileResponse:
    """Hand a file to one of its parties: as attachment, with the type we found."""
    found = get_object_or_404(Document.objects.visible_to(request.actor), pk=pk)
    return file_response(found)


def file_response(document: Document) -> FileResponse:
    response = FileResponse(
        document.open(),
        as_attachment=True,
        filename=document.name,
        content_type=document.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_not_required
@require_safe
def demo_desk(request: HttpRequest) -> HttpResponse:
    """Show the demo's people with their codes and mails; does not exist elsewhere."""
    if not settings.DEMO:
        raise Http404
    return render(request, "portal/demo.html", demo.desk())

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

from portal import demo, services
from portal.audit import timeline
from portal.forms import CompanyForm, InviteForm, LocationForm
from portal.models import Document, Invitation, Location, Membership
from portal.tenancy import acting_as_person, acting_for_all
from portal.waiting import waiting_for
from portal.web import Request, member, refusals_shown


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
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
    with acting_as_person(request.user.pk):
        mine = list(
            Membership.objects.active()
            .filter(person=request.user)
            .select_related("organization")
            .order_by("organization__name")
        )
        if len(mine) == 1:
            return redirect(mine[0].home_url)
        return render(request, "portal/choose.html", {"memberships": mine})


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
    return render(request, "portal/invitation.html", {"invitation": found})


@require_safe
@member()
def overview(request: Request) -> HttpResponse:
    return render(
        request, "portal/overview.html", {"waiting": waiting_for(request.actor)}
    )


@require_safe
@member()
def company(request: Request) -> HttpResponse:
    actor = request.actor
    members = Membership.objects.visible_to(actor).active()
    context: dict[str, Any] = {
        "members": members.select_related("person").order_by("person__name"),
        "invitations": Invitation.objects.visible_to(actor).open(),
        "locations": Location.objects.visible_to(actor).order_by("name"),
        "is_admin": actor.has(*services.ADMINS),
        "timeline": timeline(actor.organization, actor),
    }
    return render(request, "portal/company.html", context)


@member(*services.ADMINS)
def invite(request: Request) -> HttpResponse:
    form = InviteForm(request.POST or None, kind=request.actor.kind)
    if form.is_valid():
        typed = form.cleaned_data
        with refusals_shown(request, form):
            services.invite(typed["email"], typed["roles"], by=request.actor)
            messages.success(
                request,
                _(
                    "The invitation to %(email)s is on its way. It is valid for %(days)s days."
                )
                % {"email": typed["email"], "days": settings.INVITATION_LIFE_DAYS},
            )
            return redirect("organization:company", request.actor.organization.slug)
    return render(request, "portal/invite.html", {"form": form})


@member(*services.ADMINS)
def add_location(request: Request) -> HttpResponse:
    form = LocationForm(request.POST or None)
    form.instance.organization = request.actor.organization
    if form.is_valid():
        with refusals_shown(request, form):
            services.add_location(form.instance, by=request.actor)
            return redirect("organization:company", request.actor.organization.slug)
    return render(request, "portal/location.html", {"form": form})


@require_POST
@member(*services.ADMINS)
def end_membership(request: Request, pk: int) -> HttpResponse:
    mine = Membership.objects.visible_to(request.actor).active()
    membership = get_object_or_404(mine, pk=pk)
    with refusals_shown(request):
        services.end_membership(membership, by=request.actor)
        messages.success(
            request,
            _("%(name)s no longer has access.") % {"name": membership.person.name},
        )
    return redirect("organization:company", request.actor.organization.slug)


@require_safe
@member()
def document(request: Request, pk: int) -> HttpResponse:
    """Hand a file to one of its parties: as attachment, with the type we found."""
    found = get_object_or_404(Document.objects.visible_to(request.actor), pk=pk)
    return file_response(found)


def file_response(document: Document) -> HttpResponse:
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
    with acting_for_all():
        context = {"people": demo.people(), "mails": demo.mails()}
        return render(request, "portal/demo.html", context)

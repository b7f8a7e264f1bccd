"""The people of a company: their roles, their end."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from portal.forms import RolesForm
from portal.models import Membership
from portal.services import memberships, roles
from portal.views.organizations import to_company
from portal.web import Request, member, refusals_shown


def colleague(request: Request, pk: int) -> Membership:
    memberships_shown = Membership.objects.visible_to(request.actor).active()
    return get_object_or_404(memberships_shown.select_related("person"), pk=pk)


@member(*roles.ADMINS)
def change_roles(request: Request, pk: int) -> HttpResponse:
    membership = colleague(request, pk)
    kind = request.actor.kind
    form = RolesForm(
        request.POST or None, kind=kind, initial={"roles": membership.roles}
    )
    if form.is_valid():
        with refusals_shown(request, form):
            roles = form.cleaned_data["roles"]
            memberships.change_roles(membership, roles, by=request.actor)
            return to_company(request)
    context = {"form": form, "membership": membership}
    return render(request, "portal/roles.html", context)


@member(*roles.ADMINS)
def end_membership(request: Request, pk: int) -> HttpResponse:
    """Ask first; the button on the page takes the access away."""
    membership = colleague(request, pk)
    if request.method != "POST":
        return render(request, "portal/end_member.html", {"membership": membership})
    with refusals_shown(request):
        memberships.end_membership(membership, by=request.actor)
        messages.success(
            request,
            _("%(name)s no longer has access.") % {"name": membership.person.name},
        )
    return to_company(request)


@member()
def leave(request: Request) -> HttpResponse:
    """Ask first; the button ends the person's own access."""
    memberships_shown = Membership.objects.visible_to(request.actor).active()
    membership = memberships_shown.get(person=request.user)
    if request.method == "POST":
        with refusals_shown(request):
            memberships.leave(by=request.actor)
            messages.success(
                request, _("You have left %(name)s.") % {"name": request.organization}
            )
            return redirect("home")
    context = {
        "membership": membership,
        "is_last_admin": memberships.is_last_admin(membership),
    }
    return render(request, "portal/leave.html", context)

"""Invitations: from both ends."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.forms import InviteForm
from portal.models import Invitation
from portal.services import invitations, roles
from portal.views.organizations import to_company
from portal.web import Request, member, refusals_shown


@login_not_required
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to whoever holds the link; join on the button."""
    open_invitation = invitations.invitation_by(token)
    if open_invitation is None:
        return render(request, "portal/invitation_gone.html", status=404)
    if request.method == "POST" and request.user.is_authenticated:
        with refusals_shown(request):
            invitations.accept(open_invitation, by=request.user)
            messages.success(
                request,
                _("You have joined %(name)s.") % {"name": open_invitation.organization},
            )
            return redirect(open_invitation.organization)
    is_theirs = request.user.is_authenticated and invitations.belongs_to(
        open_invitation, request.user
    )
    context = {"invitation": open_invitation, "is_theirs": is_theirs}
    return render(request, "portal/invitation.html", context)


@member(*roles.ADMINS)
def invite(request: Request) -> HttpResponse:
    form = InviteForm(
        request.POST or None,
        kind=request.actor.kind,
        initial={"email": request.GET.get("email", "")},
    )
    if form.is_valid():
        data = form.cleaned_data
        with refusals_shown(request, form):
            invitations.invite(data["email"], data["roles"], by=request.actor)
            sentence = _(
                "The invitation to %(email)s is on its way."
                " It is valid for %(days)s days."
            )
            days = settings.INVITATION_LIFE_DAYS
            messages.success(request, sentence % {"email": data["email"], "days": days})
            return to_company(request)
    return render(request, "portal/invite.html", {"form": form})


@require_POST
@member(*roles.ADMINS)
def withdraw_invitation(request: Request, pk: int) -> HttpResponse:
    invitations_shown = Invitation.objects.visible_to(request.actor)
    invitation = get_object_or_404(invitations_shown, pk=pk)
    with refusals_shown(request):
        invitations.withdraw_invitation(invitation, by=request.actor)
        messages.success(
            request,
            _("The invitation to %(email)s is withdrawn.")
            % {"email": invitation.email},
        )
    return to_company(request)

"""Second factors that are lost: how to get back in, and how to stop somebody else."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal.accounts import person_at_second_factor, running_recovery_of
from portal.actors import AccountOwner
from portal.forms import LostFactorForm
from portal.services import second_factors
from portal.web import refusals_shown


@login_not_required
@never_cache
def lost_second_factor(request: HttpRequest) -> HttpResponse:
    """Say how to get back in; take the request of who has proved the password."""
    person = person_at_second_factor(request)
    running = running_recovery_of(person) if person else None
    form = LostFactorForm(request.POST or None if person else None)
    if person and form.is_valid():
        with refusals_shown(request, form):
            explanation = form.cleaned_data["explanation"]
            second_factors.ask_for_removal(explanation, by=AccountOwner(person))
            messages.success(
                request, _("The sponsor's support has your request and calls you.")
            )
            return redirect("lost_second_factor")
    context = {
        "form": form,
        "person": person,
        "running": running,
        "days": settings.SECOND_FACTOR_WAIT_DAYS,
    }
    return render(request, "portal/lost_second_factor.html", context)


@login_not_required
@never_cache
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whoever holds the link in a mail; the button keeps the second factor."""
    recovery = second_factors.recovery_by(token)
    if recovery is None or not recovery.is_running:
        return render(request, "portal/recovery_gone.html", status=404)
    if request.method == "POST":
        with refusals_shown(request):
            second_factors.stop_removal(recovery, by=AccountOwner(recovery.person))
            messages.success(request, _("Stopped. The second factor works as before."))
            return redirect("home")
    return render(request, "portal/stop_recovery.html", {"recovery": recovery})

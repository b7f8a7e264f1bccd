"""People: what each changes of the own account."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.actors import AccountOwner
from portal.forms import OwnNameForm
from portal.services import people
from portal.web import Request, refusals_shown


def change_name(request: Request) -> HttpResponse:
    """Let a person put the own name right."""
    form = OwnNameForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid():
        with refusals_shown(request, form):
            people.change_name(form.cleaned_data["name"], by=AccountOwner(request.user))
            messages.success(request, _("Your name is changed."))
            return redirect("change_name")
    return render(request, "portal/name.html", {"form": form})

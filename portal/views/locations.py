from django.http import HttpResponse
from django.shortcuts import render

from portal.forms import LocationForm
from portal.services import locations, roles
from portal.views.organizations import to_company
from portal.web import Request, member, refusals_shown


@member(*roles.ADMINS)
def add_location(request: Request) -> HttpResponse:
    form = LocationForm(request.POST or None)
    if form.is_valid():
        with refusals_shown(request, form):
            locations.add_location(form.save(commit=False), by=request.actor)
            return to_company(request)
    return render(request, "portal/location.html", {"form": form})

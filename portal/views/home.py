"""The way in: where everybody starts, the language, the demo."""

import psycopg
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from portal import demo
from portal.services import people


@login_not_required
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Answer a load balancer: the web process runs and reaches its database.

    It asks by a connection of its own: all others may be waiting for one row.
    """
    login = connection.get_connection_params() | {"connect_timeout": 2}
    try:
        with psycopg.connect(**login) as database:
            database.execute("SELECT 1")
    except psycopg.Error:
        return HttpResponse("no database", content_type="text/plain", status=503)
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Send each person to where the work is."""
    if not request.user.is_authenticated:
        return render(request, "portal/welcome.html")
    if request.user.is_staff:
        return redirect("admin:index")
    places = people.places_of(request.user)
    if len(places) == 1:
        return redirect(places[0].home_url)
    return render(request, "portal/choose.html", {"memberships": places})


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on, in mails too."""
    code = request.POST.get("language", "")
    if request.user.is_authenticated and code in dict(settings.LANGUAGES):
        people.speak(code, to=request.user)
    return set_language(request)


@login_not_required
@require_safe
def demo_desk(request: HttpRequest) -> HttpResponse:
    """Show the demo's people with their codes and mails; does not exist elsewhere."""
    if not settings.DEMO:
        raise Http404
    return render(request, "portal/demo.html", demo.desk())

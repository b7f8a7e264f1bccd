"""What views share: who asks for which organization, refusals, page context."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.forms import BaseForm
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed
from psycopg.errors import IdleInTransactionSessionTimeout

from portal import zones
from portal.accounts import (
    has_second_factor,
    memberships_of,
    running_recovery_of,
)
from portal.actors import Member, may_be_done_by, staff_of
from portal.audit import timeline
from portal.findings import Refused, unmet_findings
from portal.models import Membership, Organization, SecondFactorRecovery, User
from portal.navigation import navigation_for
from portal.roles import Side
from portal.shown import RecordChanged
from portal.states import explain
from portal.tenancy import Viewer, acting_as_person, choose_organization
from portal.text import parse_int

View = Callable[..., HttpResponseBase]
METHODS = ["GET", "HEAD", "POST"]
WORK = "work"  # where in the session the page stands that asked for a second factor


class HeadersMiddleware:
    """Puts on every answer what tells the browser to trust nobody else with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Complete the headers of pages, files, redirects and refusals alike."""
        response = self.get_response(request)
        for name, value in settings.HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class MethodsMiddleware:
    """Refuses what no page of ours answers, such as PUT and DELETE."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request of a kind that pages know."""
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return self.get_response(request)


class LastResponse(HttpResponse):
    """Ends its connection: gunicorn would read on, to find the next request."""

    client: socket.socket | None = None

    def close(self) -> None:
        super().close()
        if self.client:
            with suppress(OSError):  # it may have gone by itself
                self.client.shutdown(socket.SHUT_RDWR)


class SizeMiddleware:
    """Refuses more than anybody needs to send, before a byte of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request that says how long it is, and is not too long.

        The largest form has the largest file, and as much as a form may have beside.
        """
        size = parse_int(request.META.get("CONTENT_LENGTH") or "0")
        most = settings.DOCUMENT_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return last_page(request, "400.html", 411)
        if size is None or size > most:
            return last_page(request, "413.html", 413)
        return self.get_response(request)


def last_page(request: HttpRequest, template: str, status: int) -> LastResponse:
    """Return a page for somebody of whom nothing is known but the browser."""
    with translation.override(translation.get_language_from_request(request)):
        limit = filesizeformat(settings.DOCUMENT_MAX_BYTES)
        page = render_to_string(template, {"limit": limit}).encode()
    length = {"Content-Length": str(len(page))}
    response = LastResponse(page, status=status, headers=length)
    response.client = request.META.get("gunicorn.socket")
    return response


class Request(HttpRequest):
    """A request behind the sign-in wall, so that ``user`` is a person."""

    user: User
    actor: Member
    organization: Organization
    memberships: list[Membership]
    membership: Membership


def member(*roles: str, side: Side | None = None) -> Callable[[View], View]:
    """Let a page under ``/o/<organization>/`` answer that organization's people.

    Everybody else finds nothing (404). A colleague without one of the ``roles`` gets a
    403 that says who could. A page of one ``side`` does not exist for the other. The
    whole answer is made in one transaction that works for this organization alone.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded_view(
            request: Request, organization: str, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            with acting_as_person(request.user.pk):
                request.memberships = list(memberships_of(request.user))
                membership = _membership(request, organization, side)
                if membership.needs_second_factor:
                    if not membership.person_has_second_factor:
                        return ask_for_second_factor(request)
                    request.session.pop(WORK, None)
                request.membership = membership
                request.organization = membership.organization
                request.actor = Member.of(membership)
                choose_organization(membership.organization_id)
                if roles and not request.actor.has(*roles):
                    raise PermissionDenied(may_be_done_by(*roles))
                # Its dates are counted and printed in its own time zone.
                with timezone.override(zones.zone(request.organization.time_zone)):
                    return view(request, *args, **kwargs)

        guarded_view.roles = roles  # type: ignore[attr-defined]
        return guarded_view

    return decorate


def _membership(request: Request, slug: str, side: Side | None) -> Any:
    """Return the person's place in the organization of the page."""
    for membership in request.memberships:
        if membership.organization.slug == slug:
            if side not in (None, membership.organization_kind):
                break
            membership.person = request.user
            return membership
    raise Http404


def ask_for_second_factor(request: HttpRequest) -> HttpResponse:
    """Lead a person to set one up, and note where the work goes on after that."""
    if request.method == "GET":
        request.session[WORK] = request.get_full_path()
    messages.warning(
        request,
        _("Your role works with money or decisions: set up a second factor first."),
    )
    return redirect("mfa_index")


def work_url(request: HttpRequest) -> str:
    """Return the page that waited for the second factor, once the person has one."""
    url: str = request.session.get(WORK, "")
    assert request.user.is_authenticated, "only people who signed in have work"
    return url if url and has_second_factor(request.user) else ""


@contextmanager
def refusals_shown(
    request: HttpRequest, form: BaseForm | None = None
) -> Iterator[None]:
    """Show a refusal on the page instead of failing the request.

    With a form it stands in the form's summary; else among the page's messages.
    """
    try:
        yield
    except (Refused, TransitionNotAllowed) as refusal:
        is_change = isinstance(refusal, RecordChanged)
        sentence = refusal_text(refusal, reader_of(request) if is_change else None)
        if isinstance(refusal, Refused) and refusal.see:
            sentence = format_html('{} <a href="{}">{}</a>', sentence, *refusal.see)
        if form is None:
            messages.error(request, sentence)
        else:
            field = getattr(refusal, "field", "")
            form.add_error(field if field in form.fields else None, sentence)


def reader_of(request: HttpRequest) -> Viewer | None:
    """Return the actor for whom a page is made; nobody outside of organizations."""
    actor: Member | None = getattr(request, "actor", None)
    if actor is None and request.user.is_authenticated and request.user.is_staff:
        return staff_of(request)
    return actor


def refusal_text(
    refusal: Refused | TransitionNotAllowed, reader: Viewer | None = None
) -> str:
    """Return the sentences of a refusal as one text."""
    if isinstance(refusal, RecordChanged):
        return changed_in_words(refusal, reader)
    if isinstance(refusal, Refused):
        return " ".join([str(refusal), *map(str, unmet_findings(refusal.findings))])
    return explain(refusal)


def changed_in_words(change: RecordChanged, reader: Viewer | None) -> str:
    """Say what became of a record since a page showed it, as far as the reader may."""
    parts = [str(change)]
    if reader is not None:
        parts += [line.in_words for line in timeline(change.row, reader, change.since)]
    parts.append(
        _(
            "Nothing was done now. Look at it as it is, and send this once more if you"
            " still want it."
        )
    )
    return " ".join(parts)


def _own_recovery(request: HttpRequest) -> SecondFactorRecovery | None:
    assert request.user.is_authenticated, "the page of an account"
    return running_recovery_of(request.user)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return to every template what the frame of a page shows."""
    frame = {
        "demo": settings.DEMO,
        "work_url": SimpleLazyObject(partial(work_url, request)),
        "running_recovery": SimpleLazyObject(partial(_own_recovery, request)),
    }
    actor: Member | None = getattr(request, "actor", None)
    if actor is None:
        return frame
    return {
        **frame,
        "actor": actor,
        "navigation": navigation_for(actor, request.path),
        "memberships": getattr(request, "memberships", []),
    }


def show_failure(_request: HttpRequest) -> HttpResponse:
    """Say that it took too long and can be repeated, or that something is broken.

    Django calls this while it handles the exception. The database ends what waits too
    long for a lock, a connection or an answer, and nothing of it is kept.
    """
    error = sys.exception()
    was_idle = isinstance(
        getattr(error, "__cause__", None), IdleInTransactionSessionTimeout
    )
    if was_idle or isinstance(error, OperationalError | InterfaceError):
        page, again = render_to_string("503.html"), {"Retry-After": "5"}
        return HttpResponse(page, status=503, headers=again)
    return HttpResponse(render_to_string("500.html"), status=500)

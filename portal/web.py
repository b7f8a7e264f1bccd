"""What views share: who asks for which organization, refusals, page context."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from portal.accounts import has_second_factor
from portal.actors import Actor, may_be_done_by
from portal.errors import Refused
from portal.models import Membership, User
from portal.navigation import navigation_for
from portal.states import explain
from portal.tenancy import acting_as_person, choose_organization

View = Callable[..., HttpResponse]


class Request(HttpRequest):
    """A request behind the sign-in wall, so that ``user`` is a person."""

    user: User
    actor: Actor


def member(*roles: str) -> Callable[[View], View]:
    """Let a page under ``/o/<organization>/`` answer that organization's people.

    Everybody else finds nothing (404). A colleague without one of the ``roles`` gets a
    403 that says who could. The whole answer is made in one transaction that works for
    this organization alone.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(
            request: Request, organization: str, *args: Any, **kwargs: Any
        ) -> HttpResponse:
            with acting_as_person(request.user.pk):
                membership = _membership(request.user, organization)
                if membership.needs_second_factor and not has_second_factor(
                    request.user
                ):
                    return _ask_for_second_factor(request)
                choose_organization(membership.organization_id)
                request.actor = Actor.of(membership)
                if roles and not request.actor.has(*roles):
                    raise PermissionDenied(may_be_done_by(*roles))
                return view(request, *args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]
        return guarded

    return decorate


def _membership(person: User, slug: str) -> Membership:
    mine = Membership.objects.active().select_related("organization")
    membership = mine.filter(person=person, organization__slug=slug).first()
    if membership is None:
        raise Http404
    membership.person = person
    return membership


def _ask_for_second_factor(request: HttpRequest) -> HttpResponse:
    messages.warning(
        request,
        _("Your role works with money or decisions: set up a second factor first."),
    )
    return redirect("mfa_index")


@contextmanager
def refusals_shown(request: HttpRequest, form: Form | None = None) -> Iterator[None]:
    """Show a refusal on the page instead of failing the request.

    With a form it stands in the form's summary; else among the page's messages.
    """
    try:
        yield
    except (Refused, TransitionNotAllowed) as refusal:
        sentence = in_words(refusal)
        if form is None:
            messages.error(request, sentence)
        else:
            form.add_error(None, sentence)


def in_words(refusal: Refused | TransitionNotAllowed) -> str:
    """Put any refusal of ours into one text."""
    if isinstance(refusal, TransitionNotAllowed):
        return explain(refusal)
    unmet = [str(finding) for finding in refusal.findings if not finding.holds]
    return " ".join([str(refusal), *unmet])


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Give every template what the frame of a page shows."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor.organization is None:
        return {"demo": settings.DEMO}
    return {
        "demo": settings.DEMO,
        "actor": actor,
        "navigation": navigation_for(actor, request.path),
        "memberships": Membership.objects.active()
        .filter(person=actor.person)
        .select_related("organization")
        .order_by("organization__name"),
    }

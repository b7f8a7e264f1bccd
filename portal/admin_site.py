"""The sponsor's side: Django's admin behind our sign-in and a second factor."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.views import logout
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from portal.accounts import has_second_factor
from portal.admin_base import ReviewAdmin
from portal.findings import Refused
from portal.models import Organization, User
from portal.shown import RecordChanged
from portal.tenancy import rows_of_everybody
from portal.text import join_words
from portal.web import WORK, ask_for_second_factor, reader_of, refusal_text


def lacks_second_factor(person: User | AnonymousUser) -> bool:
    return (
        isinstance(person, User) and person.is_staff and not has_second_factor(person)
    )


def saved_at_once(
    answer: Callable[[], HttpResponse], request: HttpRequest
) -> HttpResponse:
    """Show the form again when a save conflicts with somebody else's.

    Forms say so themselves (``portal.admin_base``). What none of them foresees is
    told on the page that was sent; nothing is tried a second time.
    """
    if request.method != "POST":
        return answer()
    try:
        return answer()
    except Refused as refusal:
        is_change = isinstance(refusal, RecordChanged)
        reader = reader_of(request) if is_change else None
        messages.error(request, refusal_text(refusal, reader))
    except IntegrityError:
        messages.error(
            request,
            gettext(
                "Somebody saved at the same moment what does not go with this. Nothing"
                " was saved: look at what is there now."
            ),
        )
    return redirect(request.get_full_path())


class PortalAdminSite(AdminSite):
    """The admin in which the sponsor's people review, decide and pay."""

    site_header = gettext_lazy("Planning Services: reviewers")
    site_title = gettext_lazy("Planning Services")
    index_title = gettext_lazy("Records")

    def register(
        self, model_or_iterable: Any, admin_class: Any = None, **options: Any
    ) -> None:
        """Show our own pages of records only.

        Those that Django and allauth bring would show, or set, what opens an account:
        second factors, addresses, sessions, rights.
        """
        if admin_class is not None and issubclass(admin_class, ReviewAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Say first whose deadlines the clock passes over."""
        unknown = Organization.objects.in_unknown_zones().order_by("name")[:10]
        if names := [str(organization) for organization in unknown]:
            sentence = gettext(
                "The time zone of these organizations is unknown, and their deadlines"
                " are passed over: %(names)s. A program manager changes it on the page"
                " of the organization."
            )
            messages.warning(request, sentence % {"names": join_words(names)})
        return super().index(request, extra_context)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Answer as the sponsor, in one transaction, lazily made pages included."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def as_sponsor(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                refusal: HttpResponse = inner(request, *args, **kwargs)
                return refusal
            if lacks_second_factor(request.user):
                return ask_for_second_factor(request)
            request.session.pop(WORK, None)

            def answer() -> HttpResponse:
                with rows_of_everybody():
                    response: HttpResponse = inner(request, *args, **kwargs)
                    return getattr(response, "render", lambda: response)()

            return saved_at_once(answer, request)

        return as_sponsor

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send people to the one sign-in page; who is no staff sees nothing here."""
        if request.user.is_authenticated:
            is_staff = self.has_permission(request)
            return redirect("admin:index" if is_staff else "home")
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    @method_decorator(require_POST)
    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return logout(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")

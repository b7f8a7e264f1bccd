"""The sponsor's side: Django's admin behind our sign-in and a second factor."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts import has_second_factor
from portal.tenancy import acting_for_all

View = Callable[..., HttpResponse]


class PortalAdminSite(AdminSite):
    """The admin in which the sponsor's people review, decide and pay."""

    site_header = gettext_lazy("Planning Services: reviewers")
    site_title = gettext_lazy("Planning Services")
    index_title = gettext_lazy("Records")
    enable_nav_sidebar = True

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Answer as the sponsor, in one transaction, lazily made pages included."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def as_sponsor(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if self.has_permission(request) and not has_second_factor(request.user):
                messages.warning(
                    request, _("Set up a second factor before you work here.")
                )
                return redirect("mfa_index")
            with acting_for_all():
                response = inner(request, *args, **kwargs)
                return getattr(response, "render", lambda: response)()

        return as_sponsor

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send people to the one sign-in page; who is no staff sees nothing here."""
        if request.user.is_authenticated and not self.has_permission(request):
            return redirect("home")
        return redirect_to_login(request.GET.get("next") or request.get_full_path())

"""Lists of the admin that the sponsor's people take away as tables."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from portal import clock
from portal.actors import Staff, staff_of
from portal.review import ReviewAdmin
from portal.sheets import Form, download, seen_by

Writer = Callable[[QuerySet, Staff], Iterator[bytes]]


class TableAdmin(ReviewAdmin):
    """Records whose list can be taken away, as far as the reader's filters show it."""

    change_list_template = "admin/table.html"
    writers: dict[Form, Writer]

    def get_urls(self) -> list[Any]:
        named = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view(self.table_view)
        tables = [
            path(f"table.{form}", view, {"form": form}, name=f"{named}_{form}")
            for form in Form
        ]
        return [*tables, *super().get_urls()]

    def table_view(self, request: HttpRequest, form: Form) -> HttpResponseBase:
        """Hand out every record that the list shows under the same address."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            messages.error(request, _("Nothing was exported: a filter makes no sense."))
            return redirect(
                f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
            )
        actor = staff_of(request)
        name = f"{self.opts.model_name}-{clock.today('UTC')}"
        return download(name, seen_by(actor, self.writers[form](rows, actor)), form)

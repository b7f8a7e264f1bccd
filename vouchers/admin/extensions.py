"""More days for vouchers, as program managers give them: singly, and for a set."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.actors import staff_of
from portal.admin_base import AdminAction, ReviewAdmin
from portal.fields import DayField
from portal.findings import Text
from portal.roles import Duty
from portal.text import parse_int
from portal.web import refusals_shown
from vouchers.admin.vouchers import VoucherAdmin
from vouchers.models import Extension, PolicyException
from vouchers.services import extensions
from vouchers.services.extensions import ExceptionPreview


class ExtendForm(forms.Form):
    """How far a voucher is extended, and why."""

    days = forms.IntegerField(
        label=gettext_lazy("More days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=gettext_lazy("From its last day on; or type the new last day below."),
    )
    until = DayField(label=gettext_lazy("New last day"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("The customer and the partner read it."),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and (data["days"] is None) == (data["until"] is None):
            self.add_error("days", _("Give either the days or the last day."))
        return data


VoucherAdmin.record_actions = (
    *VoucherAdmin.record_actions,
    AdminAction(
        extensions.extend_by_sponsor,
        gettext_lazy("Extend the voucher"),
        Duty.PROGRAM_MANAGER,
        form=ExtendForm,
    ),
)


class ExceptionForm(forms.ModelForm):
    """Which vouchers get how many more days, and why."""

    class Meta:
        model = PolicyException
        fields = ["program", "offering", "created_before", "days", "reason"]
        help_texts = {
            "offering": gettext_lazy("Leave it empty for the whole program."),
            "created_before": gettext_lazy(
                "Vouchers created before this day, at the customer's place, are meant."
            ),
            "reason": gettext_lazy("Customers and partners read it."),
        }


@admin.register(PolicyException)
class PolicyExceptionAdmin(ReviewAdmin):
    """Exceptions for sets of vouchers; a preview comes before each."""

    list_display = [
        "created_at",
        "reason",
        "days",
        "created_before",
        "expected",
        "extended",
        "finished_at",
    ]
    list_filter = ["program"]
    search_fields = ["reason"]
    ordering = ["-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).has(Duty.PROGRAM_MANAGER)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask for the set, show whom it touches, and grant it once it was shown."""
        if not self.has_add_permission(request):
            return redirect("admin:vouchers_policyexception_changelist")
        form = ExceptionForm(request.POST or None)
        preview: ExceptionPreview | None = None
        if form.is_valid():
            if "grant" in request.POST:
                with refusals_shown(request, form):
                    return self._grant(request, form.instance)
            with refusals_shown(request, form):
                extensions.ensure_exception(form.instance)
                preview = extensions.preview_exception(form.instance)
        context = {
            **self.admin_site.each_context(request),
            "title": _("More days for a set of vouchers"),
            "opts": self.opts,
            "form": form,
            "preview": preview,
        }
        return TemplateResponse(request, "admin/exception.html", context)

    def _grant(self, request: HttpRequest, exception: PolicyException) -> HttpResponse:
        expected = parse_int(request.POST.get("expected", "")) or 0
        actor = staff_of(request)
        extensions.grant_exception(exception, expected=expected, by=actor)
        return redirect("admin:vouchers_policyexception_change", exception.pk)

    def evidence(self, row: PolicyException) -> list[tuple[Text, SafeString]]:
        """Show how far a worker has come."""
        words = {"exception": row, "share": 100 * row.extended // (row.expected or 1)}
        progress = render_to_string("admin/exception_progress.html", words)
        return [(_("Progress"), progress)]


@admin.register(Extension)
class ExtensionAdmin(ReviewAdmin):
    list_display = ["created_at", "voucher", "kind", "before", "until", "reason"]
    list_filter = ["kind"]
    list_select_related = ["voucher"]
    search_fields = ["voucher__number", "reason"]
    ordering = ["-pk"]

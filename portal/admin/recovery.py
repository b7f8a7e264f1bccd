"""Recovery: colleagues who ask to become admin."""

from django import forms
from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.admin_base import AdminAction, ReasonForm, ReviewAdmin, findings_html
from portal.findings import Text
from portal.models import AdminRecovery
from portal.services import recovery, roles


class DepartedForm(forms.Form):
    """Whose access ends when a colleague becomes admin."""

    departed = forms.CharField(
        label=_("E-mail addresses of admins who have left"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. Their access ends. Leave it empty if none has left."),
        required=False,
    )

    def clean_departed(self) -> list[str]:
        typed: str = self.cleaned_data["departed"]
        return typed.lower().split()


@admin.register(AdminRecovery)
class AdminRecoveryAdmin(ReviewAdmin):
    """Colleagues who ask to become admin, with what speaks for and against it."""

    list_display = ["organization", "person", "state", "created_at", "objected_by"]
    list_filter = ["state"]
    list_select_related = ["organization", "person", "objected_by"]
    search_fields = ["organization__name", "person__name", "person__email"]
    ordering = ["-pk"]
    fields = [
        "organization",
        "person",
        "explanation",
        "state",
        "objection",
        "objected_by",
        "reason",
        "decided_by",
        "decided_at",
    ]
    record_actions = (
        AdminAction(
            recovery.approve_recovery,
            _("Make the colleague admin"),
            *roles.SAFETY,
            form=DepartedForm,
            move="approve",
        ),
        AdminAction(
            recovery.decline_recovery,
            _("Decline"),
            *roles.SAFETY,
            form=ReasonForm,
            move="decline",
        ),
    )

    def evidence(self, row: AdminRecovery) -> list[tuple[Text, SafeString]]:
        """Show who the colleague is, and whether an admin is still there."""
        return [(_("What is known"), findings_html(recovery.check_recovery(row)))]

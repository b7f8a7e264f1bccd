"""Recovery: colleagues who ask to become admin."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.admin_base import AdminAction, ReasonForm, ReviewAdmin, findings_html
from portal.findings import Refused, Text
from portal.models import AdminRecovery, PublicMailDomain
from portal.services import domains, recovery, roles


class RecordedReasonForm(ReasonForm):
    """The reason of an action at the sponsor's own request."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It stays in the records; where a company is told, it reads this."),
    )


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


class PublicMailDomainForm(forms.ModelForm):
    class Meta:
        model = PublicMailDomain
        fields = ["name"]

    def clean_name(self) -> str:
        """Keep the domain in the form in which addresses are compared."""
        try:
            return domains.mail_domain(self.cleaned_data["name"])
        except Refused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal

"""Lost second factors: one person of the sponsor opens, another confirms."""

from django import forms
from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.admin_base import AdminAction, ReasonForm, ReviewAdmin, findings_html
from portal.findings import Text
from portal.models import SecondFactorRecovery
from portal.services import second_factors


class IdentityForm(forms.Form):
    """How a person of the sponsor knows who has lost the second factor."""

    reason = forms.CharField(
        label=_("How you know that it is the person"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Whoever confirms it reads this, and it stays in the records."),
    )


@admin.register(SecondFactorRecovery)
class SecondFactorRecoveryAdmin(ReviewAdmin):
    """People who have lost every second factor, and how far their recovery has come."""

    list_display = ["person", "state", "created_at", "opened_by", "confirmed_by"]
    list_filter = ["state"]
    list_select_related = ["person", "opened_by", "confirmed_by"]
    search_fields = ["person__name", "person__email"]
    ordering = ["-pk"]
    fields = [
        "person",
        "explanation",
        "state",
        "opened_by",
        "reason",
        "confirmed_by",
        "confirmed_at",
        "removes_at",
        "refusal",
        "ended_at",
    ]
    record_actions = (
        AdminAction(
            second_factors.open_removal,
            _("Open the removal"),
            *second_factors.OPENERS,
            form=IdentityForm,
            move="open",
        ),
        AdminAction(
            second_factors.confirm_removal,
            _("Confirm the removal"),
            *second_factors.CONFIRMERS,
            move="confirm",
        ),
        AdminAction(
            second_factors.decline_removal,
            _("Decline or stop it"),
            *second_factors.CONFIRMERS,
            form=ReasonForm,
            move="decline",
        ),
    )

    def evidence(self, row: SecondFactorRecovery) -> list[tuple[Text, SafeString]]:
        """Show whether the account is open and the second factor was used since."""
        return [(_("What is known"), findings_html(second_factors.check_removal(row)))]

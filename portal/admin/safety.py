"""Mail domains, and colleagues who ask to become admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal import services
from portal.actors import staff_of
from portal.errors import Refused
from portal.findings import Text
from portal.models import AdminRecovery, Domain, PublicMailDomain
from portal.review import Deed, ReasonForm, ReviewAdmin, findings_html
from portal.roles import Duty


class RecordedReasonForm(ReasonForm):
    """The reason of a deed at the sponsor's own request."""

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
    deeds = (
        Deed(
            services.approve_recovery,
            _("Make the colleague admin"),
            *services.SAFETY,
            form=DepartedForm,
            move="approve",
        ),
        Deed(
            services.decline_recovery,
            _("Decline"),
            *services.SAFETY,
            form=ReasonForm,
            move="decline",
        ),
    )

    def evidence(self, row: AdminRecovery) -> list[tuple[Text, SafeString]]:
        """Show who the colleague is, and whether an admin is still there."""
        return [(_("What is known"), findings_html(services.judge_recovery(row)))]


@admin.register(Domain)
class DomainAdmin(ReviewAdmin):
    """Whose mail domain is whose; each is one company's own."""

    list_display = ["name", "organization", "verified_at", "verified_by"]
    list_filter = [("verified_at", admin.EmptyFieldListFilter)]
    list_select_related = ["organization", "verified_by"]
    search_fields = ["name", "organization__name"]
    ordering = ["name"]
    fields = [
        "organization",
        "name",
        "verified_at",
        "verified_by",
        "proof_address",
        "expires_at",
    ]
    deeds = (
        Deed(
            services.confirm_domain,
            _("Verify"),
            *services.SAFETY,
            form=RecordedReasonForm,
        ),
        Deed(
            services.take_domain_away,
            _("Take away"),
            *services.SAFETY,
            form=RecordedReasonForm,
        ),
    )


class PublicMailDomainForm(forms.ModelForm):
    class Meta:
        model = PublicMailDomain
        fields = ["name"]

    def clean_name(self) -> str:
        """Keep the domain in the form in which addresses are compared."""
        try:
            return services.mail_domain(self.cleaned_data["name"])
        except Refused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal


@admin.register(PublicMailDomain)
class PublicMailDomainAdmin(ReviewAdmin):
    """Domains that prove no company; program managers keep the list."""

    form = PublicMailDomainForm
    change_form_template = "admin/change_form.html"
    list_display = ["name"]
    search_fields = ["name"]
    ordering = ["name"]

    def _may_edit(self, request: HttpRequest) -> bool:
        return staff_of(request).has(Duty.PROGRAM_MANAGER)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may_edit(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_edit(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_edit(request)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Keep the row through its service, which records the change."""
        services.save_public_domain(obj, by=staff_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Take it off the list through its service."""
        services.remove_public_domain(obj, by=staff_of(request))

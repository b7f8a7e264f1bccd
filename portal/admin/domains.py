from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.actors import staff_of
from portal.admin_base import AdminAction, RecordedReasonForm, ReviewAdmin
from portal.findings import Refused
from portal.models import Domain, PublicMailDomain
from portal.roles import Duty
from portal.services import domains, roles


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
    record_actions = (
        AdminAction(
            domains.confirm_domain,
            _("Verify"),
            *roles.SAFETY,
            form=RecordedReasonForm,
        ),
        AdminAction(
            domains.take_domain_away,
            _("Take away"),
            *roles.SAFETY,
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
            return domains.mail_domain(self.cleaned_data["name"])
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
        domains.save_public_domain(obj, by=staff_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Take it off the list through its service."""
        domains.remove_public_domain(obj, by=staff_of(request))

"""The program agreement and its signatures."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.admin.catalogue import CatalogueAdmin
from enrollment.forms.agreements import VersionForm
from enrollment.models import Program, ProgramAgreement, Signature
from enrollment.models.agreements import SIGNED_FIELDS
from enrollment.services import agreements
from portal.actors import staff_of
from portal.admin_base import ReviewAdmin, findings_html
from portal.findings import Finding, Text


@admin.register(ProgramAgreement)
class ProgramAgreementAdmin(CatalogueAdmin):
    """Versions; of one that somebody signed, only the last day to sign may change."""

    list_display = ["title", "version", "program", "effective_on", "sign_by", "told_at"]
    list_select_related = ["program"]
    form = VersionForm
    change_form_template = "admin/review.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        is_signed = obj is not None and obj.signatures.exists()
        return [*SIGNED_FIELDS, "told_at"] if is_signed else ["told_at"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*VersionForm.Meta.fields, *(["told_at"] if obj else [])]
        preview = "" if obj else preview_of_programs()
        return [(None, {"fields": fields, "description": preview})]

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Publish the version through its service."""
        agreements.publish(obj, by=staff_of(request))

    def evidence(self, row: Any) -> list[tuple[Text, SafeString]]:
        return [(_("Who has to sign"), preview_of(row))]


def preview_of(version: ProgramAgreement) -> SafeString:
    """Tell how many partners a version concerns."""
    context = {
        "version": version,
        "asked": agreements.partners_to_ask(version.program, version).count(),
        "signed": version.signatures.count(),
    }
    return render_to_string("enrollment/agreement_evidence.html", context)


def preview_of_programs() -> SafeString:
    """Tell for each program how many partners would have to sign one more version."""
    counts = {
        program: agreements.partners_to_ask(program).count()
        for program in Program.objects.order_by("pk")
    }
    lines = [
        ngettext(
            "%(program)s: %(count)d partner would have to sign again.",
            "%(program)s: %(count)d partners would have to sign again.",
            count,
        )
        % {"program": program, "count": count}
        for program, count in counts.items()
    ]
    return format_html("{}", " ".join(lines))


@admin.register(Signature)
class SignatureAdmin(ReviewAdmin):
    list_display = ["partner", "agreement", "signer_name", "signed_at"]
    list_select_related = ["partner", "agreement"]
    search_fields = ["partner__name", "signer_name"]
    fields = [
        "partner",
        "agreement",
        "signer",
        "signer_name",
        "signer_title",
        "role_names",
        "signed_at",
        "address",
        "text_hash",
        "copy",
    ]
    readonly_fields = ["role_names"]

    @admin.display(description=gettext_lazy("roles"))
    def role_names(self, row: Signature) -> str:
        return agreements.role_names(row)

    def evidence(self, row: Any) -> list[tuple[Text, SafeString]]:
        return [(_("Text"), findings_html([text_unchanged(row)]))]


def text_unchanged(signature: Signature) -> Finding:
    """Compare the text as it is now with the hash that was signed."""
    holds = signature.is_of_unchanged_text
    return Finding(
        _("Text of the agreement"),
        holds=holds,
        found=_("The text has not changed since.")
        if holds
        else _("The text is not the one that was signed."),
        needed=_("The SHA-256 of the text is %(hash)s.")
        % {"hash": signature.text_hash},
    )

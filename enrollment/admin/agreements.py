"""The program agreement and its signatures."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from enrollment.admin.catalogue import CatalogueAdmin
from enrollment.models import (
    ProgramAgreement,
    Signature,
)
from portal.review import ReviewAdmin


@admin.register(ProgramAgreement)
class ProgramAgreementAdmin(CatalogueAdmin):
    """A version that somebody signed stays as it was signed."""

    list_display = ["title", "version", "program", "effective_on"]
    list_select_related = ["program"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_signed = obj is not None and obj.signatures.exists()
        return super().has_change_permission(request, obj) and not is_signed


@admin.register(Signature)
class SignatureAdmin(ReviewAdmin):
    list_display = ["partner", "agreement", "signer_name", "signed_at"]
    list_select_related = ["partner", "agreement"]
    search_fields = ["partner__name", "signer_name"]

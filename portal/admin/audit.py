"""The audit trail, as the sponsor's people read it."""

from django.contrib import admin

from portal.admin_base import ReviewAdmin
from portal.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReviewAdmin):
    list_display = ["at", "verb", "subject_name", "person_name", "organization_name"]
    list_filter = ["side", "subject_type"]
    search_fields = ["subject_name", "person_name", "organization_name"]
    ordering = ["-pk"]

"""What every app writes: the audit trail, mails, files."""

from typing import Any

from django.contrib import admin
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from portal.actors import staff_of
from portal.models import AuditEntry, Document, Email
from portal.review import Deed, ReviewAdmin
from portal.roles import Duty
from portal.services import outbox
from portal.views.documents import file_response


@admin.register(AuditEntry)
class AuditEntryAdmin(ReviewAdmin):
    list_display = ["at", "verb", "subject_name", "person_name", "organization_name"]
    list_filter = ["side", "subject_type"]
    search_fields = ["subject_name", "person_name", "organization_name"]
    ordering = ["-pk"]


@admin.register(Email)
class EmailAdmin(ReviewAdmin):
    """What was mailed to whom and when; what it said is for support only.

    A mail that opens an account says nothing here to anybody: its words are sealed.
    Those that no server takes are set aside, with the reason, and wait.
    """

    list_display = ["subject", "to", "queued_at", "sent_at", "set_aside_at", "attempts"]
    list_filter = [
        ("sent_at", admin.EmptyFieldListFilter),
        ("set_aside_at", admin.EmptyFieldListFilter),
    ]
    deeds = (Deed(outbox.try_again, _("Try again"), Duty.PROGRAM_MANAGER),)
    search_fields = ["to", "subject"]
    ordering = ["-pk"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the words to support, where there are any."""
        known = ["to", "subject", "attachment", "queued_at", "sent_at", "attempts"]
        shown = [*known, "last_error"]
        is_support = staff_of(request).has(Duty.SUPPORT)
        return [*shown, "body"] if obj and obj.body and is_support else shown


@admin.register(Document)
class DocumentAdmin(ReviewAdmin):
    """Files of all parties; each is handed out as an attachment."""

    list_display = ["name", "content_type", "size", "uploaded_by", "uploaded_at"]
    list_select_related = ["uploaded_by"]
    search_fields = ["name", "sha256"]
    change_form_template = "admin/document.html"

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.download)
        return [
            path("<int:pk>/file/", page, name="portal_document_file"),
            *super().get_urls(),
        ]

    def download(self, request: HttpRequest, pk: int) -> FileResponse:
        return file_response(get_object_or_404(Document, pk=pk))

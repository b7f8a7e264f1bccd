"""What every app writes: the audit trail, mails, files."""

from django.contrib import admin
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from portal.models import AuditEntry, Document, Email
from portal.review import ReviewAdmin
from portal.views.documents import file_response


@admin.register(AuditEntry)
class AuditEntryAdmin(ReviewAdmin):
    list_display = ["at", "verb", "subject_name", "person_name", "organization_name"]
    list_filter = ["side", "subject_type"]
    search_fields = ["subject_name", "person_name", "organization_name"]
    ordering = ["-pk"]


@admin.register(Email)
class EmailAdmin(ReviewAdmin):
    list_display = ["subject", "to", "queued_at", "sent_at", "attempts"]
    list_filter = [("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["to", "subject"]
    ordering = ["-pk"]


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

from django.contrib import admin
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from portal.admin_base import ReviewAdmin
from portal.models import Document
from portal.views.documents import file_response


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

"""Files, handed to their parties."""

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from portal.models import Document
from portal.web import Request, member


@require_safe
@member()
def document(request: Request, pk: int) -> FileResponse:
    """Hand a file to one of its parties: as attachment, with the type we found."""
    found = get_object_or_404(Document.objects.visible_to(request.actor), pk=pk)
    return file_response(found)


def file_response(document: Document) -> FileResponse:
    response = FileResponse(
        document.open(),
        as_attachment=True,
        filename=document.name,
        content_type=document.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response

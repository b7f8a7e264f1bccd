"""Files, handed to their parties."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from portal import demo, files
from portal.models import Document
from portal.web import Request, member


@require_safe
@member()
def document(request: Request, pk: int) -> FileResponse:
    """Hand a file to who sees a record it belongs to, as attachment."""
    file = get_object_or_404(Document.objects.visible_to(request.actor), pk=pk)
    if not files.is_shown(file, request.actor):
        raise Http404
    return file_response(file)


@login_not_required
@require_safe
def demo_attachment(_request: HttpRequest, pk: int) -> FileResponse:
    """Hand out what a mail of the demo carries; does not exist elsewhere."""
    attachment = demo.attachment(pk) if settings.DEMO else None
    if attachment is None:
        raise Http404
    return file_response(attachment)


def file_response(document: Document) -> FileResponse:
    response = FileResponse(
        document.open(),
        as_attachment=True,
        filename=document.name,
        content_type=document.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response

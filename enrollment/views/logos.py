"""Logos of partners in the directory, for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from enrollment import services

# A browser may show a logo that long after its profile has left the directory.
KEPT_SECONDS = 600


@login_not_required
@require_safe
def logo(_request: HttpRequest, profile: int, sha256: str) -> FileResponse:
    """Show the logo of a published profile; its type is ours, not the file's word."""
    found = services.public_logo(profile, sha256)
    if found is None:
        raise Http404
    response = FileResponse(found.open(), content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return response

"""Files that stay chosen when their form comes back with an error.

A browser never fills a file input again. So what was chosen is kept for its person
(``keep_files``), the form names it, and takes it when it is sent again (``form_data``).
"""

from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from portal.actors import actor_of
from portal.forms import DraftInput, draft_name
from portal.models import FilePurpose, TemporaryFile
from portal.services import temporary_files

Sent = tuple[QueryDict | None, MultiValueDict | None]


class DraftUpload(UploadedFile):
    """A kept file, in the place of one that the browser would send."""

    def __init__(self, draft: TemporaryFile) -> None:
        super().__init__(draft.open(), draft.name, size=draft.size)
        self.draft = draft


def form_data(request: HttpRequest) -> Sent:
    """Return what a form is made of: what was typed, and the files, kept ones too.

    Kept ones join the request's, which closes them with its own.
    """
    if request.method != "POST":
        return None, None
    ending = draft_name("")
    for key in request.POST:
        name = key.removesuffix(ending)
        if key.endswith(ending) and name not in request.FILES:
            draft = _own_draft(request, str(request.POST[key]))
            if draft is not None:
                request.FILES[name] = DraftUpload(draft)
    return request.POST, request.FILES


def _own_draft(request: HttpRequest, ticket: str) -> TemporaryFile | None:
    try:
        key = UUID(ticket)
    except ValueError:
        return None
    return (
        temporary_files.files_of(actor_of(request), FilePurpose.DRAFT)
        .filter(ticket=key)
        .first()
    )


def keep_files(request: HttpRequest, form: forms.BaseForm) -> None:
    """Keep what was chosen with a form that comes back, unless it is what is wrong."""
    if not form.is_bound or not form.errors:
        return
    for name, field in form.fields.items():
        file = form.files.get(form.add_prefix(name))
        if isinstance(field.widget, DraftInput) and file and name not in form.errors:
            field.widget.draft = (
                file.draft
                if isinstance(file, DraftUpload)
                else temporary_files.keep(file, FilePurpose.DRAFT, by=actor_of(request))
            )

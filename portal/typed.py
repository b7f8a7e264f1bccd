"""The door of everything typed: forms, addresses and names of files, on every page."""

import unicodedata
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from portal import text

# What is compared sign by sign with what was typed another time.
UNTOUCHED = "password"
ACCOUNTS = "/accounts/"


class TypedTextMiddleware:
    """Cleans what comes with a request before a page sees it.

    An address that no text can be leads nowhere (404). In a form such a sign is left
    for the field, which refuses it with a sentence.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        return response

    def process_view(self, request: HttpRequest, *_args: Any) -> None:
        """Come after the check of the token, which has read the form."""
        names = [request.path_info, *request.GET, *values_of(request.GET)]
        if not all(map(text.is_possible, names)):
            raise Http404
        request.GET = clean_values(request.GET)  # type: ignore[assignment]
        if request.POST:
            typed = clean_values(request.POST)
            if request.path_info.startswith(ACCOUNTS) and "code" in typed:
                typed["code"] = code_in(str(typed["code"]))
            request.POST = typed  # type: ignore[assignment]
            for upload in uploads_of(request):
                upload.name = text.file_name(upload.name or "")


def values_of(query: QueryDict) -> list[str]:
    return [str(value) for _name, values in query.lists() for value in values]


def uploads_of(request: HttpRequest) -> list[UploadedFile]:
    return [file for _name, files in request.FILES.lists() for file in files]


def clean_values(query: QueryDict) -> QueryDict:
    """Return the same names with cleaned values; a password stays as it was typed."""
    clean = query.copy()
    for name, values in query.lists():
        if UNTOUCHED not in name:
            clean.setlist(name, [in_form(str(value)) for value in values])
    return clean


def in_form(value: str) -> str:
    """Clean a value; what no text can hold becomes the one sign that fields refuse."""
    return text.IMPOSSIBLE.sub("\0", text.clean(value))


def code_in(value: str) -> str:
    """Return a code as the authenticator or the mail shows it: in whatever width."""
    return "".join(unicodedata.normalize("NFKC", value).split())

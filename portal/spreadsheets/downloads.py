"""Tables on their way to a person's browser."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum

from django.db import connection, transaction
from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header

from portal.actors import Actor, Member
from portal.tenancy import acting_for, acting_for_all


class FileFormat(StrEnum):
    """The format in which a table is taken away; also the ending of the file's name."""

    CSV = "csv"
    XLSX = "xlsx"


# What a file input offers for a table that is read.
ACCEPT = ", ".join(f".{file_format}" for file_format in FileFormat)
CONTENT_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
}


def download(
    name: str, pieces: Iterable[bytes], file_format: FileFormat
) -> StreamingHttpResponse:
    """Send a table as it is made; it is saved, never shown or kept on the way."""
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[file_format])
    attachment = content_disposition_header(True, f"{name}.{file_format}")
    response["Content-Disposition"] = attachment or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def seen_by(actor: Actor, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Make the pieces of a file in a transaction of their own, as the actor.

    A page's transaction is over before the first piece goes out. This one begins with
    the first piece and ends with the last, or when the browser goes away; all of it
    sees one moment, in the reader's language and time.
    """
    language, zone = translation.get_language(), timezone.get_current_timezone()
    return _pieces_for(actor, pieces, language or "en", str(zone))


def _pieces_for(
    actor: Actor, pieces: Iterator[bytes], language: str, zone: str
) -> Iterator[bytes]:
    with (
        translation.override(language),
        timezone.override(zone),
        one_moment(),
        rows_of(actor),
    ):
        yield from pieces


@contextmanager
def one_moment() -> Iterator[None]:
    """Open a transaction that only reads, and for which nothing changes meanwhile."""
    is_first = not connection.in_atomic_block
    with transaction.atomic():
        if is_first:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                )
        yield


def rows_of(actor: Actor) -> AbstractContextManager[None]:
    """Open the actor's side: an organization's rows, or all of them for the sponsor."""
    if isinstance(actor, Member):
        return acting_for(actor.organization_id, person=actor.person_id)
    return acting_for_all()

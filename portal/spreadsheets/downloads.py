"""Tables on their way to a person's browser."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO

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


PIECE = 65536
MOST_IN_MEMORY = 1024 * 1024
# Beyond, some millions of rows, a table goes out at the pace of its reader.
MOST_AHEAD = 256 * MOST_IN_MEMORY
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
    return as_attachment(response, f"{name}.{file_format}")


def as_attachment(response: StreamingHttpResponse, name: str) -> StreamingHttpResponse:
    """Let the browser save an answer under a name, never show it."""
    attachment = content_disposition_header(True, name)
    response["Content-Disposition"] = attachment or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def download_for(
    actor: Actor, name: str, pieces: Iterator[bytes], file_format: FileFormat
) -> StreamingHttpResponse:
    """Send a table with the rows that the actor sees."""
    return download(name, seen_by(actor, pieces, file_format), file_format)


def seen_by(
    actor: Actor, pieces: Iterator[bytes], file_format: FileFormat
) -> Iterator[bytes]:
    """Make the pieces of a file in a transaction of their own, as the actor.

    A page's transaction is over before the first piece goes out. The headings of a CSV
    go out at once. The rows are then read as fast as the database gives them, into a
    file that waits for the browser; all of them see one moment, in the reader's
    language and time. The connection is given back before somebody has to be waited
    for: who reads slowly keeps nobody else from the database.
    """
    language, zone = translation.get_language(), timezone.get_current_timezone()
    return _pieces_for(actor, pieces, file_format, (language or "en", str(zone)))


def _pieces_for(
    actor: Actor,
    pieces: Iterator[bytes],
    file_format: FileFormat,
    where: tuple[str, str],
) -> Iterator[bytes]:
    if file_format is FileFormat.CSV:
        with _words_of(*where):
            headings = next(pieces, b"")
        yield headings
    with SpooledTemporaryFile(MOST_IN_MEMORY) as ahead:
        with _words_of(*where), one_moment(), rows_of(actor):
            for piece in pieces:
                ahead.write(piece)
                if ahead.tell() > MOST_AHEAD:
                    yield from _taken_out(ahead)
        if not connection.in_atomic_block:
            connection.close()
        yield from _taken_out(ahead)


def _taken_out(ahead: IO[bytes]) -> Iterator[bytes]:
    ahead.seek(0)
    yield from iter(partial(ahead.read, PIECE), b"")
    ahead.seek(0)
    ahead.truncate()


@contextmanager
def _words_of(language: str, zone: str) -> Iterator[None]:
    with translation.override(language), timezone.override(zone):
        yield


@contextmanager
def one_moment(*, is_read_only: bool = True) -> Iterator[None]:
    """Open a transaction for which nothing changes meanwhile, mostly to read only."""
    is_first = not connection.in_atomic_block
    with transaction.atomic():
        if is_first:
            level = "ISOLATION LEVEL REPEATABLE READ"
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SET TRANSACTION {level}{', READ ONLY' if is_read_only else ''}"
                )
        yield


def rows_of(actor: Actor) -> AbstractContextManager[None]:
    """Open the actor's side: an organization's rows, or all of them for the sponsor."""
    if isinstance(actor, Member):
        return acting_for(actor.organization_id, person=actor.person_id)
    return acting_for_all()

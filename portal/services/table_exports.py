"""Workbooks of long lists: asked for, made by a worker, taken away in time."""

import tempfile
from functools import cache, partial

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.cache import cache as progress
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from portal import clock, db
from portal.actors import Member, Staff
from portal.models import FilePurpose, Membership, TableExport
from portal.services import temporary_files
from portal.spreadsheets.downloads import one_moment, rows_of
from portal.spreadsheets.tables import ListSource
from portal.tenancy import acting_for_all

# Longer lists are written by a worker: so many rows take a second or less.
MOST_AT_ONCE = 5_000
PROGRESS_SECONDS = 3_600
# Rows between two words on how far it is.
STEP = 1_000


@cache
def sources() -> dict[str, ListSource]:
    """Return each list that can be taken away, by its name."""
    list_sources = [import_string(name) for name in settings.TABLE_EXPORTS]
    return {source.name: source for source in list_sources}


def is_long(source: ListSource, query: QueryDict, *, by: Member | Staff) -> bool:
    """Tell whether a list is left to a worker; reads no more than one row too many."""
    rows = source.rows(by, query).order_by().values("pk")
    return rows[: MOST_AT_ONCE + 1].count() > MOST_AT_ONCE


def ask(
    source: ListSource, query: QueryDict, *, name: str, by: Member | Staff
) -> TableExport:
    """Have a workbook made of what a list shows; asked twice meanwhile, it is one."""
    wish = {
        "organization": by.organization,
        "person": by.person,
        "source": source.name,
        "query": query.urlencode(),
    }
    try:
        with transaction.atomic():
            export = TableExport.objects.create(
                **wish,
                name=name,
                language=translation.get_language() or "en",
                zone=timezone.get_current_timezone_name(),
            )
    except IntegrityError as error:
        if "table_export_once" not in str(error):
            raise
        return TableExport.objects.get(**wish, finished_at=None)
    db.nudge(current_app.signature("portal.tasks.make_table_export"), export.pk)
    return export


def share_of(export: TableExport) -> int:
    """Return how many percent of a workbook are written, as far as is known."""
    done, count = progress.get(_key(export)) or (0, 0)
    return 99 * done // count if count else 0


def _key(export: TableExport) -> str:
    return f"table-export:{export.pk}"


def make(pk: int) -> None:
    """Make a workbook that was asked for, as its person sees the list now.

    Safe to run twice or side by side: what is made or held by another is passed over.
    One that ends its worker each time is given up.
    """
    export = db.begin_attempt(TableExport.objects.filter(pk=pk, finished_at=None))
    if export is None:
        return
    by = _actor_of(export)
    if by is None or export.attempts > db.MOST_ATTEMPTS:
        _end(export)
        return
    try:
        _make(export, by)
    except (SoftTimeLimitExceeded, MemoryError):
        _end(export)


def _end(export: TableExport) -> None:
    with acting_for_all():
        TableExport.objects.filter(pk=export.pk).update(finished_at=clock.now())


def _actor_of(export: TableExport) -> Member | Staff | None:
    """Return who asked, if this person may still see the list."""
    with acting_for_all():
        person = export.person
        if export.organization_id is None:
            is_staff = person.is_active and person.is_staff
            return Staff.of(person) if is_staff else None
        places = Membership.objects.active().filter(
            person=person,
            person__is_active=True,
            organization=export.organization_id,
        )
        place = places.select_related("person", "organization").first()
        return Member.of(place) if place else None


def _make(export: TableExport, by: Member | Staff) -> None:
    """Write the file and the row in one transaction, which sees one moment."""
    with (
        one_moment(is_read_only=False),
        rows_of(by),
        translation.override(export.language),
        timezone.override(export.zone),
    ):
        unfinished = TableExport.objects.filter(pk=export.pk, finished_at=None)
        current = db.free_rows(unfinished).first()
        if current is None:
            return
        source = sources()[export.source]
        rows = source.rows(by, QueryDict(export.query))
        tell = partial(note_progress, export, rows.order_by().count())
        with tempfile.TemporaryFile() as file:
            for piece in source.table.as_xlsx(rows, by, tell):
                file.write(piece)
            current.file = temporary_files.keep(
                File(file), FilePurpose.EXPORT, by=by, name=export.name
            )
        current.finished_at = clock.now()
        current.expires_at = current.file.expires_at
        current.save()


def note_progress(export: TableExport, count: int, done: int) -> None:
    """Say now and then how many rows are written, where losing it does no harm."""
    if done % STEP == 0:
        progress.set(_key(export), (done, count), PROGRESS_SECONDS)


def overdue() -> list[int]:
    """Return the keys of workbooks that wait for a worker."""
    return db.unheard_keys(TableExport.objects.filter(finished_at=None))


def forget_ended() -> int:
    """Forget what was asked for and has ended; the files go by themselves."""
    with acting_for_all():
        ended = TableExport.objects.filter(expires_at__lte=clock.now())
        count, _kinds = ended.delete()
    return count

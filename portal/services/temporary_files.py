"""Keeping a person's file for some hours, and taking it away in time."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import QuerySet

from portal import clock, text
from portal.actors import Member, Staff
from portal.models import FilePurpose, TemporaryFile
from portal.models.temporary_files import FOLDER, MOST_OF_PERSON
from portal.tenancy import acting_for_all

# What has no row after so long is left by somebody who died before writing it.
ORPHAN_LIFE = timedelta(days=1)


def keep(
    file: File, purpose: FilePurpose, *, by: Member | Staff, name: str = ""
) -> TemporaryFile:
    """Keep a file for its person; the oldest of many makes room.

    The content is written before the row: content without a row is cleared later.
    """
    temporary_file = TemporaryFile(
        organization=by.organization,
        person=by.person,
        purpose=purpose,
        name=text.file_name(name or file.name or ""),
        size=file.size,
    )
    file.seek(0)
    storages["documents"].save(temporary_file.path, file)
    temporary_file.save()
    forget(files_of(by, purpose).order_by("-created_at", "-pk")[MOST_OF_PERSON:])
    return temporary_file


def files_of(by: Member | Staff, purpose: FilePurpose) -> QuerySet[TemporaryFile]:
    """Return the files of one person in one place that have not ended."""
    files: QuerySet[TemporaryFile] = TemporaryFile.objects.owned_by(by).unended()
    return files.filter(purpose=purpose)


def forget(files: Iterable[TemporaryFile]) -> int:
    """Take files away, the content after the rows; returns how many."""
    gone = list(files)
    TemporaryFile.objects.filter(pk__in=[file.pk for file in gone]).delete()
    for file in gone:
        transaction.on_commit(partial(storages["documents"].delete, file.path))
    return len(gone)


def forget_ended() -> int:
    """Take away what has ended, and content that has no row; returns how many."""
    with acting_for_all():
        count = forget(TemporaryFile.objects.filter(expires_at__lte=clock.now()))
    return count + _forget_orphans()


def _forget_orphans() -> int:
    store: Any = storages["documents"]
    names = store.listdir(FOLDER)[1] if store.exists(FOLDER) else []
    old = clock.now() - ORPHAN_LIFE
    with acting_for_all():
        known = {str(t) for t in TemporaryFile.objects.values_list("ticket", flat=True)}
    orphans = [
        path
        for name in names
        if name not in known
        and store.get_modified_time(path := f"{FOLDER}/{name}") < old
    ]
    for path in orphans:
        store.delete(path)
    return len(orphans)

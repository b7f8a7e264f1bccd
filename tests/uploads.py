"""Tables that were uploaded, read in a test as the worker reads them."""

from threading import Thread

from django.db import connection

from portal.models import TableImport
from portal.tasks import make_table_export, read_table_import


def read_now(upload):
    """Read an upload; gives it as it is then."""
    read_table_import(upload.pk)
    upload.refresh_from_db()
    return upload


def read_all():
    for upload in TableImport.objects.filter(read_at=None):
        read_now(upload)


def make_now(export):
    """Make a workbook that was asked for; gives it as it is then."""
    make_table_export(export.pk)
    export.refresh_from_db()
    return export


def read_at_once(monkeypatch):
    """Let a nudge read a table by a thread, in the place of the worker that hears it.

    Like the worker, it knows nothing of the request and has a connection of its own.
    """

    def read(args, *_keywords, **_options):
        reader = Thread(target=in_a_worker, args=args)
        reader.start()
        reader.join()

    monkeypatch.setattr(read_table_import, "apply_async", read)


def in_a_worker(pk):
    read_table_import(pk)
    connection.close()

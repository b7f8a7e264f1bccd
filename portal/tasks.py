"""Background work of the floor: the outbox, and sessions that have ended."""

import logging
from datetime import timedelta
from time import monotonic

from celery import shared_task
from django.core.management import call_command
from django.utils.module_loading import import_string

from portal import clock, delivery, reminders
from portal.models import SealedBody
from portal.services import (
    organizations,
    second_factors,
    table_exports,
    table_imports,
    temporary_files,
)
from portal.tenancy import acting_as_mailer, acting_for_all

# After that a mail is tried no more, and its links and codes have long ended.
SEALED_LIFE = timedelta(days=7)
# A table is read, and a workbook made, in so many seconds: then softly, then hard.
READ_SECONDS, READ_HARD = 60, 75
MAKE_SECONDS, MAKE_HARD = 600, 630
SWEPT_EVERY = 60
# A sweep of the outbox ends before the next one begins, a minute later.
SWEEP_SECONDS = 50
SWEEP = 2000

logger = logging.getLogger(__name__)


@shared_task
def send_email(key: str) -> None:
    """Send one queued mail.

    Safe to run twice or side by side: the row stays locked while the mail goes out,
    and a mail that has gone or is going is passed over. If the worker dies or the mail
    server refuses, ``send_waiting`` picks the mail up.
    """
    with acting_for_all():
        failure = delivery.attempt(key)
    if failure:
        raise failure


@shared_task
def send_waiting() -> int:
    """Send whatever is still unsent; run every minute. Returns the number tried.

    Safe to run twice: what has gone or is going is passed over. No mail is queued
    anew, so that a server that hangs leaves no heap behind; when it is not to be
    reached, the others wait for the next turn.
    """
    with acting_for_all():
        keys = list(delivery.due_mails().values_list("key", flat=True)[:SWEEP])
    return _send_in_turn(keys)


@shared_task
def send_emails(keys: list[str]) -> int:
    """Send the mails of one action. Returns the number tried.

    Safe to run twice or side by side, as ``send_waiting``, which picks up the rest.
    """
    return _send_in_turn(keys)


def _send_in_turn(keys: list[str]) -> int:
    ends = monotonic() + SWEEP_SECONDS
    for tried, key in enumerate(keys, start=1):
        with acting_for_all():
            failure = delivery.attempt(key)
        if failure:
            logger.warning("A mail waits for its next turn.", exc_info=failure)
        if isinstance(failure, delivery.OUTAGES) or monotonic() > ends:
            return tried
    return len(keys)


@shared_task
def remind(name: str) -> int:
    """Tell what is due of a kind of reminder; run as ``beat`` lists them.

    Safe to run twice or side by side: the offset that was told is kept with the row in
    the transaction that writes the mails, or a mail's key names it. Returns the number
    of mails.
    """
    return reminders.remind(import_string(name))


@shared_task
def forget_sealed() -> None:
    """Take out what mails said that could not be sent; run every night.

    Safe to run twice: there is nothing left to take out.
    """
    with acting_as_mailer():
        old = SealedBody.objects.filter(queued_at__lt=clock.now() - SEALED_LIFE)
        old.delete()


@shared_task
def remove_lost_second_factors() -> int:
    """Remove lost second factors after the waiting time; run hourly.

    Safe to run twice: what has ended is passed over. Returns the number removed.
    """
    return second_factors.remove_lost()


@shared_task
def check_zones() -> int:
    """Say whose time zone is unknown; run hourly, before the deadlines' work.

    Safe to run twice. Returns the number of organizations that are passed over.
    """
    return organizations.check_zones()


@shared_task
def forget_sessions() -> None:
    """Take sessions that have ended out of the database; run every night.

    Safe to run twice: there is nothing left to take out.
    """
    call_command("clearsessions")


@shared_task(soft_time_limit=READ_SECONDS, time_limit=READ_HARD)
def read_table_import(pk: int) -> None:
    """Read a table that somebody uploaded, in a process with bounds.

    Safe to run twice or side by side: the row is locked, what is read is passed over.
    A file that ends its worker is given up after a few attempts.
    """
    table_imports.read_upload(pk)


@shared_task(soft_time_limit=MAKE_SECONDS, time_limit=MAKE_HARD)
def make_table_export(pk: int) -> None:
    """Make a workbook that somebody asked for.

    Safe to run twice or side by side: the row is locked, what is made is passed over.
    """
    table_exports.make(pk)


@shared_task
def sweep_tables() -> int:
    """Ask again for tables that wait to be read or made; run every minute.

    Safe to run twice: what is done by then is passed over. Returns how many.
    """
    reads, makes = table_imports.overdue(), table_exports.overdue()
    for pk in reads:
        read_table_import.apply_async((pk,), expires=SWEPT_EVERY)
    for pk in makes:
        make_table_export.apply_async((pk,), expires=SWEPT_EVERY)
    return len(reads) + len(makes)


@shared_task
def forget_temporary_files() -> int:
    """Take away drafts, uploads and workbooks that have ended; run hourly.

    Safe to run twice: what is gone is gone. Returns how many files.
    """
    table_imports.forget_ended()
    table_exports.forget_ended()
    return temporary_files.forget_ended()

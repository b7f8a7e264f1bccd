"""Reminders: one engine, which each app tells what is due, and whom to tell how.

Only the nearest offset of a schedule is told, once; what was missed is passed over.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from portal import db, mail
from portal.models import Email
from portal.tenancy import acting_for_all

Row = TypeVar("Row", bound=Model)

# The most rows of one transaction.
MOST = 500
# The field that keeps the offset that was told last.
REMINDED = ("reminded",)


@dataclass(frozen=True)
class Reminder(Generic[Row]):
    """A kind of reminder.

    ``due`` lists the rows of which somebody is to be told, as ``untold`` does, and
    leaves out what is done; ``letters`` says whom and how. That a row was told stands
    in its fields ``marks``: in ``reminded``, or in those that ``letters`` sets. Without
    marks the keys of the outbox say who was told.

    Rows of one value of ``together`` are told in one transaction, where they fit into
    it. ``what`` begins the line of the log that names a broken row.
    """

    what: str
    due: Callable[[], QuerySet[Row]]
    letters: Callable[[list[Row]], Iterable[mail.Letter]]
    marks: tuple[str, ...] = REMINDED
    together: str = "pk"
    most: int = MOST

    def rows(self, keys: list[int]) -> QuerySet[Row]:
        return self.due().filter(pk__in=keys).order_by("pk")


def remind(kind: Reminder) -> int:
    """Tell of every row that is due; returns the number of mails.

    Safe to run twice or side by side: what one run holds the other passes over, and no
    row that is broken stops the others.
    """
    tell = _tell_and_mark if kind.marks else _tell
    with acting_for_all():
        due = kind.due().order_by(kind.together, "pk")
        together = dict(due.values_list("pk", kind.together))
    return db.at_pace(
        partial(tell, kind),
        list(together),
        most=kind.most,
        together=together.__getitem__,
        what=kind.what,
    )


def _tell(kind: Reminder, keys: list[int]) -> int:
    with acting_for_all():
        letters = list(kind.letters(list(kind.rows(keys))))
        written = [letter.outbox_key for letter in letters]
        keys_queued = set(
            Email.objects.filter(key__in=written).values_list("key", flat=True)
        )
        return mail.queue_many(
            letter for letter in letters if letter.outbox_key not in keys_queued
        )


def _tell_and_mark(kind: Reminder, keys: list[int]) -> int:
    """Write the letters as things stand, and send what still holds under the lock."""
    drafts = mail.Drafts()
    if kind.marks == REMINDED:
        with acting_for_all():
            drafts.write(kind.letters(list(kind.rows(keys))))
    with acting_for_all():
        rows = list(db.free_rows(kind.rows(keys)))
        number = drafts.post(kind.letters(rows))
        if kind.marks == REMINDED:
            for row in rows:
                row.reminded = row.reminder_offset
        db.save_rows(rows, kind.marks)
        return number

"""Rows under a lock, and work that waits for the commit."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from celery import Signature, Task
from django.db import connection, models, transaction

from portal import statements
from portal.audit import BEFORE, remember
from portal.shown import ensure_as_shown
from portal.values import Values, differing, values_of

Row = TypeVar("Row", bound=models.Model)
# The attribute in which a locked row carries what the database holds of it.
STORED = "_stored"
# The attribute in which a row carries the transaction that holds its lock.
LOCKED_IN = "_locked_in"
NUDGE_LIFE = 600  # seconds


def read_under_lock(row: Row) -> Row:
    """Note that a row was just read under its lock, for deeds in this transaction.

    The lock has to be taken outside of any block that may be rolled back by itself.
    """
    setattr(row, LOCKED_IN, _transaction())
    return row


def _transaction() -> object:
    """Give what stands for the transaction that is open: its outermost block."""
    blocks = connection.atomic_blocks
    return blocks[0] if blocks else None


@contextmanager
def locked(row: Row, *, keeping: Iterable[str] = ()) -> Iterator[Row]:
    """Give the row as it is now, and keep others off it until we commit.

    A deed that locks rows of several apps takes them in this order: the payment
    request, the voucher, its engagement. (A reservation that ends holds its voucher and
    then calls the engagement off.)

    The lock leaves the row's key alone: who only points to the row, such as an entry of
    a ledger, need not wait. Waiting for it would tie two deeds into a deadlock.

    A form that was sent has shown the row as it is, or ``Changed`` is raised.

    What the row points to is read anew too, apart from what ``keeping`` names. A row
    that the same transaction has read under its lock (``read_under_lock``) is given as
    it is.
    """
    with transaction.atomic():
        # What a deed writes last is in order: its guards and findings have held.
        connection.let_ride()  # type: ignore[attr-defined]
        held_by = getattr(row, LOCKED_IN, None)
        is_held = held_by is not None and held_by is _transaction()
        held = row if is_held else _read_anew(row, keeping)
        ensure_as_shown(held)
        setattr(remember(held), STORED, getattr(held, BEFORE))
        # Who fails may have changed the row in hand: then it is read anew.
        setattr(held, LOCKED_IN, None)
        yield held
    if held is row:
        setattr(held, LOCKED_IN, held_by)


def _read_anew(row: Row, keeping: Iterable[str]) -> Row:
    # The person of a request is wrapped: its class is told, its type is not.
    model: type[Row] = row.__class__
    held = statements.read_locked(model, row.pk)
    _hand_over(row, held, keeping)
    return held


def _hand_over(row: models.Model, held: models.Model, names: Iterable[str]) -> None:
    for name in names:
        field: Any = held._meta.get_field(name)
        if field.is_cached(row):
            other = field.get_cached_value(row)
            if other is not None and other.pk == getattr(held, field.attname):
                field.set_cached_value(held, other)


def save(row: models.Model) -> None:
    """Write what changed of a locked row; sent with the next statement.

    The database may refuse it: then that statement fails, or the end of ``locked``.
    """
    stored: Values = getattr(row, STORED)
    now = values_of(row)
    changed = differing(row.__class__, stored, now)
    if changed:
        statements.update_ahead(row, (field for field, _old, _new in changed))
        setattr(row, STORED, now)


def nudge(task: Task | Signature, *args: object) -> None:
    """Tell a worker of a task once the change is safe.

    A broker that is away costs only time: a sweep finds what nobody was told of. So
    does a worker that is late: the nudge is worth nothing after a while.
    """

    def tell_worker() -> None:
        task.apply_async(args, expires=NUDGE_LIFE)

    transaction.on_commit(tell_worker, robust=True)

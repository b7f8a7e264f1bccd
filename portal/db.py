"""Rows under a lock, many of them saved at once, and work that waits for the commit."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from celery import Signature, Task
from django.db import connection, models, transaction
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from portal.audit import remember
from portal.cache import absence_of_redis
from portal.shown import ensure_as_shown

Row = TypeVar("Row", bound=models.Model)
NUDGE_LIFE = 600  # seconds


@contextmanager
def lock_row(row: Row, *related: str) -> Iterator[Row]:
    """Give the row as it is now, and keep others off it until we commit.

    An action that locks rows of several apps takes them in this order: the payment
    request, the voucher, its engagement. (A reservation that ends holds its voucher and
    then calls the engagement off.)

    The lock leaves the row's key alone: who only points to the row, such as an entry of
    a ledger, need not wait. Waiting for it would tie two actions into a deadlock.

    A form that was sent has shown the row as it is, or ``Changed`` is raised.

    ``related`` is read with the row. What the transaction's scope hides must not be
    named there: the row would seem to be gone. Raises ``DoesNotExist``.
    """
    # The person of a request is wrapped: its class is told, its type is not.
    model: type[Row] = row.__class__
    rows = model._default_manager.select_for_update(of=("self",), no_key=True)
    if related:  # without a name it would follow every key
        rows = rows.select_related(*related)
    with transaction.atomic():
        current = rows.get(pk=row.pk)
        ensure_as_shown(current)
        yield remember(current)


@contextmanager
def lock_rows(rows: "models.QuerySet[Row]") -> Iterator[list[Row]]:
    """Give the rows as they are now, and keep others off them until we commit.

    They are locked in the order of their keys: of two actions on the same rows one
    waits for the other, never both.
    """
    with transaction.atomic():
        current = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
        for row in current:
            ensure_as_shown(row)
        yield [remember(row) for row in current]


def save_rows(rows: Sequence[models.Model], names: Iterable[str]) -> None:
    """Save some fields of rows of one kind, which may differ, with one statement."""
    if not rows:
        return
    model = rows[0]._meta
    fields: list[Any] = [model.get_field(name) for name in names]
    types = [field.db_type(connection) for field in fields]
    columns = [connection.ops.quote_name(field.column) for field in fields]
    sets = ", ".join(f"{column} = each.{column}" for column in columns)
    arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
    statement = (
        f"UPDATE {model.db_table} AS old SET {sets}"  # noqa: S608 -- names of ours
        f" FROM unnest(%s::bigint[], {arrays}) AS each (id, {', '.join(columns)})"
        " WHERE old.id = each.id"
    )
    values: list[list[Any]] = [[row.pk for row in rows]]
    for field in fields:
        column = [getattr(row, field.attname) for row in rows]
        values.append([field.get_db_prep_save(value, connection) for value in column])
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def nudge(task: Task | Signature, *args: object) -> None:
    """Tell a worker of a task once the change is safe.

    A broker that is away costs only time: a sweep finds what nobody was told of. So
    does a worker that is late: the nudge is worth nothing after a while.
    """

    def tell_worker() -> None:
        if absence_of_redis.is_known():
            return
        try:
            task.apply_async(args, expires=NUDGE_LIFE)
        except (BrokerError, RedisError, OSError) as error:
            absence_of_redis.note(error)

    transaction.on_commit(tell_worker, robust=True)

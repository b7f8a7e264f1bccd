"""Row locks, work in batches, and constraints with sentences."""

import logging
import time
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from celery import Signature, Task
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import OperationalError, connection, models, transaction
from kombu.exceptions import OperationalError as BrokerError
from psycopg.errors import DeadlockDetected
from redis.exceptions import RedisError

from portal import clock
from portal.audit import remember
from portal.cache import absence_of_redis
from portal.findings import Text
from portal.shown import ensure_as_shown
from portal.tenancy import acting_for_all

BatchRow = TypeVar("BatchRow")
BatchAction = Callable[[list[BatchRow]], int]

logger = logging.getLogger(__name__)
# Seconds that a batch is meant to take: what it locks is never held for much longer.
PACE = 0.3
FEWEST = 250
# Of two transactions that wait for each other one goes on and one is ended: it tries
# again, so many times at most.
TRIES = 3


def at_pace(
    action: BatchAction[BatchRow],
    rows: Sequence[BatchRow],
    *,
    most: int,
    what: str,
    together: Callable[[BatchRow], Hashable] = hash,
) -> int:
    """Carry an action out on all rows, as many at a time as go in ``PACE`` seconds.

    Each batch is a transaction of its own. Rows of which ``together`` gives the same
    stay in one batch where they fit into it. A batch that fails is halved until the row
    that is broken stands alone: it is left as it is, for a person to look at, and stops
    nobody else; ``what`` begins the line of the log that names it. Returns the sum of
    what the action gives.
    """
    done = start = 0
    size = min(most, 4 * FEWEST)
    while start < len(rows):
        end = _end(rows, start, size, together)
        began = time.perf_counter()
        done += _run_halving(action, list(rows[start:end]), what)
        took = time.perf_counter() - began
        size = round(min(most, max(FEWEST, (end - start) * PACE / took)))
        start = end
    return done


def _run_halving(
    action: BatchAction[BatchRow], batch: list[BatchRow], what: str
) -> int:
    try:
        return _try_action(action, batch)
    except OperationalError:
        raise
    except Exception:
        if len(batch) == 1:
            logger.exception("%s %s could not be turned", what, *batch)
            return 0
    middle = len(batch) // 2
    halves = batch[:middle], batch[middle:]
    return sum(_run_halving(action, half, what) for half in halves)


def _try_action(action: BatchAction[BatchRow], batch: list[BatchRow]) -> int:
    for _try in range(1, TRIES):
        try:
            return action(batch)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return action(batch)


def _end(
    rows: Sequence[BatchRow],
    start: int,
    size: int,
    together: Callable[[BatchRow], Hashable],
) -> int:
    """Return where the next batch ends: before rows that would be torn apart."""
    end = start + size
    if end >= len(rows):
        return len(rows)
    torn = together(rows[end])
    first = next(
        (i for i in range(end, start, -1) if together(rows[i - 1]) != torn), start
    )
    return first if first > start else end


# The field beside which the sentence stands, and the sentence.
Refusal = tuple[str, Text]


class ExplainedConstraints(models.Model):
    """A row whose constraints have sentences: ``refusals`` by the constraint's name."""

    refusals: ClassVar[dict[str, Refusal]] = {}

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Hold the row against its constraints, in words.

        Rows that exclude each other are left to whoever edits them together: in the
        database one may still stand that is about to make room.
        """
        errors: dict[str, list[Text | ValidationError]] = {}
        for constraint in self._meta.constraints:
            if isinstance(constraint, ExclusionConstraint):
                continue
            try:
                constraint.validate(type(self), self, exclude=set(exclude or ()))
            except ValidationError as refusal:
                field, sentence = self._refusal(constraint.name, refusal)
                place = NON_FIELD_ERRORS if field in (exclude or ()) else field
                errors.setdefault(place, []).append(sentence)
        if errors:
            raise ValidationError(errors)

    def _refusal(
        self, name: str, refusal: ValidationError
    ) -> tuple[str, Text | ValidationError]:
        return self.refusals.get(name, (NON_FIELD_ERRORS, refusal))


Row = TypeVar("Row", bound=models.Model)
NUDGE_LIFE = 600  # seconds
# So often a worker begins a row, and so soon is another one told of it.
MOST_ATTEMPTS = 3
UNHEARD_AFTER = timedelta(seconds=30)


@contextmanager
def lock_row(
    row: Row, *related: str, at_hand: Iterable[str] = (), savepoint: bool = True
) -> Iterator[Row]:
    """Return the row as it is now, and keep others off it until we commit.

    An action that locks rows of several apps takes them in this order: the payment
    request, the voucher, its engagement. (A reservation that ends holds its voucher and
    then calls the engagement off.)

    The lock leaves the row's key alone: who only points to the row, such as an entry of
    a ledger, need not wait. Waiting for it would tie two actions into a deadlock.

    A form that was sent has shown the row as it is, or ``RecordChanged`` is raised.

    ``related`` is read with the row. What the transaction's scope hides must not be
    named there: the row would seem to be gone. What is ``at_hand`` stays as the caller
    has read it. Raises ``DoesNotExist``.

    Without a ``savepoint`` of its own it shares that of the block around it, in which
    nothing may be caught: two messages less.
    """
    # The person of a request is wrapped: its class is told, its type is not.
    model: type[Row] = row.__class__
    rows = model._default_manager.select_for_update(of=("self",), no_key=True)
    if related:  # without a name it would follow every key
        rows = rows.select_related(*related)
    with transaction.atomic(savepoint=savepoint):
        current = _get_locked(rows, row.pk, related)
        ensure_as_shown(current)
        hand_on(row, current, at_hand)
        yield remember(current)


def hand_on(before: Row, current: Row, names: Iterable[str]) -> None:
    """Let a row point to the rows that were read with it before, where it still does.

    For what no lock keeps still: people, organizations, the catalogue. A page has just
    read them with the row, and to join them once more takes longer than the lock.
    """
    for name in names:
        field: Any = current._meta.get_field(name)
        if getattr(before, field.attname) == getattr(current, field.attname):
            setattr(current, name, getattr(before, name))


def _get_locked(
    rows: "models.QuerySet[Row]", key: int, related: tuple[str, ...]
) -> Row:
    """Lock a row, and read beside it what it points to now.

    PostgreSQL joins a row for which it has waited to what the row pointed to before:
    one that came to point elsewhere then seems to be gone, or to point to nothing.
    """
    if not related:
        return rows.get(pk=key)
    current = rows.filter(pk=key).first() or rows.get(pk=key)
    for name in {name.partition("__")[0] for name in related}:
        field: Any = current._meta.get_field(name)
        pointed_to = getattr(current, name)
        if getattr(current, field.attname) != (pointed_to and pointed_to.pk):
            current.refresh_from_db(fields=[name])
    return current


@contextmanager
def lock_rows(
    rows: "models.QuerySet[Row]", *, savepoint: bool = True
) -> Iterator[list[Row]]:
    """Return the rows as they are now, and keep others off them until we commit.

    They are locked in the order of their keys: of two actions on the same rows one
    waits for the other, never both. What is joined to them is what they point to for
    good: a row for which one has waited is lost when it points elsewhere by then.
    ``savepoint`` as with one row.
    """
    with transaction.atomic(savepoint=savepoint):
        current = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
        for row in current:
            ensure_as_shown(row)
        yield [remember(row) for row in current]


def free_rows(rows: "models.QuerySet[Row]") -> "models.QuerySet[Row]":
    """Lock rows for the clock: what somebody works on now is left to the next run."""
    return rows.select_for_update(of=("self",), skip_locked=True, no_key=True)


@contextmanager
def lock_free_rows(
    rows: "models.QuerySet[Row]", keys: Iterable[int]
) -> Iterator[list[Row]]:
    """Return the rows that nobody else holds, under a lock, as they are now."""
    with transaction.atomic():
        free = free_rows(rows).filter(pk__in=list(keys)).order_by("pk")
        yield [remember(row) for row in free]


def begin_attempt(rows: "models.QuerySet[Row]") -> Row | None:
    """Count that a worker begins the row that nobody holds, and return it.

    It stays counted, whatever becomes of the worker: what ends it each time may be the
    row itself, which is given up after ``MOST_ATTEMPTS``.
    """
    with acting_for_all():
        row = free_rows(rows).first()
        if row is not None:
            row.attempts += 1  # type: ignore[attr-defined]
            row.save(update_fields=["attempts"])
    return row


def unheard_keys(rows: "models.QuerySet[Row]") -> list[int]:
    """Return the keys of rows that no worker heard of, or whose worker died."""
    with acting_for_all():
        waiting = rows.filter(created_at__lt=clock.now() - UNHEARD_AFTER)
        return list(waiting.order_by("pk").values_list("pk", flat=True))


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

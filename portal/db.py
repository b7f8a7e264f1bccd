"""Rows under a lock, and work that waits for the commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from celery import Signature, Task
from django.db import models, transaction

from portal.audit import remember

Row = TypeVar("Row", bound=models.Model)


@contextmanager
def locked(row: Row) -> Iterator[Row]:
    """Give the row as it is now, and keep others off it until we commit.

    A deed that locks rows of several apps takes them in this order: the payment
    request, the voucher, its engagement. (A reservation that ends holds its voucher and
    then calls the engagement off.)

    The lock leaves the row's key alone: who only points to the row, such as an entry of
    a ledger, need not wait. Waiting for it would tie two deeds into a deadlock.
    """
    with transaction.atomic():
        # The person of a request is wrapped: its class is told, its type is not.
        model: type[Row] = row.__class__
        rows = model._default_manager.select_for_update(of=("self",), no_key=True)
        yield remember(rows.get(pk=row.pk))


def nudge(task: Task | Signature, *args: object) -> None:
    """Tell a worker of a task once the change is safe.

    A broker that is away costs only time: a sweep finds what nobody was told of.
    """

    def tell_worker() -> None:
        task.delay(*args)

    transaction.on_commit(tell_worker, robust=True)

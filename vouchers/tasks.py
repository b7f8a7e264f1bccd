"""The clock's work on vouchers."""

from celery import shared_task

from vouchers.models import Voucher
from vouchers.services import (
    extensions,
    ledger,
    nightly,
    outlook,
)


@shared_task
def expire_overdue() -> int:
    """Expire every voucher past its last day; run hourly. Returns their number.

    Safe to run twice or side by side: a voucher expires under its lock, and one that
    somebody else holds at that moment is passed over and found by the next run.
    """
    return nightly.expire(Voucher.objects.all())


@shared_task
def expire_free_days() -> int:
    """Let free days expire with their agreement or program; run hourly.

    Safe to run twice or side by side: a pool that is empty is passed over.
    """
    return ledger.expire_free_days()


@shared_task
def apply_exceptions() -> int:
    """Extend the vouchers of policy exceptions; run when one is granted, and swept.

    Safe to run twice or side by side: an exception extends each voucher once, by a
    constraint. Returns the number of vouchers extended.
    """
    return extensions.apply_exceptions()


@shared_task
def foresee_days() -> int:
    """Keep what becomes of each agreement's days at its pace; run nightly.

    Safe to run twice or side by side: the row of an agreement is written over. Returns
    the number of agreements.
    """
    return outlook.foresee_all()

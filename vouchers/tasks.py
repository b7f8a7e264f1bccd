"""The clock's work on vouchers."""

from celery import shared_task

from vouchers.services import (
    extensions,
    ledger,
    nightly,
    outlook,
    retirement_letters,
    voucher_imports,
)


@shared_task
def expire_overdue() -> int:
    """Expire every voucher past its last day; run hourly. Gives their number.

    Safe to run twice or side by side: a voucher expires under its lock, and one that
    somebody else holds at that moment is passed over and found by the next run.
    """
    return nightly.expire_overdue()


@shared_task
def expire_free_days() -> int:
    """Let free days expire with their agreement or program; run hourly.

    Safe to run twice or side by side: a pool that is empty is passed over.
    """
    return ledger.expire_free_days()


@shared_task
def remind_of_expiry() -> int:
    """Remind the followers of vouchers that expire soon; run daily. Gives their number.

    Safe to run twice: a voucher keeps the reminder offset that was told last.
    """
    return nightly.remind()


@shared_task
def send_retirement_letters() -> int:
    """Send the letters of retirement plans whose day has come; run daily.

    Safe to run twice or side by side: a letter is marked in the transaction that
    writes its mails, and one that is held is passed over. Gives the number of mails.
    """
    return retirement_letters.send_letters()


@shared_task
def apply_exceptions() -> int:
    """Extend the vouchers of policy exceptions; run when one is granted, and swept.

    Safe to run twice or side by side: an exception extends each voucher once, by a
    constraint. Gives the number of vouchers extended.
    """
    return extensions.apply_exceptions()


@shared_task
def forget_imports() -> int:
    """Delete uploaded tables that nobody confirmed within a day; run hourly.

    Safe to run twice: what is gone is gone.
    """
    return voucher_imports.forget_imports()


@shared_task
def foresee_days() -> int:
    """Keep what becomes of each agreement's days at its pace; run nightly.

    Safe to run twice or side by side: the row of an agreement is written over. Gives
    the number of agreements.
    """
    return outlook.foresee_all()

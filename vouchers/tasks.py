"""The clock's work on vouchers."""

from celery import shared_task
from django_fsm import TransitionNotAllowed

from portal import clock
from portal.tenancy import acting_for_all
from vouchers import services
from vouchers.models import Voucher


@shared_task
def expire_overdue() -> int:
    """Expire every voucher past its date; run hourly. Gives their number.

    Safe to run twice or side by side: each voucher is its own transaction, and one
    that somebody moved on since we listed it refuses, which is right.
    """
    with acting_for_all():
        listed = list(Voucher.objects.perhaps_overdue().values_list("pk", flat=True))
    expired = 0
    for pk in listed:
        try:
            with acting_for_all():
                services.expire(Voucher.objects.get(pk=pk))
        except TransitionNotAllowed:
            continue
        expired += 1
    return expired


@shared_task
def remind_of_expiry() -> int:
    """Remind the followers of vouchers that expire soon; run daily.

    Safe to run twice: each rung of the ladder is one mail per person, by its key.
    """
    with acting_for_all():
        listed = list(Voucher.objects.expiring_soon().values_list("pk", flat=True))
    for pk in listed:
        with acting_for_all():
            # One that was used or cancelled since we listed it needs no reminder.
            for voucher in Voucher.objects.whole().unused().filter(pk=pk):
                today = clock.today(voucher.customer.time_zone)
                services.remind(voucher, today)
    return len(listed)


@shared_task
def forget_imports() -> int:
    """Delete uploaded tables that nobody confirmed within a day; run hourly.

    Safe to run twice: what is gone is gone.
    """
    return services.forget_imports()

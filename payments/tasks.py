"""Invoices in the background, and the clock's work on money."""

from celery import shared_task

from engagements.models import Engagement
from payments.models import PaymentRequest, RequestState
from payments.services import invoices, notifications
from portal.tenancy import acting_for_all
from vouchers.models import State

ASKED_EVERY = 300  # seconds between two sweeps for what is missing


@shared_task
def file_invoice(request_pk: int) -> None:
    """Render a payment request's invoice and keep it, once.

    Safe to run twice or side by side: the row is locked, and a request that has its
    invoice is left alone.
    """
    with acting_for_all():
        invoices.attach_invoice(PaymentRequest.objects.get(pk=request_pk))


@shared_task
def file_missing_invoices() -> int:
    """Ask again for every invoice that is missing; run every few minutes.

    Safe to run twice: ``file_invoice`` passes over what is made.
    """
    with acting_for_all():
        missing = PaymentRequest.objects.filter(
            invoice=None, state=RequestState.SUBMITTED
        )
        pks = list(missing.values_list("pk", flat=True))
    for pk in pks:
        file_invoice.apply_async((pk,), expires=ASKED_EVERY)
    return len(pks)


@shared_task
def remind_of_window() -> None:
    """Remind partners of redeemed vouchers that wait to be invoiced; run daily.

    Safe to run twice: each reminder offset is one mail per person, by its key.
    """
    with acting_for_all():
        redeemed = Engagement.objects.reported().filter(voucher__state=State.REDEEMED)
        waiting = redeemed.exclude(voucher__payment_lines__is_live=True)
        for engagement in waiting.select_related(
            "partner", "voucher__engagement_type__offering__program"
        ):
            notifications.remind(engagement)

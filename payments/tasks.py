"""Invoices in the background."""

from celery import shared_task

from payments.models import PaymentRequest, RequestState
from payments.services import invoices
from portal.tenancy import acting_for_all

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

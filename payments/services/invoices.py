"""The invoice of a payment request: asked for after the commit, made by a worker."""

from django.core.files.base import ContentFile

from payments.invoices import render_invoice
from payments.models import PaymentRequest, RequestState
from portal import documents
from portal.actors import CLOCK
from portal.audit import record
from portal.celery import app
from portal.db import lock_row, nudge


def ask_for_invoice(request: PaymentRequest) -> None:
    """Let a worker make the invoice after the commit; the sweep finds what is lost."""
    task = app.signature("payments.tasks.file_invoice", args=[request.pk])
    nudge(task)


def attach_invoice(request: PaymentRequest) -> bool:
    """Make the invoice of a request and keep it; tells whether one was missing."""
    with lock_row(request) as current:
        if current.invoice_id or current.state != RequestState.SUBMITTED:
            return False
        current.invoice = documents.keep(
            ContentFile(render_invoice(current)),
            name=f"{current.reference}.pdf",
            parties=[current.partner_id],
        )
        current.save()
        record("request.invoiced", current, by=CLOCK, parties=[current.partner_id])
        return True

"""The invoice as PDF: what stands on it."""

from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import override

from payments.models import PaymentLine, PaymentRequest, RequestState
from portal import clock, files, pdf
from portal.actors import CLOCK
from portal.audit import record
from portal.celery import app
from portal.db import lock_row, nudge


def render_invoice(request: PaymentRequest) -> bytes:
    """Render a payment request's invoice; returns the PDF."""
    with override(settings.LANGUAGE_CODE):
        return pdf.render("payments/invoice", invoice_context(request))


def invoice_context(request: PaymentRequest) -> dict[str, Any]:
    """Return what stands on an invoice, as values of its template."""
    return {
        "request": request,
        "lines": PaymentLine.objects.of(request),
        "issued_on": clock.day_of(request.created_at, request.partner.time_zone),
        "sponsor": settings.SPONSOR,
    }


def ask_for_invoice(request: PaymentRequest) -> None:
    """Let a worker make the invoice after the commit; the sweep finds what is lost."""
    task = app.signature("payments.tasks.file_invoice", args=[request.pk])
    nudge(task)


def attach_invoice(request: PaymentRequest) -> bool:
    """Make the invoice of a request and keep it; tells whether one was missing."""
    with lock_row(request) as current:
        if current.invoice_id or current.state != RequestState.SUBMITTED:
            return False
        current.invoice = files.store(
            ContentFile(render_invoice(current)),
            name=f"{current.reference}.pdf",
            parties=[current.partner_id],
        )
        current.save()
        record("request.invoiced", current, by=CLOCK, parties=[current.partner_id])
        return True

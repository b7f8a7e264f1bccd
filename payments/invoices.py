"""The invoice as PDF: what stands on it."""

from typing import Any

from django.conf import settings
from django.utils.translation import override

from payments.models import PaymentLine, PaymentRequest
from portal import clock, pdf


def render_invoice(request: PaymentRequest) -> bytes:
    """Render a payment request's invoice; gives the PDF."""
    with override(settings.LANGUAGE_CODE):
        return pdf.render("payments/invoice", invoice_context(request))


def invoice_context(request: PaymentRequest) -> dict[str, Any]:
    """Give everything that stands on an invoice."""
    return {
        "request": request,
        "lines": PaymentLine.objects.of(request),
        "issued_on": clock.day_of(request.created_at, request.partner.time_zone),
        "sponsor": settings.SPONSOR,
    }

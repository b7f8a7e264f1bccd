"""The invoice as PDF: data in, bytes out, nothing fetched from anywhere."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from payments.models import PaymentRequest

# Invoices carry their own pictures, so the renderer never needs the network.
OFFLINE = URLFetcher(allowed_protocols=["data"], fail_on_errors=True)
# A worker lives long: fonts and the parsed style sheet are made once (a new font
# configuration per document is slower and its memory grows).
_KEPT: dict[str, Any] = {}


def render_invoice(request: PaymentRequest) -> bytes:
    """Render a payment request's invoice; gives the PDF."""
    lines = request.lines.select_related(
        "voucher__customer", "voucher__engagement_type"
    )
    html = render_to_string(
        "payments/invoice.html",
        {
            "request": request,
            "lines": lines.order_by("pk"),
            "sponsor": settings.SPONSOR,
        },
    )
    fonts, sheet = _style()
    document = HTML(string=html, url_fetcher=OFFLINE)
    pdf: bytes = document.write_pdf(
        stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-3a"
    )
    return pdf


def _style() -> tuple[FontConfiguration, CSS]:
    if not _KEPT:
        fonts = FontConfiguration()
        css = render_to_string("payments/invoice.css")
        _KEPT["style"] = (fonts, CSS(string=css, font_config=fonts))
    kept: tuple[FontConfiguration, CSS] = _KEPT["style"]
    return kept

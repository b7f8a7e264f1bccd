"""The invoice as PDF: data in, bytes out, nothing fetched from anywhere."""

from typing import Any
from unicodedata import east_asian_width

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from payments.models import PaymentLine, PaymentRequest
from portal import clock

# Invoices carry their own pictures, so the renderer never needs the network.
OFFLINE = URLFetcher(allowed_protocols=["data"], fail_on_errors=True)
# A worker lives long: fonts and the parsed style sheet are made once (a new font
# configuration per document is slower and its memory grows).
_KEPT: dict[str, Any] = {}


def render_invoice(request: PaymentRequest) -> bytes:
    """Render a payment request's invoice; gives the PDF."""
    with override(settings.LANGUAGE_CODE):
        html: str = render_to_string("payments/invoice.html", invoice_context(request))
    # The second font is loaded only for names that need it.
    html = html.replace("<body>", '<body class="wide">') if _is_wide(html) else html
    fonts, sheet = _style()
    document = HTML(string=html, url_fetcher=OFFLINE)
    pdf: bytes = document.write_pdf(
        stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-3a"
    )
    return pdf


def invoice_context(request: PaymentRequest) -> dict[str, Any]:
    """Give everything that stands on an invoice."""
    return {
        "request": request,
        "lines": PaymentLine.objects.of(request),
        "issued_on": clock.day_of(request.created_at, request.partner.time_zone),
        "sponsor": settings.SPONSOR,
    }


def _is_wide(text: str) -> bool:
    return any(east_asian_width(sign) in "WF" for sign in text)


def _style() -> tuple[FontConfiguration, CSS]:
    if not _KEPT:
        fonts = FontConfiguration()
        css = render_to_string("payments/invoice.css")
        _KEPT["style"] = (fonts, CSS(string=css, font_config=fonts))
    kept: tuple[FontConfiguration, CSS] = _KEPT["style"]
    return kept

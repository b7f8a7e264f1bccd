"""Documents as PDF for the archive: words in, bytes out, nothing fetched."""

from functools import cache
from importlib import import_module
from typing import Any
from unicodedata import east_asian_width

from django.template.loader import render_to_string

# What all our documents look like; each adds its own style sheet.
SHARED_STYLE = "portal/pdf.css"


def render(name: str, context: dict[str, Any]) -> bytes:
    """Render ``<name>.html`` in the style of ``<name>.css``; returns the PDF."""
    html: str = render_to_string(f"{name}.html", context)
    # The second font is loaded only for names that need it.
    html = html.replace("<body>", '<body class="wide">') if _is_wide(html) else html
    weasyprint = _weasyprint()
    # Documents carry their own pictures, so the renderer never needs the network.
    offline = weasyprint.urls.URLFetcher(
        allowed_protocols=["data"], fail_on_errors=True
    )
    document = weasyprint.HTML(string=html, url_fetcher=offline)
    pdf: bytes = document.write_pdf(
        stylesheets=[_sheet(SHARED_STYLE), _sheet(f"{name}.css")],
        font_config=_fonts(),
        pdf_variant="pdf/a-3a",
    )
    return pdf


def _is_wide(text: str) -> bool:
    return any(east_asian_width(sign) in "WF" for sign in text)


def _weasyprint() -> Any:
    """Import it with the first document: the web, which prints none, never does."""
    import_module("weasyprint.text.fonts")
    return import_module("weasyprint")


# A worker lives long: fonts and parsed style sheets are made once (a font configuration
# for each document is slower and its memory grows).
@cache
def _fonts() -> Any:
    return _weasyprint().text.fonts.FontConfiguration()


@cache
def _sheet(path: str) -> Any:
    return _weasyprint().CSS(string=render_to_string(path), font_config=_fonts())

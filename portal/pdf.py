"""Documents as PDF for the archive: words in, bytes out, nothing fetched."""

from functools import cache
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from django.template.loader import render_to_string

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

# What all our documents look like; each adds its own style sheet.
SHARED_STYLE = "portal/pdf.css"


def render(name: str, context: dict[str, Any]) -> bytes:
    """Render ``<name>.html`` in the style of ``<name>.css``; returns the PDF.

    The printer is imported with the first document: the web, which prints none, never
    has it in memory.
    """
    from weasyprint import HTML  # noqa: PLC0415
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    html: str = render_to_string(f"{name}.html", context)
    # The second font is loaded only for names that need it.
    html = html.replace("<body>", '<body class="wide">') if _is_wide(html) else html
    # Documents carry their own pictures, so the renderer never needs the network.
    offline = URLFetcher(allowed_protocols=["data"], fail_on_errors=True)
    document = HTML(string=html, url_fetcher=offline)
    pdf: bytes = document.write_pdf(
        stylesheets=[_sheet(SHARED_STYLE), _sheet(f"{name}.css")],
        font_config=_fonts(),
        pdf_variant="pdf/a-3a",
    )
    return pdf


def _is_wide(text: str) -> bool:
    return any(east_asian_width(sign) in "WF" for sign in text)


# A worker lives long: fonts and parsed style sheets are made once (a font configuration
# for each document is slower and its memory grows).
@cache
def _fonts() -> "FontConfiguration":
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()


@cache
def _sheet(path: str) -> "CSS":
    from weasyprint import CSS  # noqa: PLC0415

    return CSS(string=render_to_string(path), font_config=_fonts())

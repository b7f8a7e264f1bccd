"""The invoice as PDF: what stands on it."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.utils.translation import override
from pypdf import PdfReader

from payments.services import invoices
from tests.factories.payments import PaymentRequestFactory
from tests.factories.portal import CustomerFactory


def read(request):
    return PdfReader(BytesIO(invoices.render_invoice(request)))


def text_of(request):
    return "\n".join(page.extract_text() for page in read(request).pages)


@pytest.mark.django_db
def test_the_invoice_holds_all_that_an_invoice_needs(settings):
    request = PaymentRequestFactory(vat_number="DE136695976")
    line = request.lines.get()

    text = text_of(request)

    for part in (
        request.invoice_number,
        request.reference,
        str(request.partner),
        request.location.street,
        "DE136695976",
        settings.SPONSOR["name"],
        "Germany",
        line.voucher.number,
        str(line.voucher.customer),
        "€1,000.00",
        "€5,000.00",
        "Tax, 19 %",
        "€950.00",
        "Total in EUR",
        "€5,950.00",
    ):
        assert part in text
    assert "\n5 €1,000.00" in text


@pytest.mark.django_db
def test_yen_have_no_digits_behind_the_point():
    request = PaymentRequestFactory(
        currency="JPY", net=Decimal(5000), tax_rate=10, tax=500, total=5500
    )

    text = text_of(request)

    assert "Total in JPY" in text
    assert "¥5,500" in text
    assert "¥5,500." not in text


@pytest.mark.django_db
def test_the_invoice_speaks_one_language_whoever_asks():
    request = PaymentRequestFactory()

    with override("zh-hant"):
        assert "Total in EUR" in text_of(request)


def fonts_of(reader):
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    return {font.get_object()["/BaseFont"].split("+")[-1] for font in fonts}


@pytest.mark.django_db
def test_chinese_names_have_their_font_and_other_invoices_do_not_carry_it():
    customer = CustomerFactory(name="東京製造株式会社")
    wide = PaymentRequestFactory(engagement__voucher__agreement__customer=customer)

    assert "東京製造株式会社" in text_of(wide)
    assert {"WenQuanYi-Micro-Hei"} == fonts_of(read(wide)) - fonts_of(
        read(PaymentRequestFactory())
    )


@pytest.mark.django_db
def test_the_invoice_is_made_for_the_archive():
    metadata = read(PaymentRequestFactory()).trailer["/Root"]["/Metadata"].get_data()

    assert b'pdfaid:part="3"' in metadata

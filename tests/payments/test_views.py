"""Pages of payments: what is seen, done, and at what cost."""

from datetime import timedelta

import pytest
from django.urls import reverse

from payments.models import PaymentRequest, RequestState
from payments.services import requests
from portal import clock
from portal.roles import Role
from tests.conftest import give_second_factor
from tests.counting import statements_of
from tests.factories.engagements import EngagementFactory
from tests.factories.payments import PaymentRequestFactory
from tests.factories.portal import LocationFactory, PartnerFactory, actor_of
from tests.factories.vouchers import manager_of
from tests.payments.conftest import sibling

pytestmark = pytest.mark.django_db
PAGES = ["detail", "correct", "cancel"]


def url(page, actor, *args):
    return reverse(f"payments:{page}", args=[actor.organization.slug, *args])


@pytest.fixture
def at_work(as_person):
    """Sign a finance person in, second factor and all."""

    def sign_in(actor):
        give_second_factor(actor.person)
        return as_person(actor.person)

    return sign_in


def finance_at(partner):
    return actor_of(partner, Role.FINANCE)


def typed(*engagements, **fields):
    return {
        "engagements": [engagement.pk for engagement in engagements],
        "invoice_number": "2026/1",
        "vat_number": "",
        "tax_rate": "19",
        **fields,
    }


def test_index_lists_the_partners_own_requests(at_work, payment_request):
    PaymentRequestFactory()
    reader = finance_at(payment_request.partner)

    response = at_work(reader).get(url("index", reader))

    assert response.context["page"].rows == [payment_request]
    assert "€5,950.00" in response.text


def test_index_keeps_one_state(at_work, payment_request):
    engagement = payment_request.lines.get().engagement
    approved = PaymentRequestFactory(approved=True, engagement=sibling(engagement))
    reader = finance_at(payment_request.partner)

    response = at_work(reader).get(url("index", reader), {"state": "approved"})

    assert response.context["page"].rows == [approved]


@pytest.mark.parametrize("rows", [1, 3])
def test_index_costs_the_same_for_any_number_of_rows(
    at_work, partner, rows, same_statements
):
    for _row in range(rows):
        PaymentRequestFactory(paid=True, engagement__voucher__partner=partner)
    reader = finance_at(partner)
    client = at_work(reader)
    client.get(url("index", reader))

    # One for the rows, one for the second factor; the others are every page's frame.
    with same_statements():
        client.get(url("index", reader))


@pytest.mark.parametrize("page", ["index", "request", *PAGES])
def test_for_a_customer_there_are_no_payments(as_person, payment_request, page):
    manager = manager_of(payment_request.lines.get().voucher)
    args = [payment_request.reference] if page in PAGES else []

    response = as_person(manager.person).get(url(page, manager, *args))

    assert response.status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_the_request_of_another_partner_is_not_found(at_work, payment_request, page):
    stranger = finance_at(PartnerFactory())

    response = at_work(stranger).get(url(page, stranger, payment_request.reference))

    assert response.status_code == 404


@pytest.mark.parametrize("page", ["request", "correct", "cancel"])
def test_who_is_not_finance_is_told_who_is(as_person, payment_request, page):
    lead = actor_of(payment_request.partner, Role.DELIVERY_LEAD)
    args = [payment_request.reference] if page in PAGES else []

    response = as_person(lead.person).get(url(page, lead, *args))

    assert response.status_code == 403
    assert "Finance" in response.text


def test_without_a_second_factor_finance_does_not_work(as_person, finance):
    response = as_person(finance.person).get(url("request", finance))

    assert response.url == reverse("mfa_index")


def test_the_request_page_shows_rate_and_last_day(at_work, engagement, finance):
    text = at_work(finance).get(url("request", finance)).text

    assert engagement.voucher.number in text
    assert "€1,000.00" in text
    assert "60 days left" in text


def test_the_request_page_says_why_a_voucher_cannot_be_invoiced(
    at_work, engagement, finance
):
    late = sibling(engagement, voucher__redeemed_at=clock.now() - timedelta(days=61))
    bare = EngagementFactory(redeemed=True, voucher__partner=engagement.partner)

    response = at_work(finance).get(url("request", finance))

    barred = {claim.voucher.number for claim in response.context["barred"]}
    assert barred == {late.voucher.number, bare.voucher.number}
    assert "could be requested until" in response.text
    assert "There is no rate for" in response.text


def test_the_request_page_costs_the_same_for_any_number_of_rows(
    at_work, engagement, finance
):
    client, page = at_work(finance), url("request", finance)
    client.get(page)
    one = statements_of(lambda: client.get(page))
    for _row in range(2):
        sibling(engagement)

    assert statements_of(lambda: client.get(page)) == one


@pytest.fixture
def two_offered(monkeypatch):
    monkeypatch.setattr("payments.views.MOST_OFFERED", 2)
    monkeypatch.setattr("payments.views.MOST_BARRED", 1)


@pytest.mark.parametrize(("rows", "is_cut"), [(2, False), (3, True)])
def test_the_request_page_offers_so_many_the_soonest_first(
    at_work, engagement, two_offered, rows, is_cut
):
    finance = finance_at(engagement.partner)
    later = [
        sibling(engagement, voucher__redeemed_at=clock.now() - timedelta(days=days))
        for days in range(1, rows)
    ]

    response = at_work(finance).get(url("request", finance))

    offered = [claim.engagement for claim, _box in response.context["form"].rows()]
    assert offered == [*reversed(later), engagement][:2]
    assert ("These are the first 2 vouchers" in response.text) is is_cut


def test_what_is_named_is_offered_wherever_it_stands(
    at_work, engagement, finance, two_offered
):
    for days in (1, 2):
        sibling(engagement, voucher__redeemed_at=clock.now() - timedelta(days=days))
    named = {"engagement": engagement.pk}

    response = at_work(finance).get(url("request", finance), named)

    [first, _second] = [claim for claim, _box in response.context["form"].rows()]
    assert first.engagement == engagement
    assert f'value="{engagement.pk}"' in response.text


def test_what_was_chosen_beyond_the_first_is_sent(
    at_work, engagement, finance, two_offered
):
    for days in (1, 2):
        sibling(engagement, voucher__redeemed_at=clock.now() - timedelta(days=days))
    typed = {"engagements": [engagement.pk], "invoice_number": "1", "tax_rate": "0"}

    at_work(finance).post(url("request", finance), {**typed, "send": "1"})

    assert PaymentRequest.objects.get().lines.get().engagement == engagement


def test_the_offer_is_narrowed_to_a_location_and_a_currency(
    at_work, engagement, finance
):
    client, page = at_work(finance), url("request", finance)
    location = engagement.reservation.location
    elsewhere = LocationFactory(organization=engagement.partner)

    def offered(**asked):
        form = client.get(page, asked).context["form"]
        return [claim.engagement for claim, _box in form.rows()]

    currency = requests.claims_of([engagement])[0].currency
    assert offered(location=location.pk, currency=currency) == [engagement]
    assert offered(location=elsewhere.pk) == []
    assert offered(currency="XXX") == []


def test_few_are_named_of_what_cannot_be_invoiced(
    at_work, engagement, finance, two_offered
):
    for days in (61, 62):
        sibling(engagement, voucher__redeemed_at=clock.now() - timedelta(days=days))

    response = at_work(finance).get(url("request", finance))

    assert len(response.context["barred"]) == 1
    assert "There are more of them: these are the latest." in response.text


def test_an_empty_request_page_says_what_to_do(at_work, partner):
    reader = finance_at(partner)

    text = at_work(reader).get(url("request", reader)).text

    assert "No voucher can be invoiced at present." in text


def test_a_link_chooses_its_voucher(at_work, engagement, finance):
    other = sibling(engagement)

    page = at_work(finance).get(url("request", finance), {"engagement": other.pk})

    assert page.context["form"]["engagements"].value() == [str(other.pk)]
    assert page.text.count(" checked") == 1


def test_the_sums_are_shown_before_anything_is_sent(at_work, engagement, finance):
    page = at_work(finance).post(url("request", finance), typed(engagement))

    assert "Nothing is sent yet." in page.text
    assert "€5,950.00" in page.text
    assert not PaymentRequest.objects.exists()


def test_sending_makes_the_request_and_shows_it(at_work, engagement, finance):
    page = at_work(finance).post(
        url("request", finance), typed(engagement, send="1"), follow=True
    )

    request = PaymentRequest.objects.get()
    assert page.context["payment_request"] == request
    assert f"Payment request {request.reference} is sent." in page.text
    assert "The invoice is being made." in page.text


def test_changing_something_goes_back_with_what_was_typed(at_work, engagement, finance):
    page = at_work(finance).post(
        url("request", finance), typed(engagement, change="1", invoice_number="A-7")
    )

    assert 'value="A-7"' in page.text
    assert page.text.count(" checked") == 1
    assert not PaymentRequest.objects.exists()


def test_sending_twice_sends_once_and_says_so(at_work, engagement, finance):
    client = at_work(finance)
    client.post(url("request", finance), typed(engagement, send="1"))

    again = client.post(url("request", finance), typed(engagement, send="1"))

    assert "is in a payment request already" in again.text
    assert PaymentRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"engagements": []}, "engagements"),
        ({"engagements": [0]}, "engagements"),
        ({"invoice_number": ""}, "invoice_number"),
        ({"invoice_number": "//"}, "invoice_number"),
        ({"tax_rate": "101"}, "tax_rate"),
        ({"tax_rate": "-1"}, "tax_rate"),
        ({"tax_rate": "1.234"}, "tax_rate"),
        ({"tax_rate": "NaN"}, "tax_rate"),
        ({"vat_number": "DE123456789"}, "vat_number"),
        ({"vat_number": "1234"}, "vat_number"),
    ],
)
def test_a_wrong_answer_is_named_beside_its_field(
    at_work, engagement, finance, fields, field
):
    page = at_work(finance).post(
        url("request", finance), typed(engagement, send="1") | fields
    )

    assert list(page.context["form"].errors) == [field]
    assert not PaymentRequest.objects.exists()


@pytest.mark.parametrize("number", ["DE 136 695 976", "de136695976"])
def test_a_vat_number_is_taken_as_people_write_it(at_work, engagement, finance, number):
    at_work(finance).post(
        url("request", finance), typed(engagement, send="1", vat_number=number)
    )

    assert PaymentRequest.objects.get().vat_number == "DE136695976"


def test_outside_the_union_any_tax_number_will_do(at_work, engagement, finance):
    location = engagement.reservation.location
    location.country = "JP"
    location.save()
    engagement.voucher.engagement_type.offering.rates.update(country="JP")

    at_work(finance).post(
        url("request", finance), typed(engagement, send="1", vat_number="T-123")
    )

    assert PaymentRequest.objects.get().vat_number == "T-123"


def test_a_returned_request_shows_the_reason_and_the_way_on(at_work):
    request = PaymentRequestFactory(returned=True)
    reader = finance_at(request.partner)

    text = at_work(reader).get(url("detail", reader, request.reference)).text

    assert "The VAT number is wrong." in text
    assert url("correct", reader, request.reference) in text


def test_a_paid_request_shows_the_bank_reference_and_no_buttons(at_work):
    request = PaymentRequestFactory(paid=True)
    reader = finance_at(request.partner)

    text = at_work(reader).get(url("detail", reader, request.reference)).text

    assert "SEPA 4711" in text
    assert url("cancel", reader, request.reference) not in text


def test_colleagues_read_requests_without_buttons(as_person, payment_request):
    lead = actor_of(payment_request.partner, Role.DELIVERY_LEAD)

    text = (
        as_person(lead.person).get(url("detail", lead, payment_request.reference)).text
    )

    assert payment_request.reference in text
    assert url("cancel", lead, payment_request.reference) not in text


def test_a_correction_is_sent_again(at_work):
    request = PaymentRequestFactory(returned=True)
    reader = finance_at(request.partner)
    fields = {
        "invoice_number": request.invoice_number,
        "vat_number": "DE136695976",
        "tax_rate": "0",
    }

    at_work(reader).post(url("correct", reader, request.reference), fields)

    sent = PaymentRequest.objects.get()
    assert (sent.state, sent.vat_number) == (RequestState.SUBMITTED, "DE136695976")
    assert sent.total == sent.net


def test_a_wrong_correction_is_named_beside_its_field(at_work):
    request = PaymentRequestFactory(returned=True)
    reader = finance_at(request.partner)
    fields = {"invoice_number": "A", "vat_number": "DE1", "tax_rate": "0"}

    page = at_work(reader).post(url("correct", reader, request.reference), fields)

    assert list(page.context["form"].errors) == ["vat_number"]
    assert PaymentRequest.objects.get().state == RequestState.ACTION_REQUIRED


def test_cancelling_asks_first_and_names_the_last_days(at_work, payment_request):
    reader = finance_at(payment_request.partner)
    client = at_work(reader)
    address = url("cancel", reader, payment_request.reference)

    page = client.get(address)
    assert payment_request.lines.get().voucher.number in page.text
    assert "60 days left" in page.text
    assert PaymentRequest.objects.get().state == RequestState.SUBMITTED

    client.post(address)
    assert PaymentRequest.objects.get().state == RequestState.CANCELLED


def test_cancelled_twice_it_says_so(at_work, payment_request):
    reader = finance_at(payment_request.partner)
    client = at_work(reader)
    address = url("cancel", reader, payment_request.reference)
    client.post(address)

    again = client.post(address, follow=True)

    assert "while the payment request is cancelled" in again.text


def test_the_vouchers_page_leads_to_the_request(at_work, engagement, finance):
    client = at_work(finance)
    page = engagement.voucher.url_for(finance.organization)
    assert f"{url('request', finance)}?engagement=" in client.get(page).text

    client.post(url("request", finance), typed(engagement, send="1"))
    reference = PaymentRequest.objects.get().reference
    assert url("detail", finance, reference) in client.get(page).text


def test_the_customer_reads_nothing_of_payments_on_the_voucher(
    as_person, payment_request
):
    voucher = payment_request.lines.get().voucher
    manager = manager_of(voucher)

    text = as_person(manager.person).get(voucher.url_for(manager.organization)).text

    assert payment_request.reference not in text

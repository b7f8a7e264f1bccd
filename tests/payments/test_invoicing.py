"""Requesting payment: what is computed, refused, recorded and told."""

from datetime import timedelta
from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision
from django_fsm import TransitionNotAllowed
from hypothesis import given
from hypothesis import strategies as some

from payments.models import PaymentLine, PaymentRequest, Rate, RequestState
from payments.services import requests, reviews
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.roles import Duty, Role
from tests.factories.engagements import EngagementFactory
from tests.factories.payments import PaymentRequestFactory, RateFactory
from tests.factories.portal import LocationFactory, actor_of, staff_actor
from tests.payments.conftest import as_actor, finance_of, invoice, sibling
from vouchers.models import State, Voucher


def submit(engagements, by, stated=None):
    with as_actor(by):
        return requests.submit(engagements, stated or invoice(), by=by)


def test_submit_computes_lines_and_sums(engagement, finance):
    submit([engagement, sibling(engagement)], finance)

    request = PaymentRequest.objects.get()
    assert (request.net, request.tax, request.total) == (10000, 1900, 11900)
    assert (request.currency, request.state) == ("EUR", RequestState.SUBMITTED)
    assert [
        (line.days, line.rate, line.amount) for line in request.lines.order_by("pk")
    ] == [(5, 1000, 5000)] * 2


def test_submit_records_and_tells_each_approver_once(engagement, finance):
    approvers = [staff_actor(Duty.PAYMENT_APPROVER) for _each in range(2)]
    staff_actor(Duty.PAYMENT_RELEASER)

    request = submit([engagement], finance)

    assert AuditEntry.objects.get().verb == "request.submitted"
    assert sorted(Email.objects.values_list("to", flat=True)) == sorted(
        approver.person.email for approver in approvers
    )
    assert request.reference in Email.objects.first().subject


def test_the_rate_is_that_of_the_country_on_the_day_of_reserving(engagement, finance):
    offering = engagement.voucher.engagement_type.offering
    reserved_on = engagement.reservation.reserved_at.date()
    before = {"valid_from": reserved_on, "amount_per_day": Decimal(1200)}
    RateFactory(offering=offering, **before)
    after = reserved_on + timedelta(days=1)
    RateFactory(offering=offering, valid_from=after, amount_per_day=Decimal(9000))
    RateFactory(offering=offering, country="FR", **before)

    assert submit([engagement], finance).lines.get().rate == 1200


def test_a_rate_is_frozen_when_the_request_is_sent(engagement, finance):
    request = submit([engagement], finance)
    Rate.objects.update(amount_per_day=1)

    assert request.lines.get().rate == 1000


def test_draft_gives_the_same_sums_and_saves_nothing(engagement, finance):
    with as_actor(finance):
        draft = requests.draft([engagement], invoice(), by=finance)

    assert draft.request.total == 5950
    assert [line.amount for line in draft.lines] == [5000]
    assert not PaymentRequest.objects.exists()
    assert not AuditEntry.objects.exists()


def refused(engagements, by, why, stated=None):
    """Tell the field of a refusal, after making sure that nothing changed."""
    before = PaymentRequest.objects.count()
    with pytest.raises(Refused, match=why) as refusal:
        submit(engagements, by, stated)

    assert PaymentRequest.objects.count() == before
    assert not AuditEntry.objects.exists()
    assert not Email.objects.exists()
    return refusal.value.field


def test_submit_refuses_an_empty_choice(finance):
    assert refused([], finance, "Choose at least one") == "engagements"


@pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.DELIVERY_LEAD])
def test_only_finance_people_submit(engagement, role):
    by = actor_of(engagement.partner, role)

    assert refused([engagement], by, "Finance") == ""


@pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.DELIVERY_LEAD])
def test_only_finance_people_see_a_draft(engagement, role):
    by = actor_of(engagement.partner, role)

    with as_actor(by), pytest.raises(Refused, match="Finance"):
        requests.draft([engagement], invoice(), by=by)


def test_submit_refuses_what_is_not_redeemed(engagement, finance):
    reported = EngagementFactory(reported=True, voucher__partner=engagement.partner)

    assert refused([reported], finance, "not redeemed") == "engagements"


def test_submit_refuses_the_voucher_of_another_partner(engagement, finance):
    theirs = EngagementFactory(redeemed=True)

    assert refused([theirs], finance, "not redeemed") == "engagements"


def test_submit_refuses_a_voucher_that_another_request_holds(engagement, finance):
    PaymentRequestFactory(engagement=engagement)

    assert refused([engagement], finance, "in a payment request") == "engagements"


def test_submit_refuses_after_the_window(finance, engagement):
    late = sibling(engagement, voucher__redeemed_at=clock.now() - timedelta(days=61))

    assert refused([late], finance, "could be requested until") == "engagements"


def test_the_last_day_of_the_window_counts(finance, engagement):
    last = sibling(engagement, voucher__redeemed_at=clock.now() - timedelta(days=60))

    assert submit([last], finance).pk


def test_submit_refuses_where_there_is_no_rate(engagement, finance):
    Rate.objects.all().delete()

    assert refused([engagement], finance, "There is no rate for") == "engagements"


def test_submit_refuses_two_locations_in_one_request(engagement, finance):
    place = LocationFactory(organization=engagement.partner, country="DE")
    elsewhere = sibling(engagement, voucher__reservation__location=place)

    why = "one location and one currency"
    assert refused([engagement, elsewhere], finance, why) == "engagements"


def test_submit_refuses_two_currencies_in_one_request(engagement, finance):
    other = EngagementFactory(redeemed=True, voucher__partner=engagement.partner)
    RateFactory(offering=other.voucher.engagement_type.offering, currency="CHF")

    why = "one location and one currency"
    assert refused([engagement, other], finance, why) == "engagements"


def test_a_used_invoice_number_leads_to_its_request(engagement, finance, client):
    there = PaymentRequestFactory(engagement=sibling(engagement), invoice_number="N-9")

    with pytest.raises(Refused) as refusal:
        requests.submit([engagement], invoice("N 9"), by=finance)

    assert refusal.value.see == (
        there.url_for(finance.organization),
        there.reference,
    )


@pytest.mark.parametrize("typed", ["INV-9", "inv 9", "Inv/9"])
def test_submit_refuses_an_invoice_number_used_before(engagement, finance, typed):
    PaymentRequestFactory(engagement=sibling(engagement), invoice_number="INV-9")

    stated = invoice(typed)
    assert refused([engagement], finance, "before", stated) == "invoice_number"


def test_submit_refuses_an_invoice_number_of_signs(engagement, finance):
    why = "at least one letter or digit"
    assert refused([engagement], finance, why, invoice("--/")) == "invoice_number"


def test_the_number_of_a_cancelled_request_is_free(engagement, finance):
    PaymentRequestFactory(
        cancelled=True, engagement=sibling(engagement), invoice_number="INV-9"
    )

    assert submit([engagement], finance, invoice("INV-9")).pk


def test_pressed_twice_it_is_sent_once(engagement, finance):
    submit([engagement], finance)

    with pytest.raises(Refused, match="in a payment request"):
        submit([engagement], finance, invoice("2026/2"))

    assert PaymentLine.objects.count() == 1


def test_cancel_frees_the_vouchers_for_another_request(payment_request):
    by = finance_of(payment_request)
    engagement = payment_request.lines.get().engagement
    with as_actor(by):
        requests.cancel(payment_request, by=by)
        waiting = list(requests.to_invoice(by.organization))

    assert PaymentRequest.objects.get().state == RequestState.CANCELLED
    assert AuditEntry.objects.get().verb == "request.cancelled"
    assert waiting == [engagement]


def test_an_approved_request_is_not_cancelled(db):
    request = PaymentRequestFactory(approved=True)
    by = finance_of(request)

    with pytest.raises(TransitionNotAllowed), as_actor(by):
        requests.cancel(request, by=by)

    assert PaymentLine.objects.get().is_live
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.DELIVERY_LEAD])
def test_only_finance_people_correct_and_cancel(db, role):
    request = PaymentRequestFactory(returned=True)
    by = actor_of(request.partner, role)

    with as_actor(by), pytest.raises(Refused, match="Finance"):
        requests.resubmit(request, invoice(), by=by)
    with as_actor(by), pytest.raises(Refused, match="Finance"):
        requests.cancel(request, by=by)

    assert PaymentRequest.objects.get().state == RequestState.ACTION_REQUIRED
    assert not AuditEntry.objects.exists()


def test_resubmit_takes_the_correction_and_drops_the_invoice(db):
    request = PaymentRequestFactory(returned=True)
    by = finance_of(request)
    with as_actor(by):
        requests.resubmit(request, invoice("NEW-1", vat_number="DE136695976"), by=by)

    sent = PaymentRequest.objects.get()
    assert (sent.state, sent.invoice, sent.return_reason) == ("submitted", None, "")
    assert (sent.invoice_number, sent.vat_number) == ("NEW-1", "DE136695976")
    assert sent.total == 5950


def test_resubmit_keeps_its_own_invoice_number(db):
    request = PaymentRequestFactory(returned=True)
    by = finance_of(request)
    with as_actor(by):
        requests.resubmit(request, invoice(request.invoice_number), by=by)

    assert PaymentRequest.objects.get().invoice_number == request.invoice_number


def test_resubmit_refuses_the_number_of_another_request(payment_request):
    engagement = payment_request.lines.get().engagement
    request = PaymentRequestFactory(returned=True, engagement=sibling(engagement))
    by = finance_of(request)
    stated = invoice(payment_request.invoice_number)

    with pytest.raises(Refused, match="before"), as_actor(by):
        requests.resubmit(request, stated, by=by)

    fresh = PaymentRequest.objects.get(pk=request.pk)
    assert fresh.state == RequestState.ACTION_REQUIRED
    assert fresh.invoice_number == request.invoice_number


@pytest.mark.parametrize("action", ["cancel", "resubmit"])
def test_a_stranger_does_nothing_even_where_it_sees_the_request(
    action, payment_request
):
    stranger = actor_of(EngagementFactory().partner, Role.FINANCE)
    typed = [invoice()] if action == "resubmit" else []

    with pytest.raises(Refused, match="not your company's"):
        getattr(requests, action)(payment_request, *typed, by=stranger)

    assert PaymentRequest.objects.get().state == RequestState.SUBMITTED


def test_a_voucher_comes_back_after_a_cancelled_request_and_a_reversal(payment_request):
    by = finance_of(payment_request)
    voucher = payment_request.lines.get().voucher
    with as_actor(by):
        requests.cancel(payment_request, by=by)
    reviewer = staff_actor(Duty.DELIVERY_REVIEWER)

    reviews.reverse_redemption(voucher, reason="A mistake.", by=reviewer)

    assert Voucher.objects.get().state == State.RESERVED


amounts = some.decimals(min_value=1, max_value=10**7, places=2)
percents = some.decimals(min_value=0, max_value=100, places=2)


@given(amounts, percents, some.sampled_from(["EUR", "JPY", "USD", "KWD", "TWD"]))
def test_the_tax_is_rounded_once_to_the_digits_of_the_currency(net, percent, currency):
    tax = requests.tax_on(net, percent, currency)
    digits = get_currency_precision(currency)

    assert -tax.as_tuple().exponent == digits
    assert abs(tax - net * percent / 100) <= Decimal("0.5").scaleb(-digits)


@pytest.mark.parametrize(
    ("net", "percent", "currency", "tax"),
    [
        ("100.50", "19", "EUR", "19.10"),
        ("0.50", "1", "EUR", "0.01"),
        ("150005", "10", "JPY", "15001"),
        ("150004", "10", "JPY", "15000"),
    ],
)
def test_half_a_digit_goes_up(net, percent, currency, tax):
    assert requests.tax_on(Decimal(net), Decimal(percent), currency) == Decimal(tax)

"""The payment request's machine and what the database promises of money."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django_fsm import can_proceed

from payments.models import PaymentRequest, RequestState
from payments.models.requests import REQUEST_MOVES, invoice_key
from portal.states import ways, why_not
from tests.factories.engagements import EngagementFactory
from tests.factories.payments import (
    PaymentFactory,
    PaymentLineFactory,
    PaymentRequestFactory,
    RateFactory,
)
from tests.factories.portal import PartnerFactory, StaffFactory

MOVES = {
    "approve": {RequestState.SUBMITTED},
    "return_for_correction": {RequestState.SUBMITTED},
    "resubmit": {RequestState.ACTION_REQUIRED},
    "cancel": {RequestState.SUBMITTED, RequestState.ACTION_REQUIRED},
    "pay": {RequestState.APPROVED},
}


@pytest.mark.parametrize("state", RequestState)
@pytest.mark.parametrize("move", MOVES)
def test_each_move_starts_only_from_its_own_states(move, state):
    request = PaymentRequest(state=state, invoice_id=1)

    assert can_proceed(getattr(request, move)) == (state in MOVES[move])


def test_the_database_knows_the_same_moves():
    assert ways(PaymentRequest) == REQUEST_MOVES


def test_a_request_without_its_invoice_is_not_approved():
    assert why_not(PaymentRequest(), "approve") == (
        "The invoice is not made yet. It is made within minutes."
    )


@pytest.mark.parametrize(
    "typed", ["Inv-7", "INV 7", "inv/7", "INV\u20137", "ｉｎｖ－７"]
)
def test_case_width_and_signs_make_no_other_invoice_number(typed):
    assert invoice_key(typed) == "inv7"


@pytest.mark.parametrize(
    ("one", "other"),
    [("2026-1-11", "2026-11-1"), ("1/11", "11/1"), ("7.1", "71"), ("A1 1", "A11")],
)
def test_separators_of_digits_make_another_invoice_number(one, other):
    assert invoice_key(one) != invoice_key(other)


@pytest.mark.parametrize("typed", ["2026/1/11", "2026 1–11", "２０２６_1.11"])
def test_which_sign_separates_makes_no_difference(typed):
    assert invoice_key(typed) == "2026-1-11"


@pytest.mark.parametrize("typed", ["-", "\u200b", " / ", "…"])
def test_signs_alone_are_no_invoice_number(typed):
    assert invoice_key(typed) == ""


def test_the_longest_number_has_a_key_that_fits():
    assert len(invoice_key("\ufdfa" * 40)) == 120


def in_sql(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "lost"}, "request_state_is_known"),
        ({"total": Decimal(1)}, "request_total_adds_up"),
        ({"net": Decimal(0), "tax": Decimal(0)}, "request_total_adds_up"),
        ({"tax_rate": Decimal(101), "tax": Decimal(0)}, "request_tax_rate_is_percent"),
        ({"invoice_key": ""}, "request_has_invoice_number"),
        ({"state": "approved"}, "request_approved_has_approver"),
        ({"state": "paid"}, "request_approved_has_approver"),
    ],
)
@pytest.mark.django_db
def test_database_refuses_a_request(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        PaymentRequestFactory(**fields)


@pytest.mark.django_db
def test_database_refuses_one_person_for_approval_and_payment():
    person = StaffFactory()

    with pytest.raises(IntegrityError, match="request_needs_two_people"):
        PaymentRequestFactory(paid=True, approved_by=person, released_by=person)


@pytest.mark.django_db
def test_database_refuses_a_paid_request_without_releaser():
    with pytest.raises(IntegrityError, match="request_paid_has_releaser"):
        PaymentRequestFactory(paid=True, released_by=None)


def test_database_refuses_a_second_use_of_an_invoice_number(payment_request):
    again = EngagementFactory(redeemed=True, voucher__partner=payment_request.partner)

    with pytest.raises(IntegrityError, match="request_invoice_number_once"):
        PaymentRequestFactory(
            engagement=again, invoice_number=payment_request.invoice_number.lower()
        )


def test_two_partners_may_use_the_same_invoice_number(payment_request):
    PaymentRequestFactory(invoice_number=payment_request.invoice_number)


def test_database_refuses_a_voucher_in_two_live_requests(payment_request):
    engagement = payment_request.lines.get().engagement

    with pytest.raises(IntegrityError, match="line_voucher_in_one_request"):
        PaymentRequestFactory(engagement=engagement)


@pytest.mark.django_db
def test_database_refuses_a_line_that_is_not_days_times_rate():
    with pytest.raises(IntegrityError, match="line_amount_is_right"):
        PaymentLineFactory(amount=Decimal(1))


@pytest.mark.django_db(transaction=True)
def test_database_ties_a_line_to_the_partner_of_its_engagement():
    stranger = PaymentRequestFactory()

    with pytest.raises(IntegrityError, match="tied"):
        PaymentLineFactory(request=stranger, engagement__voucher__redeemed=True)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"amount_per_day": 0}, "rate_is_positive"),
        ({"currency": "eur"}, "rate_currency_is_iso"),
    ],
)
@pytest.mark.django_db
def test_database_refuses_a_rate(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        RateFactory(**fields)


@pytest.mark.django_db
def test_database_refuses_a_second_rate_of_a_day():
    rate = RateFactory(valid_from=date(2026, 1, 1))

    with pytest.raises(IntegrityError, match="rate_one_per_day"):
        RateFactory(offering=rate.offering, valid_from=rate.valid_from)


@pytest.mark.django_db
def test_database_refuses_a_payment_of_nothing():
    request = PaymentRequestFactory(approved=True)

    with pytest.raises(IntegrityError, match="payment_is_positive"):
        PaymentFactory(request=request, amount=0, recorded_by=StaffFactory())


def test_database_refuses_a_move_that_is_none(payment_request):
    one, other = StaffFactory().pk, StaffFactory().pk

    with pytest.raises(ProgrammingError, match="Invalid transition"):
        in_sql(
            "UPDATE payments_paymentrequest SET state = 'paid', approved_at = now(),"
            f" approved_by_id = {one}, released_by_id = {other}"
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_payment SET amount = 1",
        "DELETE FROM payments_payment",
    ],
)
@pytest.mark.django_db
def test_a_payment_is_written_once(statement):
    PaymentRequestFactory(paid=True)

    with pytest.raises(ProgrammingError, match=r"permission denied|Cannot update"):
        in_sql(statement)


def test_a_stranger_sees_no_request(payment_request, finance):
    assert PartnerFactory().payment_requests.count() == 0
    assert not PaymentRequest.objects.visible_to(finance).exists()

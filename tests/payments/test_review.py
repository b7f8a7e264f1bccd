"""The sponsor's side: approving, returning, paying, reversing."""

from datetime import timedelta

import pytest
from django_fsm import TransitionNotAllowed

from payments.models import Payment, PaymentRequest, RequestState
from payments.services import reviews
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.roles import Duty
from tests.counting import statements_of
from tests.factories.engagements import EngagementFactory
from tests.factories.payments import PaymentLineFactory, PaymentRequestFactory
from tests.factories.portal import staff_actor
from tests.payments.conftest import finance_of, sibling
from vouchers.models import State, Voucher

BOTH = (Duty.PAYMENT_APPROVER, Duty.PAYMENT_RELEASER)


def pay(request, by, **fields):
    typed = {"paid_on": clock.today(), "bank_reference": "SEPA 1"} | fields
    return reviews.record_payment(request, by=by, **typed)


def test_approve_promises_the_money_within_the_programs_days(payment_request, approver):
    reviews.approve(payment_request, by=approver)

    request = PaymentRequest.objects.get()
    assert request.state == RequestState.APPROVED
    assert request.approved_by == approver.person
    assert request.due_on == clock.in_days(30)


def test_approve_records_and_tells_the_partners_people_once(payment_request, approver):
    finance = finance_of(payment_request)

    reviews.approve(payment_request, by=approver)

    assert AuditEntry.objects.get().verb == "request.approved"
    assert set(Email.objects.values_list("to", flat=True)) == {
        finance.person.email,
        payment_request.submitted_by.email,
    }


def test_approve_refuses_without_the_duty(payment_request, releaser):
    with pytest.raises(Refused, match="Payment approver"):
        reviews.approve(payment_request, by=releaser)

    assert PaymentRequest.objects.get().state == RequestState.SUBMITTED
    assert not Email.objects.exists()


def test_approve_refuses_before_the_invoice_is_made(approver):
    request = PaymentRequestFactory(invoice=None)

    with pytest.raises(TransitionNotAllowed):
        reviews.approve(request, by=approver)

    assert not AuditEntry.objects.exists()


def test_approve_pressed_twice_tells_once(payment_request, approver):
    reviews.approve(payment_request, by=approver)

    with pytest.raises(TransitionNotAllowed):
        reviews.approve(payment_request, by=approver)

    assert Email.objects.count() == 1


def test_give_back_tells_the_reason(payment_request, approver):
    reviews.return_for_correction(
        payment_request, reason="The VAT number.", by=approver
    )

    request = PaymentRequest.objects.get()
    assert request.state == RequestState.ACTION_REQUIRED
    assert request.return_reason == "The VAT number."
    assert AuditEntry.objects.get().reason == "The VAT number."
    assert "The VAT number." in Email.objects.get().body


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_give_back_refuses_without_a_reason(payment_request, approver, reason):
    with pytest.raises(Refused, match="what is to be corrected"):
        reviews.return_for_correction(payment_request, reason=reason, by=approver)

    assert PaymentRequest.objects.get().state == RequestState.SUBMITTED


def test_record_payment_pays_every_voucher(releaser):
    request = PaymentRequestFactory(approved=True)

    pay(request, releaser)

    payment = Payment.objects.get()
    voucher = Voucher.objects.get()
    assert (payment.amount, payment.currency) == (request.total, "EUR")
    assert PaymentRequest.objects.get().state == RequestState.PAID
    assert voucher.state == State.PAID
    assert voucher.agreement.balance.paid == voucher.days


def test_record_payment_tells_the_bank_reference(releaser):
    request = PaymentRequestFactory(approved=True)

    pay(request, releaser)

    assert "SEPA 1" in Email.objects.get().body
    assert set(AuditEntry.objects.values_list("verb", flat=True)) == {
        "request.paid",
        "voucher.paid",
    }


def test_a_payment_of_three_vouchers_asks_no_more_than_one_of_one(releaser):
    def paying(lines):
        request = PaymentRequestFactory(approved=True)
        first = request.lines.get().engagement
        for _more in range(lines - 1):
            PaymentLineFactory(request=request, engagement=sibling(first))
        asked = statements_of(lambda: pay(request, releaser))
        return asked, [line.voucher.state for line in request.lines.all()]

    (one, _paid), (three, paid) = paying(1), paying(3)

    assert paid == [State.PAID] * 3
    assert three == one


def unpaid():
    return (
        not Payment.objects.exists()
        and Voucher.objects.get().state == State.REDEEMED
        and not Email.objects.exists()
    )


def test_who_approved_a_request_does_not_pay_it(db):
    both = staff_actor(*BOTH)
    request = PaymentRequestFactory(approved=True, approved_by=both.person)

    with pytest.raises(Refused, match="another person records"):
        pay(request, both)

    assert unpaid()


@pytest.mark.parametrize(
    ("days", "why"), [(1, "in the future"), (-4, "not paid before")]
)
def test_record_payment_refuses_a_wrong_day(releaser, days, why):
    request = PaymentRequestFactory(approved=True)

    with pytest.raises(Refused, match=why) as refusal:
        pay(request, releaser, paid_on=clock.in_days(days))

    assert refusal.value.field == "paid_on"
    assert unpaid()


def test_record_payment_refuses_what_is_not_approved(payment_request, releaser):
    with pytest.raises(TransitionNotAllowed):
        pay(payment_request, releaser)

    assert unpaid()


def test_record_payment_pressed_twice_pays_once(releaser):
    request = PaymentRequestFactory(approved=True)
    pay(request, releaser)

    with pytest.raises(TransitionNotAllowed):
        pay(request, releaser)

    assert Payment.objects.count() == 1
    assert Email.objects.count() == 1


def test_record_payment_refuses_without_the_duty(approver):
    request = PaymentRequestFactory(approved=True)

    with pytest.raises(Refused, match="Payment releaser"):
        pay(request, approver)

    assert unpaid()


def test_reverse_redemption_makes_the_voucher_reserved_and_tells_why(db):
    engagement = EngagementFactory(redeemed=True)
    by = staff_actor(Duty.DELIVERY_REVIEWER)

    reviews.reverse_redemption(engagement.voucher, reason="Wrong file.", by=by)

    voucher = Voucher.objects.get()
    assert (voucher.state, voucher.redeemed_at) == (State.RESERVED, None)
    mails = Email.objects.filter(key__startswith="voucher-reversed:")
    assert "Wrong file." in mails.first().body


def test_reverse_redemption_refuses_a_voucher_in_a_request(payment_request):
    voucher = payment_request.lines.get().voucher

    with pytest.raises(Refused, match="is in a payment request"):
        reviews.reverse_redemption(
            voucher, reason="Late.", by=staff_actor(Duty.DELIVERY_REVIEWER)
        )

    assert Voucher.objects.get().state == State.REDEEMED
    assert not Email.objects.exists()


def test_reverse_redemption_refuses_without_the_duty(db):
    engagement = EngagementFactory(redeemed=True)

    with pytest.raises(Refused, match="Delivery reviewer"):
        reviews.reverse_redemption(
            engagement.voucher, reason="No.", by=staff_actor(Duty.PAYMENT_APPROVER)
        )

    assert Voucher.objects.get().state == State.REDEEMED


def test_days_to_pay_begin_with_the_approval(approver):
    request = PaymentRequestFactory(created_at=clock.now() - timedelta(days=10))

    reviews.approve(request, by=approver)

    assert PaymentRequest.objects.get().due_on == clock.in_days(30)

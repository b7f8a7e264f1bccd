"""Money at the same moment: nothing is asked for or paid twice."""

from collections import Counter
from functools import partial

import pytest

from payments.models import Payment, PaymentLine, PaymentRequest
from payments.services import invoices, requests, reviews
from portal.actors import Member
from portal.findings import Refused
from portal.models import Document, Email
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from tests.concurrency import at_once
from tests.factories.engagements import EngagementFactory
from tests.factories.payments import PaymentRequestFactory, RateFactory
from tests.factories.portal import MembershipFactory, staff_actor
from tests.payments.conftest import as_actor, invoice, sibling
from vouchers.models import State, Voucher

pytestmark = pytest.mark.django_db(transaction=True)


def redeemed():
    engagement = EngagementFactory(redeemed=True)
    RateFactory(offering=engagement.voucher.engagement_type.offering)
    membership = MembershipFactory(
        organization=engagement.partner, roles=[Role.FINANCE]
    )
    return engagement, Member.of(membership)


def submitting(engagements, number, by):
    def act():
        with as_actor(by):
            return requests.submit(engagements, invoice(number), by=by)

    return act


def as_sponsor(action, *args, **typed):
    def act():
        with acting_for_all():
            return action(*args, **typed)

    return act


def test_ten_requests_for_one_voucher_leave_one():
    engagement, by = redeemed()

    outcomes = at_once(
        *[submitting([engagement], f"N-{number}", by) for number in range(10)]
    )

    assert PaymentLine.objects.filter(is_live=True).count() == 1
    assert Counter(map(type, outcomes)) == {PaymentRequest: 1, Refused: 9}


def test_ten_requests_with_one_invoice_number_leave_one():
    engagement, by = redeemed()
    others = [sibling(engagement) for _each in range(4)]

    outcomes = at_once(
        *[submitting([each], "N-1", by) for each in (engagement, *others)]
    )

    assert PaymentRequest.objects.count() == 1
    assert PaymentLine.objects.count() == 1
    words = [str(each) for each in outcomes if isinstance(each, Exception)]
    assert words == ["You have used the invoice number N-1 before."] * 4


def test_requesting_and_reversing_at_once_does_one_of_them():
    engagement, by = redeemed()
    reviewer = staff_actor(Duty.DELIVERY_REVIEWER)

    at_once(
        submitting([engagement], "N-1", by),
        as_sponsor(
            reviews.reverse_redemption,
            engagement.voucher,
            reason="A mistake.",
            by=reviewer,
        ),
    )

    requested = PaymentLine.objects.exists()
    state = Voucher.objects.get().state
    assert state == (State.REDEEMED if requested else State.RESERVED)


def test_a_payment_is_recorded_once():
    request = PaymentRequestFactory(approved=True)
    releasers = [staff_actor(Duty.PAYMENT_RELEASER) for _each in range(5)]
    pay = partial(
        reviews.record_payment,
        request,
        paid_on=request.approved_at.date(),
        bank_reference="SEPA 1",
    )

    outcomes = at_once(*[as_sponsor(pay, by=by) for by in releasers])

    assert [type(outcome) for outcome in outcomes].count(Payment) == 1
    assert Payment.objects.count() == 1
    assert Email.objects.filter(key__startswith="request-paid:").count() == 1


def test_the_invoice_is_made_once_by_workers_side_by_side():
    request = PaymentRequestFactory(invoice=None)

    outcomes = at_once(*[as_sponsor(invoices.attach_invoice, request)] * 3)

    assert sorted(outcomes) == [False, False, True]
    assert Document.objects.filter(name=f"{request.reference}.pdf").count() == 1

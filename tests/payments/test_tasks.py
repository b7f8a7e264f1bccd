"""Invoices in the background, reminders of the payment window; each run twice."""

from datetime import timedelta

import pytest

from payments import tasks
from payments.models import PaymentRequest
from payments.services import requests
from portal import clock
from portal.models import AuditEntry, Document, Email
from portal.reminders import remind
from portal.roles import Role
from tests.factories.engagements import EngagementFactory
from tests.factories.payments import PaymentRequestFactory
from tests.factories.portal import MembershipFactory
from tests.mails import astray


def test_the_invoice_is_made_once(db):
    request = PaymentRequestFactory(invoice=None)

    tasks.file_invoice(request.pk)
    tasks.file_invoice(request.pk)

    invoice = PaymentRequest.objects.get().invoice
    assert invoice == Document.objects.get(name=f"{request.reference}.pdf")
    assert invoice.parties == [request.partner_id]
    assert AuditEntry.objects.get().verb == "request.invoiced"


@pytest.mark.parametrize("state", ["returned", "cancelled"])
def test_no_invoice_is_made_for_a_request_that_is_not_sent(db, state):
    request = PaymentRequestFactory(**{state: True}, invoice=None)

    tasks.file_invoice(request.pk)

    assert PaymentRequest.objects.get().invoice is None


def test_the_sweep_asks_for_what_is_missing_only(db, monkeypatch):
    missing = PaymentRequestFactory(invoice=None)
    PaymentRequestFactory()
    asked = []

    def ask(args, expires):
        asked.extend(args)

    monkeypatch.setattr(tasks.file_invoice, "apply_async", ask)

    assert tasks.file_missing_invoices() == 1
    assert asked == [missing.pk]


def redeemed(days_ago):
    return EngagementFactory(
        redeemed=True, voucher__redeemed_at=clock.now() - timedelta(days=days_ago)
    )


def finance(engagement):
    return MembershipFactory(
        organization=engagement.partner, roles=[Role.FINANCE]
    ).person


@pytest.mark.parametrize(
    ("days_ago", "told"),
    [(29, 0), (30, 1), (45, 1), (46, 1), (57, 1), (60, 1), (61, 0)],
)
def test_the_window_is_recalled_on_each_offset(db, days_ago, told):
    engagement = redeemed(days_ago)
    person = finance(engagement)

    remind(requests.WINDOW_REMINDER)
    remind(requests.WINDOW_REMINDER)

    assert list(Email.objects.values_list("to", flat=True)) == [person.email] * told
    assert not astray().exists()


def test_each_offset_is_told_once(db):
    engagement = redeemed(0)
    finance(engagement)
    for days in range(70):
        with clock.set_to(clock.now() + timedelta(days=days)):
            remind(requests.WINDOW_REMINDER)

    assert Email.objects.count() == 3


def test_what_a_request_holds_is_not_recalled(db):
    request = PaymentRequestFactory(
        engagement__voucher__redeemed_at=clock.now() - timedelta(days=50)
    )
    finance(request.lines.get().engagement)

    remind(requests.WINDOW_REMINDER)

    assert not Email.objects.exists()

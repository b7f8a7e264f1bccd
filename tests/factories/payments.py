"""Rates, payment requests in every state, payments."""

from datetime import timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from payments.models import Payment, PaymentLine, PaymentRequest, Rate, RequestState
from payments.models.requests import invoice_key
from portal import clock
from portal.roles import Role
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    DocumentFactory,
    OfferingFactory,
    days_ago,
    days_ahead,
)
from tests.factories.portal import StaffFactory
from tests.factories.vouchers import member
from vouchers.models.numbers import new_number


def delivered(voucher):
    return voucher.days_used or voucher.days


class RateFactory(DjangoModelFactory):
    class Meta:
        model = Rate

    offering = factory.SubFactory(OfferingFactory)
    country = "DE"
    amount_per_day = Decimal("1000.00")
    currency = "EUR"
    valid_from = days_ago(400)


class PaymentRequestFactory(DjangoModelFactory):
    """A sent request for one redeemed voucher, its invoice made.

    ``returned=True``, ``approved=True`` and so on move it along; ``engagement`` is what
    its one line pays for.
    """

    class Meta:
        model = PaymentRequest

    engagement = factory.SubFactory(EngagementFactory, redeemed=True)
    reference = factory.LazyFunction(lambda: f"PR-{new_number()}")
    partner = factory.SelfAttribute("engagement.partner")
    location = factory.SelfAttribute("engagement.reservation.location")
    invoice_number = factory.Sequence(lambda n: f"INV-{n}")
    invoice_key = factory.LazyAttribute(lambda o: invoice_key(o.invoice_number))
    currency = "EUR"
    net = factory.LazyAttribute(
        lambda o: delivered(o.engagement.voucher) * Decimal(1000)
    )
    tax_rate = Decimal(19)
    tax = factory.LazyAttribute(lambda o: o.net * o.tax_rate / 100)
    total = factory.LazyAttribute(lambda o: o.net + o.tax)
    invoice = factory.SubFactory(
        DocumentFactory,
        name="invoice.pdf",
        parties=factory.LazyAttribute(lambda o: [o.factory_parent.partner.pk]),
    )
    submitted_by = factory.LazyAttribute(lambda o: member(o.partner, Role.FINANCE))

    class Params:
        returned = factory.Trait(
            state=RequestState.ACTION_REQUIRED, return_reason="The VAT number is wrong."
        )
        approved = factory.Trait(
            state=RequestState.APPROVED,
            approved_by=factory.SubFactory(StaffFactory),
            approved_at=factory.LazyFunction(lambda: clock.now() - timedelta(days=3)),
            due_on=days_ahead(27),
        )
        paid = factory.Trait(
            approved=True,
            state=RequestState.PAID,
            released_by=factory.SubFactory(StaffFactory),
            engagement__paid=True,
        )
        cancelled = factory.Trait(state=RequestState.CANCELLED)

    @classmethod
    def _create(cls, model_class, *args, engagement, **kwargs):
        request = super()._create(model_class, *args, **kwargs)
        PaymentLineFactory(request=request, engagement=engagement)
        if request.state == RequestState.PAID:
            PaymentFactory(request=request)
        return request


class PaymentLineFactory(DjangoModelFactory):
    class Meta:
        model = PaymentLine

    request = factory.SubFactory(PaymentRequestFactory)
    engagement = factory.SubFactory(EngagementFactory, redeemed=True)
    partner = factory.SelfAttribute("request.partner")
    voucher = factory.SelfAttribute("engagement.voucher")
    days = factory.LazyAttribute(lambda o: delivered(o.voucher))
    rate = Decimal(1000)
    amount = factory.LazyAttribute(lambda o: o.days * o.rate)
    is_live = factory.LazyAttribute(lambda o: o.request.state != RequestState.CANCELLED)


class PaymentFactory(DjangoModelFactory):
    class Meta:
        model = Payment

    request = factory.SubFactory(PaymentRequestFactory, paid=True)
    partner = factory.SelfAttribute("request.partner")
    amount = factory.SelfAttribute("request.total")
    currency = factory.SelfAttribute("request.currency")
    paid_on = days_ago(1)
    bank_reference = "SEPA 4711"
    recorded_by = factory.SelfAttribute("request.released_by")

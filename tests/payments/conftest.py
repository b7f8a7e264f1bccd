"""What tests of payments share."""

from decimal import Decimal

import pytest

from payments.services.requests import Invoice
from portal.roles import Duty, Role
from portal.tenancy import acting_for
from tests.factories.engagements import EngagementFactory
from tests.factories.payments import PaymentRequestFactory, RateFactory
from tests.factories.portal import actor_of, staff_actor


@pytest.fixture
def engagement(db):
    """Return a redeemed engagement of five days, at 1,000 EUR a day."""
    redeemed = EngagementFactory(redeemed=True)
    RateFactory(offering=redeemed.voucher.engagement_type.offering)
    return redeemed


@pytest.fixture
def finance(engagement):
    return actor_of(engagement.partner, Role.FINANCE)


@pytest.fixture
def payment_request(db):
    return PaymentRequestFactory()


@pytest.fixture
def approver(db):
    return staff_actor(Duty.PAYMENT_APPROVER)


@pytest.fixture
def releaser(db):
    return staff_actor(Duty.PAYMENT_RELEASER)


def finance_of(request):
    return actor_of(request.partner, Role.FINANCE)


def as_actor(by):
    return acting_for(by.organization_id, person=by.person_id)


def invoice(number="2026/1", **fields):
    return Invoice(number, **{"tax_rate": Decimal(19), **fields})


def sibling(engagement, **fields):
    """Return another redeemed engagement of the same partner, type and location."""
    kind = engagement.voucher.engagement_type
    return EngagementFactory(
        redeemed=True,
        voucher__engagement_type=kind,
        voucher__partner=engagement.partner,
        **fields,
    )

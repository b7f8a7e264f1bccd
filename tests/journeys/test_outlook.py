"""A customer activates its benefit, sees what will be lost, and acts at once."""

import pytest

from portal import clock
from portal.roles import Role
from tests.factories.enrollment import EngagementTypeFactory, ProgramFactory
from tests.factories.portal import CustomerFactory, MembershipFactory
from tests.factories.vouchers import CustomerAgreementFactory, purchase_under
from tests.journeys.walker import Walker, subjects_to
from vouchers.models import CustomerAgreement, Voucher
from vouchers.services import outlook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bea():
    """Make a customer whose agreement ends soon, with an order that gave ten days."""
    customer = CustomerFactory(name="Riverside Hospital", slug="riverside")
    program = ProgramFactory(benefit_terms="Use your days well.")
    agreement = CustomerAgreementFactory(
        customer=customer,
        program=program,
        inactive=True,
        days=0,
        ends_on=clock.in_days(60),
        licensing_id="V6612480",
    )
    EngagementTypeFactory(offering__program=program, name="Exchange planning")
    purchase_under(agreement)
    outlook.foresee_all()
    member = MembershipFactory(organization=customer, roles=[Role.BENEFIT_ADMIN])
    return member.person.email


def test_days_that_would_be_lost_become_vouchers(browser, live_server, bea):
    walker = Walker(browser, live_server.url, bea, "pass-phrase")

    walker.sign_in().go("/o/riverside/").follow("At this pace 10 days will be lost")
    walker.sees("At this pace 10 days will be lost", "Activate the benefit")
    walker.follow("Activate the benefit").sees("Use your days well.")
    walker.press("Activate the benefit").sees("Accept the terms to activate")
    walker.tick("I accept these terms").fill(benefit_phone="+49 40 123456")
    walker.press("Activate the benefit").sees("The benefit is active.")

    walker.follow("PO-1").sees("From licences to points", "15 × 2/3 = 10")
    walker.go("/o/riverside/entitlement/outlook/").follow("Create vouchers now")
    walker.choose("engagement_type", "Exchange planning").choose("days", "10")
    walker.press("Create")
    walker.go("/o/riverside/entitlement/outlook/").sees("No day lies free.", "Assign")

    assert Voucher.objects.get().days == 10
    assert CustomerAgreement.objects.get().accepted_terms == "Use your days well."
    assert subjects_to(bea) == ["The benefit of agreement V6612480 is active"]
    assert walker.complaints == []
    walker.close()

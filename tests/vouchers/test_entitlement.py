"""Opening an agreement, granting days, activating the benefit."""

from datetime import timedelta

import pytest

from portal import clock
from portal.findings import Refused
from portal.roles import Duty, Role
from tests.factories.enrollment import ProgramFactory
from tests.factories.portal import CustomerFactory, actor_of, staff_actor
from tests.factories.vouchers import CustomerAgreementFactory
from tests.vouchers.actions import accounts, acting, recorded, told
from vouchers.models import CustomerAgreement
from vouchers.services import agreements

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return staff_actor(Duty.PROGRAM_MANAGER)


def agreement_for(customer):
    return CustomerAgreement(
        customer=customer,
        program=ProgramFactory(),
        licensing_id="V0000001",
        starts_on=clock.today(),
        ends_on=clock.in_days(365),
    )


def test_an_agreement_opens_with_its_first_days_and_tells_the_customer(manager):
    owner = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)
    agreement = agreement_for(owner.organization)

    agreements.open_agreement(agreement, days=15, by=manager)

    assert accounts(agreement) == (15, 0, 0, 0, 0)
    assert recorded() == ["entitlement.opened", "entitlement.granted"]
    assert told() == [("entitlement-opened", owner.person.email)]


def test_an_agreement_may_open_without_days(manager):
    agreement = agreement_for(CustomerFactory())

    agreements.open_agreement(agreement, days=0, by=manager)

    assert accounts(agreement) == (0, 0, 0, 0, 0)
    assert recorded() == ["entitlement.opened"]


@pytest.mark.parametrize("duty", sorted(set(Duty) - {Duty.PROGRAM_MANAGER}))
def test_only_program_managers_open_agreements(duty):
    agreement = agreement_for(CustomerFactory())

    with pytest.raises(Refused, match="Program manager"):
        agreements.open_agreement(agreement, days=5, by=staff_actor(duty))

    assert not CustomerAgreement.objects.exists()


def test_a_grant_adds_days_and_is_recorded(manager):
    agreement = CustomerAgreementFactory()

    agreements.grant(agreement, days=10, note="Order 7", by=manager)

    assert accounts(agreement) == (60, 0, 0, 0, 0)
    assert recorded() == ["entitlement.granted"]


@pytest.mark.parametrize(
    ("days", "note", "sentence"),
    [
        (0, "Order 7", "Grant at least one day."),
        (-5, "Order 7", "Grant at least one day."),
        (5, "Opening balance", "Days for “Opening balance” were granted already."),
    ],
)
def test_a_grant_is_refused_and_changes_nothing(manager, days, note, sentence):
    agreement = CustomerAgreementFactory()

    with pytest.raises(Refused, match=sentence):
        agreements.grant(agreement, days=days, note=note, by=manager)

    assert accounts(agreement) == (50, 0, 0, 0, 0)
    assert recorded() == []


def test_a_program_grants_no_days_after_its_accrual(manager):
    yesterday = clock.today() - timedelta(days=1)
    agreement = CustomerAgreementFactory(program__accrual_ends_on=yesterday)

    with pytest.raises(Refused, match="the program grants no more"):
        agreements.grant(agreement, days=5, note="Order 7", by=manager)

    assert accounts(agreement) == (50, 0, 0, 0, 0)


def test_a_customer_cannot_grant_itself_days():
    agreement = CustomerAgreementFactory()
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)

    with pytest.raises(Refused, match="Program manager"), acting(owner):
        agreements.grant(agreement, days=5, note="Order 7", by=owner)

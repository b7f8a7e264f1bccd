"""Making vouchers of free days, and taking back what no partner holds."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django_fsm import TransitionNotAllowed

from portal import clock
from portal.findings import Refused
from portal.roles import Role
from portal.states import explain
from tests.factories.enrollment import EngagementTypeFactory
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory, owner_of
from tests.vouchers.actions import accounts, acting, moved, recorded, told
from vouchers.models import State, Voucher
from vouchers.services import vouchers
from vouchers.services.vouchers import VoucherSpec

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(days=10)


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


def wanted_of(agreement, days=5, **fields):
    engagement_type = EngagementTypeFactory(
        offering__program=agreement.program, lengths=[3, 5, 15]
    )
    return VoucherSpec(engagement_type, days, "DE", "Budget 4711", **fields)


def create(agreement, wanted, owner, **details):
    with acting(owner):
        batch = vouchers.create(agreement, [wanted], by=owner, **details)
        return batch.vouchers.get()


def test_a_new_voucher_takes_its_days_from_the_pool(agreement, owner):
    voucher = create(agreement, wanted_of(agreement), owner)

    assert accounts(agreement) == (5, 5, 0, 0, 0)
    assert moved(voucher) == ["held"]
    assert recorded() == ["voucher.created"]
    assert told() == []


def test_a_new_voucher_holds_what_was_wanted(agreement, owner):
    wanted = wanted_of(agreement)

    create(agreement, wanted, owner)

    made = Voucher.objects.get()
    assert (made.state, made.days, made.country) == (State.CREATED, 5, "DE")
    assert made.engagement_type == wanted.engagement_type
    assert (made.admin, made.customer) == (owner.person, owner.organization)


def test_a_new_voucher_lives_as_long_as_its_program_says(time_machine, owner):
    # It is the second of March already where the customer is.
    time_machine.move_to("2026-03-01T20:00:00Z", tick=False)
    pool = CustomerAgreementFactory(
        customer=owner.organization, program__voucher_life_days=180
    )
    owner.organization.time_zone = "Asia/Taipei"
    owner.organization.save()

    voucher = create(pool, wanted_of(pool), owner)

    assert voucher.expires_on.isoformat() == "2026-08-29"


def test_the_same_form_sent_twice_makes_one_voucher(agreement, owner):
    engagement_type, ticket = wanted_of(agreement).engagement_type, uuid4()

    first, second = (
        create(agreement, VoucherSpec(engagement_type, 5, "DE"), owner, ticket=ticket)
        for _press in range(2)
    )

    assert first == second
    assert accounts(agreement) == (5, 5, 0, 0, 0)
    assert recorded() == ["voucher.created"]


def refusal_of(agreement, wanted, owner):
    with pytest.raises(Refused) as refusal:
        create(agreement, wanted, owner)
    assert not Voucher.objects.exists()
    assert recorded() == []
    return refusal.value.field, str(refusal.value)


def test_days_that_the_pool_does_not_hold_are_refused(agreement, owner):
    wanted = wanted_of(agreement, days=15)

    assert refusal_of(agreement, wanted, owner) == (
        "days",
        f"Agreement {agreement} has 10 free days; this voucher needs 15.",
    )


def test_days_that_the_type_does_not_come_in_are_refused(agreement, owner):
    wanted = wanted_of(agreement, days=1)

    assert refusal_of(agreement, wanted, owner) == (
        "days",
        f"“{wanted.engagement_type}” comes in these lengths: 3, 5, 15 days.",
    )


def test_a_benefit_that_is_not_activated_is_refused(owner):
    pool = CustomerAgreementFactory(customer=owner.organization, inactive=True)

    field, sentence = refusal_of(pool, wanted_of(pool), owner)

    assert field == "agreement"
    assert sentence == f"Activate the benefit of agreement {pool} first."


def test_an_agreement_that_has_ended_is_refused(owner):
    pool = CustomerAgreementFactory(customer=owner.organization, ended=True)

    field, sentence = refusal_of(pool, wanted_of(pool), owner)

    assert field == "agreement"
    assert sentence.endswith("; not today.")


def test_a_program_past_its_last_day_to_create_is_refused(owner):
    yesterday = clock.today() - timedelta(days=1)
    pool = CustomerAgreementFactory(
        customer=owner.organization, program__creation_ends_on=yesterday
    )

    _field, sentence = refusal_of(pool, wanted_of(pool), owner)

    assert sentence.startswith("Vouchers could be created until")


def test_a_closed_offering_is_refused(agreement, owner):
    wanted = wanted_of(agreement)
    offering = wanted.engagement_type.offering
    offering.closes_on = clock.today() - timedelta(days=1)

    field, sentence = refusal_of(agreement, wanted, owner)

    assert field == "engagement_type"
    assert sentence == f"“{offering}” is not open for new vouchers today."


def test_a_type_of_another_program_is_refused(agreement, owner):
    wanted = VoucherSpec(EngagementTypeFactory(), 5, "DE")

    field, sentence = refusal_of(agreement, wanted, owner)

    assert field == "engagement_type"
    assert "does not belong to the program" in sentence


def test_a_project_manager_cannot_create(agreement):
    person = actor_of(agreement.customer, Role.PROJECT_MANAGER)

    _field, sentence = refusal_of(agreement, wanted_of(agreement), person)

    assert "Benefit admin" in sentence


def test_a_foreign_agreement_cannot_be_used(owner):
    foreign = CustomerAgreementFactory()

    with pytest.raises(type(foreign).DoesNotExist):
        create(foreign, wanted_of(foreign), owner)

    assert accounts(foreign) == (50, 0, 0, 0, 0)


def cancel(voucher):
    owner = owner_of(voucher)
    with acting(owner):
        vouchers.cancel([voucher], by=owner)


def test_a_cancelled_voucher_gives_its_days_back():
    voucher = VoucherFactory()

    cancel(voucher)

    assert Voucher.objects.get().state == State.CANCELLED
    assert accounts(voucher.agreement) == (50, 0, 0, 0, 0)
    assert moved(voucher) == ["held", "returned"]
    assert recorded() == ["voucher.cancelled"]


def test_cancelling_tells_the_partner_who_was_to_reserve():
    partner = PartnerFactory()
    holder = actor_of(partner, Role.DELIVERY_LEAD)

    cancel(VoucherFactory(assigned=True, partner=partner))

    assert told() == [("voucher-recalled", holder.person.email)]


@pytest.mark.parametrize("state", ["reserved", "redeemed", "paid", "cancelled"])
def test_what_a_partner_holds_cannot_be_cancelled(state):
    voucher = VoucherFactory(**{state: True})
    before = accounts(voucher.agreement)

    with pytest.raises(TransitionNotAllowed) as refusal:
        cancel(voucher)

    assert explain(refusal.value) == (
        f"This cannot be done while the voucher is {state}."
    )
    assert Voucher.objects.get().state == state
    assert accounts(voucher.agreement) == before
    assert recorded() == []


def test_cancelling_twice_returns_the_days_once():
    voucher = VoucherFactory()
    press = partial(cancel, voucher)
    press()

    with pytest.raises(TransitionNotAllowed):
        press()

    assert accounts(voucher.agreement) == (50, 0, 0, 0, 0)
    assert recorded() == ["voucher.cancelled"]

"""What waits for the customer's and the partner's people."""

import pytest

from portal import clock
from portal.roles import Role
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    VoucherFactory,
    manager_of,
    owner_of,
)
from tests.vouchers.deeds import acting
from vouchers.presentation import waiting as waiting_presentation

pytestmark = pytest.mark.django_db


def waiting(actor):
    with acting(actor):
        return [
            (str(task.title), task.due_on and task.due_on.day)
            for task in waiting_presentation.tasks_for(actor)
        ]


def test_a_benefit_waits_to_be_activated():
    agreement = CustomerAgreementFactory(inactive=True)
    CustomerAgreementFactory(customer=agreement.customer)
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)

    assert waiting(owner) == [(f"Activate the benefit of agreement {agreement}", None)]


def test_a_benefit_that_has_ended_waits_for_nobody():
    agreement = CustomerAgreementFactory(inactive=True, ended=True)

    assert waiting(actor_of(agreement.customer, Role.BENEFIT_ADMIN)) == []


def test_a_created_voucher_waits_to_be_assigned():
    voucher = VoucherFactory()

    assert waiting(owner_of(voucher)) == [
        (f"Assign voucher {voucher}", voucher.expires_on)
    ]


@pytest.mark.parametrize("state", ["assigned", "reserved"])
def test_a_voucher_that_expires_within_a_month_is_shown_to_its_customer(state):
    voucher = VoucherFactory(expires_on=clock.in_days(30), **{state: True})
    VoucherFactory(
        expires_on=clock.in_days(31), customer=voucher.customer, **{state: True}
    )

    assert waiting(owner_of(voucher)) == [
        (f"Voucher {voucher} expires soon", voucher.expires_on)
    ]


def leave_the_company(person):
    person.memberships.update(is_active=False)


def close_the_account(person):
    person.is_active = False
    person.save()


@pytest.mark.parametrize("deed", [leave_the_company, close_the_account])
def test_vouchers_of_who_left_wait_to_be_handed_over(deed):
    voucher = VoucherFactory(assigned=True)
    deed(voucher.project_manager)

    assert waiting(owner_of(voucher)) == [
        (f"Hand over the vouchers of {voucher.project_manager}", None)
    ]


def test_a_project_manager_is_asked_to_find_a_partner():
    voucher = VoucherFactory(assigned=True)
    VoucherFactory(assigned=True, customer=voucher.customer)

    assert waiting(manager_of(voucher)) == [
        (f"Find a partner for voucher {voucher}", voucher.expires_on)
    ]


def test_a_project_manager_reads_for_which_partner_a_voucher_waits():
    voucher = VoucherFactory(assigned=True, partner=PartnerFactory())

    assert waiting(manager_of(voucher)) == [
        (f"Voucher {voucher} waits for its partner to reserve it", voucher.expires_on)
    ]


@pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.DELIVERY_LEAD])
def test_a_partner_is_asked_to_reserve_what_names_it(role):
    voucher = VoucherFactory(assigned=True, partner=PartnerFactory())
    VoucherFactory(assigned=True)

    assert waiting(actor_of(voucher.partner, role)) == [
        (f"Reserve voucher {voucher}", voucher.expires_on)
    ]


def test_a_partner_is_warned_of_a_hold_near_its_end():
    voucher = VoucherFactory(reserved=True, expires_on=clock.in_days(3))
    VoucherFactory(reserved=True, partner=voucher.partner)
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)

    assert waiting(lead) == [(f"Voucher {voucher} expires soon", voucher.expires_on)]


def test_nothing_of_vouchers_waits_for_finance():
    voucher = VoucherFactory(assigned=True, partner=PartnerFactory())

    assert waiting(actor_of(voucher.partner, Role.FINANCE)) == []


@pytest.mark.parametrize("state", ["redeemed", "paid", "cancelled", "expired"])
def test_nothing_waits_once_a_voucher_is_used_or_closed(state):
    voucher = VoucherFactory(**{state: True})

    assert waiting(owner_of(voucher)) == []


def test_who_has_two_roles_reads_each_voucher_once():
    voucher = VoucherFactory(assigned=True, expires_on=clock.in_days(3))
    voucher.project_manager.memberships.update(
        roles=[Role.BENEFIT_ADMIN, Role.PROJECT_MANAGER]
    )

    assert len(waiting(manager_of(voucher))) == 1


def test_a_long_list_is_cut():
    agreement = CustomerAgreementFactory(days=waiting_presentation.MOST + 1)
    vouchers = VoucherFactory.create_batch(
        waiting_presentation.MOST + 1, agreement=agreement, days=1
    )

    assert len(waiting(owner_of(vouchers[0]))) == waiting_presentation.MOST


@pytest.mark.parametrize("rows", [1, 3])
def test_the_tasks_cost_the_same_for_any_number_of_rows(rows, same_statements):
    agreement = CustomerAgreementFactory()
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    CustomerAgreementFactory.create_batch(
        rows, inactive=True, customer=agreement.customer
    )
    VoucherFactory.create_batch(rows, agreement=agreement)

    with acting(owner), same_statements():
        assert len(waiting_presentation.tasks_for(owner)) == 2 * rows

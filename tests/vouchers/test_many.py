"""One action on many vouchers: to all of them or to none, with one mail each."""

import pytest
from django.db import transaction

from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry
from portal.roles import Role
from tests.counting import statements_of
from tests.factories.enrollment import eligible_partner
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.vouchers.actions import accounts, acting, moved, recorded, told
from vouchers.models import State, Voucher
from vouchers.services import assignment, vouchers
from vouchers.services.assignment import Assignee

pytestmark = pytest.mark.django_db
ALL = Voucher.objects.all


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(days=50)


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def manager(agreement):
    return actor_of(agreement.customer, Role.PROJECT_MANAGER).person


def made(agreement, owner, **fields):
    return VoucherFactory(agreement=agreement, admin=owner.person, **fields)


def done(owner, action, *args):
    with acting(owner):
        return action(ALL(), *args, by=owner)


def states():
    return [each.state for each in ALL().order_by("pk")]


def test_many_are_assigned_with_one_mail_to_each(agreement, owner, manager):
    first = made(agreement, owner)
    made(agreement, owner, engagement_type=first.engagement_type)
    partner = eligible_partner(first.engagement_type)
    lead = actor_of(partner, Role.DELIVERY_LEAD).person

    done(owner, assignment.assign, Assignee(manager, partner))

    assert states() == [State.ASSIGNED] * 2
    assert {(v.project_manager, v.partner) for v in ALL()} == {(manager, partner)}
    assert all(each.assigned_at for each in ALL())
    assert told() == [
        ("voucher-assigned-manager-many", manager.email),
        ("voucher-assigned-partner-many", lead.email),
    ]


def test_the_first_assignment_of_many_starts_their_life_where_the_program_says_so(
    owner, manager
):
    pool = CustomerAgreementFactory(
        customer=owner.organization,
        program__expiry_anchor="assigned",
        program__voucher_life_days=180,
    )
    made(pool, owner, expires_on=clock.in_days(10))

    done(owner, assignment.assign, Assignee(manager))

    assert ALL().get().expires_on == clock.in_days(180)


def test_each_assigned_voucher_has_its_entry_for_both_parties(
    agreement, owner, manager
):
    voucher = made(agreement, owner)
    partner = eligible_partner(voucher.engagement_type)

    done(owner, assignment.assign, Assignee(manager, partner))

    entry = AuditEntry.objects.about(voucher).get()
    assert entry.parties == sorted([voucher.customer_id, partner.pk])
    assert entry.changes["state"] == ["created", "assigned"]
    assert entry.changes["partner"] == ["", str(partner.pk)]


def test_one_that_cannot_be_assigned_stops_all_and_is_named(agreement, owner, manager):
    made(agreement, owner)
    reserved = made(agreement, owner, reserved=True)

    with pytest.raises(Refused) as refusal:
        done(owner, assignment.assign, Assignee(manager))

    [finding] = refusal.value.findings
    assert finding.rule == f"Voucher {reserved}"
    assert finding.found == "This cannot be done while the voucher is reserved."
    assert states() == [State.CREATED, State.RESERVED]
    assert (recorded(), told()) == ([], [])


def test_many_are_cancelled_and_all_days_return(agreement, owner):
    partner = PartnerFactory()
    lead = actor_of(partner, Role.DELIVERY_LEAD).person
    for _number in range(2):
        made(agreement, owner, assigned=True, partner=partner)
    made(agreement, owner)

    assert done(owner, vouchers.cancel) == 3

    assert states() == [State.CANCELLED] * 3
    assert accounts(agreement) == (50, 0, 0, 0, 0)
    assert {tuple(moved(each)) for each in ALL()} == {("held", "returned")}
    assert recorded() == ["voucher.cancelled"] * 3
    assert told() == [("voucher-recalled-many", lead.email)]


def test_many_are_recalled_and_their_partner_is_told_once(agreement, owner):
    partner = PartnerFactory()
    lead = actor_of(partner, Role.DELIVERY_LEAD).person
    for _number in range(2):
        made(agreement, owner, assigned=True, partner=partner)

    done(owner, assignment.recall)

    assert {(v.state, v.partner, v.project_manager) for v in ALL()} == {
        (State.CREATED, None, None)
    }
    assert told() == [("voucher-recalled-many", lead.email)]
    assert {partner.pk in entry.parties for entry in AuditEntry.objects.all()} == {True}


def test_a_project_manager_cannot_do_it(agreement, owner):
    voucher = made(agreement, owner, assigned=True)
    person = actor_of(voucher.customer, Role.PROJECT_MANAGER)

    with pytest.raises(Refused, match="Benefit admin"):
        done(person, vouchers.cancel)

    assert states() == [State.ASSIGNED]


def test_vouchers_of_others_are_left_alone(agreement, owner):
    made(agreement, owner)
    foreign = VoucherFactory()

    assert done(owner, vouchers.cancel) == 1

    assert ALL().get(pk=foreign.pk).state == State.CREATED


def test_who_left_is_replaced_on_assigned_and_reserved_vouchers(
    agreement, owner, manager
):
    assigned = made(agreement, owner, assigned=True)
    reserved = made(
        agreement, owner, reserved=True, project_manager=assigned.project_manager
    )
    lead = actor_of(reserved.partner, Role.DELIVERY_LEAD).person

    done(owner, assignment.hand_over, manager)

    assert states() == [State.ASSIGNED, State.RESERVED]
    assert {each.project_manager for each in ALL()} == {manager}
    assert recorded() == ["voucher.handed_over"] * 2
    assert ("voucher-assigned-manager-many", manager.email) in told()
    assert ("voucher-manager-changed", lead.email) in told()


@pytest.mark.parametrize("state", ["cancelled", "redeemed", "paid"])
def test_what_is_over_is_not_handed_over(agreement, owner, manager, state):
    made(agreement, owner, **{state: True})

    with pytest.raises(Refused):
        done(owner, assignment.hand_over, manager)

    assert recorded() == []


def test_nobody_of_another_company_takes_over(agreement, owner):
    made(agreement, owner, assigned=True)
    stranger = VoucherFactory(assigned=True).project_manager

    sentence = "is not a project manager of your organization"
    with pytest.raises(Refused, match=sentence), acting(owner):
        assignment.hand_over(ALL().filter(agreement=agreement), stranger, by=owner)

    assert recorded() == []


def test_one_alone_says_itself_beside_which_field_it_is_refused(agreement, owner):
    voucher = made(agreement, owner)
    stranger = VoucherFactory(assigned=True).project_manager
    mine = ALL().filter(agreement=agreement)

    with pytest.raises(Refused) as refusal, acting(owner):
        assignment.assign(mine, Assignee(stranger), by=owner)

    assert refusal.value.field == "project_manager"
    assert not refusal.value.findings
    assert Voucher.objects.get(pk=voucher.pk).state == State.CREATED


def test_a_voucher_of_another_customer_is_none_of_mine(owner):
    foreign = VoucherFactory()

    with pytest.raises(Refused, match="yours any more"), acting(owner):
        vouchers.cancel([foreign], by=owner)

    assert Voucher.objects.get().state == State.CREATED


def test_vouchers_of_three_partners_ask_no_more_than_those_of_one(agreement, owner):
    def recalling(partners):
        with transaction.atomic():
            for _number in range(partners):
                partner = PartnerFactory()
                actor_of(partner, Role.DELIVERY_LEAD)
                made(agreement, owner, assigned=True, partner=partner)
            asked = statements_of(lambda: done(owner, assignment.recall))
            mails = len(told())
            transaction.set_rollback(True)
        return asked, mails

    (one, first), (three, all_of_them) = recalling(1), recalling(3)

    assert (first, all_of_them) == (1, 3)
    assert three == one

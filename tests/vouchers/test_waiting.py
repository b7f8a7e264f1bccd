"""What waits for the customer's and the partner's people."""

import pytest

from portal import clock
from portal.registry import Answers, Waiting, WaitingRows, kind_of_few, read_kinds
from portal.roles import Role
from tests.counting import statements_of
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    VoucherFactory,
    manager_of,
    owner_of,
)
from tests.vouchers.actions import acting
from tests.waiting import kinds_read, tasks_for
from vouchers.models import CustomerAgreement, Voucher
from vouchers.presentation import waiting as waiting_presentation

pytestmark = pytest.mark.django_db


def waiting(actor):
    with acting(actor):
        return [
            (str(task.title), task.due_on and task.due_on.day)
            for task in tasks_for(actor, waiting_presentation.kinds_for)
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


@pytest.mark.parametrize("action", [leave_the_company, close_the_account])
def test_vouchers_of_who_left_wait_to_be_handed_over(action):
    voucher = VoucherFactory(assigned=True)
    action(voucher.project_manager)

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


@pytest.fixture
def owner():
    agreement = CustomerAgreementFactory(days=200)
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


def kind(actor, title):
    with acting(actor):
        kinds = kinds_read(actor, waiting_presentation.kinds_for)
    [found] = [each for each in kinds if each.title == title]
    return found


def make(owner, count, **fields):
    agreement = CustomerAgreement.objects.get(customer=owner.organization)
    fields = {"admin": owner.person, "agreement": agreement, "days": 1} | fields
    return VoucherFactory.create_batch(count, **fields)


@pytest.mark.parametrize(("count", "named", "rest"), [(10, 10, ""), (11, 10, "1")])
def test_of_a_long_list_the_first_ten_are_named(owner, count, named, rest):
    make(owner, count)

    found = kind(owner, "Vouchers to assign")

    assert (len(found.tasks), found.count, found.rest) == (named, count, rest)


@pytest.mark.parametrize(
    ("count", "counted", "rest"), [(99, 99, "89"), (100, 100, "89+"), (103, 100, "89+")]
)
def test_nobody_counts_beyond_a_hundred(owner, count, counted, rest):
    make(owner, count)

    found = kind(owner, "Vouchers to assign")

    assert (len(found.tasks), found.count, found.rest) == (10, counted, rest)


def test_the_soonest_are_named(owner):
    make(owner, 10, expires_on=clock.in_days(60))
    [soon] = make(owner, 1, expires_on=clock.in_days(40))

    tasks = kind(owner, "Vouchers to assign").tasks

    assert str(tasks[0].title) == f"Assign voucher {soon}"


def test_what_its_program_ends_first_is_named_first(owner):
    make(owner, 10, expires_on=clock.in_days(60))
    [ending] = make(owner, 1, expires_on=clock.in_days(90))
    offering = ending.engagement_type.offering
    offering.creation_ends_on = clock.in_days(50)
    offering.save()

    first = kind(owner, "Vouchers to assign").tasks[0]

    assert (str(first.title), first.due_on.day) == (
        f"Assign voucher {ending}",
        clock.in_days(50),
    )


def test_the_others_are_found_in_the_list_of_vouchers(as_person, owner):
    assigned = make(owner, 11, assigned=True, expires_on=clock.in_days(3))
    make(owner, 1, assigned=True, expires_on=clock.in_days(40))
    found = kind(owner, "Vouchers that expire soon")

    client = as_person(owner.person)

    assert {row.number for row in client.get(found.url).context["page"].rows} == {
        each.number for each in assigned
    }
    home = owner.organization.get_absolute_url()
    assert "1 more" in client.get(home).text


def test_the_home_page_of_many_rows_is_as_light_as_of_few(as_person, owner):
    client = as_person(owner.person)
    home = owner.organization.get_absolute_url()

    def cost():
        statements = statements_of(lambda: client.get(home))
        return statements, len(client.get(home).content)

    make(owner, 3)
    make(owner, 3, assigned=True, expires_on=clock.in_days(3))
    client.get(home)
    few, _bytes = cost()
    make(owner, 57)
    make(owner, 57, assigned=True, expires_on=clock.in_days(3))

    many, size = cost()

    assert many == few
    assert size < 30_000


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 voucher"), (99, "99"), (100, "99+")]
)
def test_what_is_to_be_handed_over_is_counted_as_far(owner, count, words):
    person = actor_of(owner.organization, Role.PROJECT_MANAGER).person
    make(owner, count, assigned=True, project_manager=person)
    leave_the_company(person)

    [task] = kind(owner, "Vouchers to hand over").tasks

    assert str(task.detail).startswith(words)


def test_a_task_of_two_kinds_is_named_by_the_first(owner):
    waits = Waiting("Do it", "/here/"), Waiting("Do that", "/there/")
    kinds = [kind_of_few("One", "/one/", waits[:1]), kind_of_few("Two", "/two/", waits)]

    first, second = read_kinds(owner.organization, kinds)

    assert (first.tasks, second.tasks) == ([waits[0]], [waits[1]])
    assert (first.count, second.count) == (1, 1)


def test_a_row_that_goes_while_it_is_read_is_named_no_more(owner):
    [voucher] = make(owner, 1)
    vouchers = Voucher.objects.order_by("pk")
    gone = WaitingRows("Gone", "/", vouchers, vouchers.exclude(pk=voucher.pk), str)

    [kind] = read_kinds(owner.organization, [gone])

    assert (kind.tasks, kind.count) == ([], 1)


def test_what_two_apps_ask_is_asked_once():
    answers, questions = Answers(), iter([["first"], ["second"]])

    def question():
        return next(questions)

    assert answers.of(question) is answers.of(question)
    assert Answers().of(question) == ["second"]

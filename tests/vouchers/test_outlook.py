"""Which days will be lost at this pace: the judgement as a table, and its page."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from portal.roles import Role
from tests.factories.enrollment import OfferingFactory, ProgramFactory
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.vouchers.deeds import acting, told
from vouchers.presentation import waiting
from vouchers.services import outlook
from vouchers.services.outlook import End, Idle, Pool

TODAY = date(2026, 3, 1)


def on(days):
    return TODAY + timedelta(days=days)


def pool(**facts):
    """Return a pool of 50 days, a year old, with 90 days left and no pace."""
    return Pool(**{"free": 50, "first_day": on(-365), "last_day": on(89), **facts})


@pytest.mark.parametrize(
    ("facts", "at_risk", "last_use"),
    [
        ({}, 50, 89),  # nothing used: all of it
        ({"used": 45}, 5, 89),  # half a day each day, for 90 days
        ({"used": 50}, 0, 89),
        ({"used": 500}, 0, 89),
        ({"used": 44}, 6, 89),
        ({"used": -10}, 50, 89),  # more came back than went
        ({"used": 45, "last_day": on(0)}, 50, 0),  # one day left
        ({"used": 90, "last_day": on(0)}, 49, 0),
        ({"used": 45, "is_activated": False}, 50, 89),
        ({"used": 45, "creation_ends_on": on(44)}, 28, 44),
        ({"used": 45, "wipe_on": on(45)}, 28, 44),
        ({"used": 45, "wipe_on": on(45), "creation_ends_on": on(9)}, 45, 9),
        ({"used": 45, "creation_ends_on": on(-1)}, 50, -1),  # the program is closed
        ({"free": 1, "used": 1}, 0, 89),
        # A month old: one day each day.
        ({"used": 30, "first_day": on(-30), "last_day": on(9)}, 40, 9),
        # Three days old, and the end is near.
        ({"first_day": on(-3), "last_day": on(20)}, 50, 20),
        # It begins in ten days.
        ({"first_day": on(10), "last_day": on(60)}, 50, 60),
    ],
)
def test_the_days_at_risk_follow_from_the_pace_and_the_first_end(
    facts, at_risk, last_use
):
    forecast = outlook.foresee(pool(**facts), TODAY)

    assert (forecast.at_risk, forecast.last_use) == (at_risk, on(last_use))
    assert forecast.lost_on == on(last_use + 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"free": 0},
        {"last_day": on(-1)},
        {"wipe_on": on(0)},
        {"wipe_on": on(-5)},
    ],
)
def test_where_nothing_lies_free_there_is_nothing_to_lose(facts):
    assert outlook.foresee(pool(**facts), TODAY) is None


def test_it_is_too_early_to_say_of_a_pool_that_is_new_with_time_left():
    forecast = outlook.foresee(pool(first_day=on(-5), last_day=on(300)), TODAY)

    assert (forecast.is_early, forecast.at_risk) == (True, 0)


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ({}, End.AGREEMENT),
        ({"creation_ends_on": on(88)}, End.CREATION),
        ({"wipe_on": on(89)}, End.WIPE),
        ({"wipe_on": on(90)}, End.AGREEMENT),
    ],
)
def test_the_first_end_is_named(facts, end):
    assert outlook.foresee(pool(**facts), TODAY).end == end


def test_vouchers_gather_by_the_day_on_which_they_expire():
    runs = pool()
    idle = [
        Idle("B", 5, on(30), False, runs),
        Idle("A", 3, on(30), True, runs),
        Idle("C", 1, on(89), True, runs),
        Idle("D", 10, on(120), True, runs),
    ]

    assert [
        (each.expires_on, each.days, each.lost) for each in outlook.waves(idle)
    ] == [
        (on(30), 8, 0),
        (on(89), 1, 1),  # back on the last day is too late
        (on(120), 10, 10),
    ]
    assert outlook.waves(idle)[0].unassigned == 1
    assert outlook.waves([]) == []


@pytest.fixture
def agreement(db):
    return CustomerAgreementFactory(ends_on=clock.in_days(60))


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def page(owner):
    return reverse("vouchers:outlook", args=[owner.organization.slug])


def foreseen(owner):
    with acting(owner):
        return outlook.outlook_of(owner)


def test_the_facts_come_from_the_ledger(agreement, owner):
    VoucherFactory(agreement=agreement, redeemed=True, days=10)
    VoucherFactory(agreement=agreement, cancelled=True, days=15)

    [each] = foreseen(owner).pools

    assert (each.forecast.free, each.forecast.used, each.forecast.delivered) == (
        40,
        10,
        10,
    )


@pytest.mark.parametrize(
    ("days", "last_use"), [([10, 20], 20), ([10, None], 60), ([90], 60)]
)
def test_the_last_offering_to_close_ends_the_use_of_free_days(
    agreement, owner, days, last_use
):
    for each in days:
        day = each and clock.in_days(each)
        OfferingFactory(program=agreement.program, creation_ends_on=day)

    [each] = foreseen(owner).pools

    assert each.forecast.last_use == clock.in_days(last_use)


def test_old_days_make_no_pace(agreement, owner, time_machine):
    VoucherFactory(agreement=agreement, redeemed=True, days=10)
    agreement.ends_on = clock.in_days(400)
    agreement.save()
    time_machine.move_to(clock.now() + timedelta(days=95))

    [each] = foreseen(owner).pools

    assert each.forecast.used == 0


def test_another_customers_days_are_not_counted(agreement, owner):
    VoucherFactory()

    outlook = foreseen(owner)

    assert [each.agreement for each in outlook.pools] == [agreement]
    assert list(outlook.waves) == []


def test_a_voucher_that_outlives_its_agreement_is_named_as_a_loss(agreement, owner):
    VoucherFactory(agreement=agreement, expires_on=clock.in_days(90))
    VoucherFactory(agreement=agreement, expires_on=clock.in_days(20))
    VoucherFactory(agreement=agreement, reserved=True, expires_on=clock.in_days(90))

    outlook = foreseen(owner)

    assert [wave.lost for wave in outlook.waves] == [0, 5]


def test_the_page_says_what_will_be_lost_and_what_to_do(
    as_person, owner, page, agreement
):
    text = as_person(owner.person).get(page).text

    assert f"<h3>Agreement {agreement.in_full}</h3>" in text
    assert "At this pace 50 days will be lost" in text
    assert "Create vouchers now" in text
    assert "did not come back" in text


def test_a_benefit_that_sleeps_is_activated_first(as_person, owner, page, agreement):
    agreement.activated_at = None
    agreement.save()

    text = as_person(owner.person).get(page).text

    activate = reverse(
        "vouchers:activate", args=[owner.organization.slug, agreement.pk]
    )
    assert activate in text
    assert "Create vouchers now" not in text


def test_a_closed_program_leaves_nothing_to_do(as_person, db):
    program = ProgramFactory(creation_ends_on=clock.in_days(-1))
    agreement = CustomerAgreementFactory(program=program)
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    page = reverse("vouchers:outlook", args=[agreement.customer.slug])

    text = as_person(owner.person).get(page).text

    assert "No voucher can be created any more." in text
    assert "Create vouchers now" not in text


def test_idle_vouchers_come_with_their_ways(as_person, owner, page, agreement):
    made = VoucherFactory(agreement=agreement, expires_on=clock.in_days(20))
    given = VoucherFactory(agreement=agreement, assigned=True)
    address = partial(reverse, args=[agreement.customer.slug, given.number])

    text = as_person(owner.person).get(page).text

    assert address("vouchers:remind") in text
    assert address("vouchers:assign") in text
    assert made.number in text
    assert "Its days come back." in text
    assert "Extend" not in text


def test_extending_is_offered_where_the_program_lets_customers(
    as_person, owner, page, agreement
):
    voucher = VoucherFactory(agreement=agreement)
    agreement.program.extended_by = "owner"
    agreement.program.extension_days = 30
    agreement.program.save()

    text = as_person(owner.person).get(page).text

    extend = reverse("vouchers:extend", args=[owner.organization.slug, voucher.number])
    assert f'href="{extend}"' in text


def test_reminding_writes_to_those_who_have_the_voucher_once_a_day(
    as_person, owner, agreement
):
    voucher = VoucherFactory(
        agreement=agreement, assigned=True, partner=PartnerFactory()
    )
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD).person
    url = reverse("vouchers:remind", args=[agreement.customer.slug, voucher.number])
    desk = as_person(owner.person)

    for _press in "12":
        desk.post(url)

    assert told() == sorted(
        ("voucher-waits", person.email) for person in (voucher.project_manager, lead)
    )


@pytest.mark.parametrize("state", ["created", "reserved", "redeemed"])
def test_nobody_is_reminded_of_what_is_not_assigned(as_person, owner, agreement, state):
    fields = {} if state == "created" else {state: True}
    voucher = VoucherFactory(agreement=agreement, **fields)
    url = reverse("vouchers:remind", args=[agreement.customer.slug, voucher.number])

    response = as_person(owner.person).post(url, follow=True)

    assert "Nobody has to reserve this voucher now." in response.text
    assert told() == []


def test_the_overview_names_days_that_will_be_lost_soon(owner):
    with acting(owner):
        [task] = [
            each for each in waiting.tasks_for(owner) if "lost" in str(each.title)
        ]

    assert str(task.title) == "At this pace 50 days will be lost"
    assert task.due_on.day == clock.in_days(61)


def test_the_overview_is_silent_about_what_is_far_off(owner, agreement):
    agreement.ends_on = clock.in_days(300)
    agreement.save()

    with acting(owner):
        assert not [
            each for each in waiting.tasks_for(owner) if "lost" in str(each.title)
        ]


def test_three_vouchers_and_sixty_take_the_same_queries(
    as_person, owner, page, agreement
):
    VoucherFactory.create_batch(3, agreement=agreement, days=1, admin=owner.person)
    desk = as_person(owner.person)
    desk.get(page)
    with CaptureQueriesContext(connection) as few:
        desk.get(page)
    VoucherFactory.create_batch(40, agreement=agreement, days=1, admin=owner.person)

    with CaptureQueriesContext(connection) as many:
        desk.get(page)

    assert len(many) == len(few)


def test_creating_begins_with_the_agreement_that_the_outlook_names(
    as_person, owner, page
):
    other = CustomerAgreementFactory(
        customer=owner.organization, ends_on=clock.in_days(60)
    )
    create = reverse("vouchers:create", args=[owner.organization.slug])
    desk = as_person(owner.person)

    form = desk.get(create, {"agreement": other.pk}).context["form"]

    assert form["agreement"].value() == str(other.pk)
    assert f"{create}?agreement={other.pk}" in desk.get(page).text

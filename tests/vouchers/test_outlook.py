"""Which days will be lost at this pace: the judgement as a table, and its page."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import ProgrammingError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.formats import date_format

from portal import clock
from portal.roles import Role
from portal.tenancy import acting_for_all
from tests.counting import statements_of
from tests.factories.enrollment import OfferingFactory, ProgramFactory
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.vouchers.actions import acting, told
from tests.waiting import tasks_for
from vouchers.models import AgreementOutlook
from vouchers.presentation import waiting
from vouchers.services import outlook
from vouchers.services.outlook import End, Pool

TODAY = date(2026, 3, 1)


def on(days):
    return TODAY + timedelta(days=days)


def pool(**facts):
    """Return a pool that is a year old, with 90 days left and no pace."""
    return Pool(**{"first_day": on(-365), "last_day": on(89), **facts})


@pytest.mark.parametrize(
    ("facts", "expected", "last_use"),
    [
        ({}, 0, 89),  # nothing used: all of it will be lost
        ({"used": 45}, 45, 89),  # half a day each day, for 90 days
        ({"used": 500}, 500, 89),
        ({"used": 44}, 44, 89),
        ({"used": -10}, 0, 89),  # more came back than went
        ({"used": 45, "last_day": on(0)}, 0, 0),  # one day left
        ({"used": 90, "last_day": on(0)}, 1, 0),
        ({"used": 45, "is_activated": False}, 0, 89),
        ({"used": 45, "creation_ends_on": on(44)}, 22, 44),
        ({"used": 45, "wipe_on": on(45)}, 22, 44),
        ({"used": 45, "wipe_on": on(45), "creation_ends_on": on(9)}, 5, 9),
        ({"used": 45, "creation_ends_on": on(-1)}, 0, -1),  # the program is closed
        # A month old: one day each day.
        ({"used": 30, "first_day": on(-30), "last_day": on(9)}, 10, 9),
        # Three days old, and the end is near.
        ({"first_day": on(-3), "last_day": on(20)}, 0, 20),
        # It begins in ten days.
        ({"first_day": on(10), "last_day": on(60)}, 0, 60),
    ],
)
def test_what_vouchers_take_follows_from_the_pace_and_the_first_end(
    facts, expected, last_use
):
    foreseen = outlook.foresee(pool(**facts), TODAY)

    assert (foreseen.expected, foreseen.last_use) == (expected, on(last_use))
    assert (foreseen.is_early, foreseen.lost_on) == (False, on(last_use + 1))


@pytest.mark.parametrize(
    "facts", [{"last_day": on(-1)}, {"wipe_on": on(0)}, {"wipe_on": on(-5)}]
)
def test_where_nothing_lies_free_there_is_nothing_to_lose(facts):
    assert outlook.foresee(pool(**facts), TODAY).expected is None


@pytest.mark.parametrize(
    ("fields", "at_risk"),
    [
        ({"expected": 0}, 50),
        ({"expected": 49}, 1),
        ({"expected": 50}, 0),
        ({"expected": 500}, 0),
        ({"expected": 0, "is_early": True}, 0),
        ({"expected": None}, 0),
    ],
)
def test_what_vouchers_do_not_take_is_at_risk(owner, fields, at_risk):
    losses(owner)
    with acting_for_all():
        AgreementOutlook.objects.update(**fields)

    with acting(owner):
        assert AgreementOutlook.objects.with_risk().get().at_risk == at_risk
        assert outlook.losses_of(owner).days == at_risk


def test_an_empty_pool_is_foreseen_and_not_shown(db):
    agreement = CustomerAgreementFactory(days=5, ends_on=clock.in_days(60))
    VoucherFactory(agreement=agreement, days=5, expires_on=clock.in_days(20))

    assert foreseen(actor_of(agreement.customer, Role.BENEFIT_ADMIN)) == []
    assert AgreementOutlook.objects.get().expected is not None


def test_it_is_too_early_to_say_of_a_pool_that_is_new_with_time_left():
    new = pool(first_day=on(-5), last_day=on(300))

    assert outlook.foresee(new, TODAY).is_early


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
    outlook.foresee_all()
    with acting(owner):
        return outlook.foreseen_of(owner)


def losses(owner):
    outlook.foresee_all()
    with acting(owner):
        return outlook.losses_of(owner)


@pytest.fixture
def opened(as_person, owner, page):
    """Open the page the morning after."""

    def visit():
        outlook.foresee_all()
        return as_person(owner.person).get(page).text

    return visit


def test_the_facts_come_from_the_ledger(agreement, owner):
    VoucherFactory(agreement=agreement, redeemed=True, days=10)
    VoucherFactory(agreement=agreement, cancelled=True, days=15)

    [each] = foreseen(owner)

    assert (each.free, each.used, each.delivered) == (40, 10, 10)


@pytest.mark.parametrize(
    ("days", "last_use"), [([10, 20], 20), ([10, None], 60), ([90], 60)]
)
def test_the_last_offering_to_close_ends_the_use_of_free_days(
    agreement, owner, days, last_use
):
    for each in days:
        day = each and clock.in_days(each)
        OfferingFactory(program=agreement.program, creation_ends_on=day)

    [each] = foreseen(owner)

    assert each.last_use == clock.in_days(last_use)


def test_old_days_make_no_pace(agreement, owner, time_machine):
    VoucherFactory(agreement=agreement, redeemed=True, days=10)
    agreement.ends_on = clock.in_days(400)
    agreement.save()
    time_machine.move_to(clock.now() + timedelta(days=95))

    [each] = foreseen(owner)

    assert each.used == 0


def test_another_customers_days_are_not_counted(agreement, owner):
    VoucherFactory()

    assert [each.agreement for each in foreseen(owner)] == [agreement]
    assert losses(owner).days == 50


def test_a_voucher_that_outlives_its_agreement_is_counted_as_a_loss(agreement, owner):
    VoucherFactory(agreement=agreement, expires_on=clock.in_days(90))
    VoucherFactory(agreement=agreement, expires_on=clock.in_days(60))
    VoucherFactory(agreement=agreement, expires_on=clock.in_days(59))
    VoucherFactory(agreement=agreement, reserved=True, expires_on=clock.in_days(90))

    found = losses(owner)

    kept = AgreementOutlook.objects.get()
    assert (kept.idle_days, kept.idle_on) == (10, clock.in_days(60))
    assert (found.first, found.as_of) == (clock.in_days(60), clock.today())


def test_days_that_become_free_or_used_by_day_count_at_once(agreement, owner):
    assert losses(owner).days == 50

    VoucherFactory(agreement=agreement, expires_on=clock.in_days(20))

    with acting(owner):
        assert outlook.losses_of(owner).days == 45
        [each] = outlook.foreseen_of(owner)
    assert (each.free, each.at_risk) == (45, 45)


def test_a_night_may_come_twice(agreement, owner):
    first = losses(owner)

    assert losses(owner) == first
    assert AgreementOutlook.objects.count() == 1


def test_what_is_over_is_forgotten(agreement, owner, time_machine):
    losses(owner)
    time_machine.move_to(clock.now() + timedelta(days=62))

    assert losses(owner) == outlook.LostDays(0, None, None)
    assert not AgreementOutlook.objects.exists()


def test_an_agreement_that_is_over_is_kept_while_a_voucher_of_it_idles(
    agreement, owner, time_machine
):
    VoucherFactory(agreement=agreement, expires_on=clock.in_days(63))
    time_machine.move_to(clock.now() + timedelta(days=62))

    assert losses(owner).days == 5
    assert foreseen(owner) == []


def test_an_agreement_that_cannot_be_judged_stops_no_other(
    agreement, owner, monkeypatch, caplog
):
    broken = CustomerAgreementFactory()
    before = outlook.foresee

    def foresee(pool, today):
        if pool.last_day == broken.last_day:
            raise OverflowError
        return before(pool, today)

    monkeypatch.setattr(outlook, "foresee", foresee)

    assert outlook.foresee_all() == 1
    assert AgreementOutlook.objects.get().agreement == agreement
    assert f"Outlook of agreement {broken.pk} could not be turned" in caplog.text


def test_the_night_takes_the_same_statements_for_any_number(
    agreement,
):
    one = statements_of(outlook.foresee_all)
    CustomerAgreementFactory.create_batch(2, program=agreement.program)
    VoucherFactory.create_batch(3, agreement=agreement, days=1)

    assert statements_of(outlook.foresee_all) == one


def test_only_the_clock_writes_what_was_foreseen(agreement, owner):
    outlook.foresee_all()

    with pytest.raises(ProgrammingError, match="permission denied"), acting(owner):
        AgreementOutlook.objects.update(idle_days=0)


def test_a_new_agreement_waits_for_its_night(as_person, owner, page, agreement):
    text = as_person(owner.person).get(page).text

    assert "What is new since last night is counted next night." in text
    assert "No day lies free." not in text


def test_the_page_says_what_will_be_lost_and_what_to_do(opened, agreement):
    text = opened()

    assert f"<h3>Agreement {agreement.in_full}</h3>" in text
    assert "At this pace 50 days will be lost" in text
    assert "Create vouchers now" in text
    assert "did not come back" in text
    assert f"Counted on {date_format(clock.today(), 'DATE_FORMAT')};" in text


def test_the_page_says_as_of_when_it_speaks(as_person, owner, page, agreement):
    outlook.foresee_all()
    counted_on = date_format(clock.today(), "DATE_FORMAT")
    agreement.program.creation_ends_on = clock.in_days(5)
    agreement.program.save()

    text = as_person(owner.person).get(page).text

    assert f"Counted on {counted_on}; what has changed since" in text
    assert "what has changed since is counted next night." in text
    assert date_format(clock.in_days(5)) not in text


def test_what_no_night_has_counted_is_not_called_safe(as_person, owner, page):
    assert "no day will be lost" not in as_person(owner.person).get(page).text


def test_a_benefit_that_sleeps_is_activated_first(opened, owner, agreement):
    agreement.activated_at = None
    agreement.save()

    text = opened()

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
    outlook.foresee_all()

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
    outlook.foresee_all()
    with acting(owner):
        [task] = [
            each
            for each in tasks_for(owner, waiting.kinds_for)
            if "lost" in str(each.title)
        ]

    assert str(task.title) == "At this pace 50 days will be lost"
    assert task.due_on.day == clock.in_days(61)


def test_the_overview_is_silent_about_what_is_far_off(owner, agreement):
    agreement.ends_on = clock.in_days(300)
    agreement.save()
    outlook.foresee_all()

    with acting(owner):
        assert not [
            each
            for each in tasks_for(owner, waiting.kinds_for)
            if "lost" in str(each.title)
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
    outlook.foresee_all()

    form = desk.get(create, {"agreement": other.pk}).context["form"]

    assert form["agreement"].value() == str(other.pk)
    assert f"{create}?agreement={other.pk}" in desk.get(page).text

"""The last days of programs and offerings hold for every action on vouchers."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from engagements.models import Engagement
from engagements.services import redemptions, schedules
from portal import clock
from portal.findings import Refused, unmet_findings
from portal.models import Email, Location
from portal.reminders import remind
from portal.roles import Duty, Role
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.portal import actor_of, staff_actor
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    VoucherFactory,
    manager_of,
    owner_of,
)
from tests.vouchers.actions import acting, moved, recorded, told
from tests.waiting import tasks_for
from vouchers.models import State, Voucher
from vouchers.presentation import waiting as waiting_presentation
from vouchers.services import agreements, assignment, nightly, reservations, vouchers
from vouchers.services.assignment import Assignee
from vouchers.services.vouchers import VoucherSpec

pytestmark = pytest.mark.django_db
PLACES = ["offering", "program"]


def ended(place, field, row):
    """Let an offering, or its program, have ended yesterday; gives its day."""
    yesterday = clock.in_days(-1)
    owner = row if place == "offering" else row.program
    setattr(owner, field, yesterday)
    owner.save()
    return yesterday


def refused(action):
    with pytest.raises(Refused) as refusal:
        action()
    assert recorded() == []
    assert told() == []
    return refusal.value


def rule_of(refusal):
    [finding] = unmet_findings(refusal.findings)
    return finding.rule


@pytest.fixture
def voucher():
    return VoucherFactory(assigned=True)


@pytest.fixture
def offering(voucher):
    return voucher.engagement_type.offering


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_created_after_the_last_day(place):
    pool = CustomerAgreementFactory()
    type_ = EngagementTypeFactory(offering__program=pool.program)
    by = actor_of(pool.customer, Role.BENEFIT_ADMIN)
    ended(place, "creation_ends_on", type_.offering)
    pool.refresh_from_db()

    refusal = refused(
        lambda: vouchers.create(pool, [VoucherSpec(type_, 5, "DE")], by=by)
    )

    assert rule_of(refusal) == "Last day to create"
    assert refusal.field == "engagement_type"
    assert not Voucher.objects.exists()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("again", [False, True], ids=["assign", "reassign"])
def test_nothing_is_assigned_or_reassigned_after_the_last_day(place, again):
    voucher = VoucherFactory(assigned=again)
    by = owner_of(voucher)
    other = actor_of(voucher.customer, Role.PROJECT_MANAGER).person
    ended(place, "creation_ends_on", voucher.engagement_type.offering)

    refusal = refused(lambda: assignment.assign([voucher], Assignee(other), by=by))

    assert rule_of(refusal) == "Last day to assign"
    assert Voucher.objects.get().project_manager != other


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_reserved_after_the_last_day(place, voucher, offering):
    lead = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    location = Location.objects.get(organization=lead.organization)
    ended(place, "reservation_ends_on", offering)

    refusal = refused(
        lambda: reservations.reserve(
            voucher, location=location, accepts_terms=True, by=lead
        )
    )

    assert rule_of(refusal) == "Last day to reserve"
    assert Voucher.objects.get().state == State.ASSIGNED


def test_the_day_is_the_customers(voucher, offering, time_machine):
    """What ends today in Kiritimati has begun yesterday in Hawaii."""
    voucher.customer.time_zone = "Pacific/Kiritimati"
    voucher.customer.save()
    offering.creation_ends_on = clock.today()
    offering.save()
    other = actor_of(voucher.customer, Role.PROJECT_MANAGER).person
    evening = clock.now().replace(hour=20, minute=0)
    time_machine.move_to(evening, tick=False)

    refusal = refused(
        lambda: assignment.assign([voucher], Assignee(other), by=owner_of(voucher))
    )

    assert rule_of(refusal) == "Last day to assign"


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_redeemed_after_the_last_day(place):
    engagement = EngagementFactory(reported=True)
    lead = actor_of(engagement.partner, Role.DELIVERY_LEAD)
    ended(place, "redemption_ends_on", engagement.voucher.engagement_type.offering)

    refusal = refused(lambda: redemptions.redeem(engagement, by=lead))

    assert rule_of(refusal) == "Last day to redeem"
    assert Voucher.objects.get().state == State.RESERVED
    assert moved(engagement.voucher) == ["held"]


@pytest.mark.parametrize("place", PLACES)
def test_work_that_ends_after_the_last_day_to_redeem_is_not_scheduled(place):
    voucher = VoucherFactory(reserved=True)
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)
    offering = voucher.engagement_type.offering
    owner = offering if place == "offering" else offering.program
    owner.redemption_ends_on = clock.in_days(9)
    owner.save()
    days = {"starts_on": clock.in_days(6), "ends_on": clock.in_days(10)}

    with acting(lead):
        refusal = refused(
            lambda: schedules.schedule(voucher, **days, lead=lead.person, by=lead)
        )

    assert refusal.field == "ends_on"
    assert rule_of(refusal) == "Last day to redeem"
    assert str(refusal).startswith("Vouchers can be redeemed until")
    assert not Engagement.objects.exists()


def test_work_is_not_moved_past_the_last_day_to_redeem():
    engagement = EngagementFactory(upcoming=True)
    lead = actor_of(engagement.partner, Role.DELIVERY_LEAD)
    offering = engagement.voucher.engagement_type.offering
    offering.redemption_ends_on = clock.in_days(20)
    offering.save()
    days = {"starts_on": clock.in_days(15), "ends_on": clock.in_days(21)}

    refusal = refused(lambda: schedules.move_dates(engagement, **days, by=lead))

    assert rule_of(refusal) == "Last day to redeem"
    assert Engagement.objects.get().ends_on == engagement.ends_on


def test_no_days_are_granted_after_the_last_day_of_accrual():
    yesterday = clock.in_days(-1)
    pool = CustomerAgreementFactory(program__accrual_ends_on=yesterday)

    refusal = refused(
        lambda: agreements.grant(
            pool, days=5, note="Order 1", by=staff_actor(Duty.PROGRAM_MANAGER)
        )
    )

    assert rule_of(refusal) == "Last day of accrual"


def test_an_offerings_payment_window_comes_before_the_programs():
    engagement = EngagementFactory(redeemed=True)
    offering = engagement.voucher.engagement_type.offering
    offering.payment_window_days = 20
    offering.save()

    last_day = Engagement.objects.get().last_day_to_invoice

    assert last_day == clock.today() + timedelta(days=20)


def ending(voucher, field, days):
    offering = voucher.engagement_type.offering
    setattr(offering, field, clock.in_days(days))
    offering.save()
    return clock.in_days(days)


def waiting(actor):
    with acting(actor):
        return [
            (str(task.title), task.due_on and task.due_on.day)
            for task in tasks_for(actor, waiting_presentation.kinds_for)
        ]


@pytest.mark.parametrize("fetch", ["for_list", "with_details", "all"])
def test_the_real_deadline_is_the_earlier_of_voucher_and_program(fetch):
    voucher = VoucherFactory(expires_on=clock.in_days(90))
    fetched = getattr(Voucher.objects, fetch)
    before = fetched().get().deadline

    ends = ending(voucher, "redemption_ends_on", 40)

    assert (before, fetched().get().deadline) == (clock.in_days(90), ends)
    assert Voucher.objects.get().expires_on == clock.in_days(90)


@pytest.mark.parametrize("page", ["index", "detail"])
def test_both_sides_read_the_real_deadline(as_person, page):
    voucher = VoucherFactory(reserved=True)
    ends = ending(voucher, "redemption_ends_on", 40)
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)
    numbers = [] if page == "index" else [voucher.number]

    for reader in (lead, owner_of(voucher)):
        args = [reader.organization.slug, *numbers]
        shown = as_person(reader.person).get(reverse(f"vouchers:{page}", args=args))
        assert f'<time datetime="{ends.isoformat()}">' in shown.text


def test_a_program_that_ends_soon_asks_to_redeem(voucher):
    held = VoucherFactory(reserved=True, expires_on=clock.in_days(90))
    ends = ending(held, "redemption_ends_on", 20)
    lead = actor_of(held.partner, Role.DELIVERY_LEAD)

    assert waiting(lead) == [
        (f"Redeem voucher {held} before its program ends", ends),
    ]


@pytest.mark.parametrize(
    ("traits", "field"),
    [({}, "creation_ends_on"), ({"assigned": True}, "reservation_ends_on")],
)
def test_what_waits_is_due_by_the_last_day_of_its_step(traits, field):
    voucher = VoucherFactory(expires_on=clock.in_days(90), **traits)
    reader = owner_of(voucher)
    if traits:
        reader = manager_of(voucher)
    ends = ending(voucher, field, 20)

    mine = [due for title, due in waiting(reader) if str(voucher) in title]
    assert mine == [ends]


FREE_DAYS = [
    ({"creation_ends_on": 90}, 90),
    ({"pool_wipe_on": 91}, 90),
    ({"creation_ends_on": 20, "pool_wipe_on": 60}, 20),
    ({"creation_ends_on": 91}, None),
    ({"creation_ends_on": -1, "pool_wipe_on": 5}, None),
    ({"pool_wipe_on": 0}, None),
]


@pytest.mark.parametrize(("days", "due"), FREE_DAYS)
def test_free_days_wait_to_be_used_before_their_program_ends(days, due):
    fields = {f"program__{name}": clock.in_days(n) for name, n in days.items()}
    pool = CustomerAgreementFactory(days=12, **fields)
    owner = actor_of(pool.customer, Role.BENEFIT_ADMIN)

    found = [each for each in waiting(owner) if each[0].startswith("Create vouchers")]

    expected = []
    if due is not None:
        day = date_format(clock.in_days(due), "DATE_FORMAT")
        title = f"Create vouchers from 12 free days by {day}"
        expected = [(title, clock.in_days(due))]
    assert found == expected


def test_pools_that_are_empty_asleep_or_ended_ask_for_nothing():
    soon = {"program__creation_ends_on": clock.in_days(20)}
    pool = CustomerAgreementFactory(days=0, **soon)
    CustomerAgreementFactory(customer=pool.customer, ended=True, **soon)
    owner = actor_of(pool.customer, Role.BENEFIT_ADMIN)

    assert waiting(owner) == []


def test_the_page_on_which_vouchers_are_made_says_until_when(as_person):
    pool = CustomerAgreementFactory(
        program__creation_ends_on=clock.in_days(12), program__name="Planning"
    )
    EngagementTypeFactory(offering__program=pool.program)
    early = EngagementTypeFactory(offering__program=pool.program)
    early.offering.creation_ends_on = clock.in_days(5)
    early.offering.save()
    owner = actor_of(pool.customer, Role.BENEFIT_ADMIN)

    page = as_person(owner.person).get(
        reverse("vouchers:create", args=[pool.customer.slug])
    )

    endings = [(ending.of, ending.day) for ending in page.context["endings"]]
    assert endings == [
        (early.offering, clock.in_days(5)),
        (pool.program, clock.in_days(12)),
    ]
    assert "Planning: vouchers can be created until" in page.text
    assert "12 days left" in page.text


def test_reminders_count_to_the_real_deadline():
    voucher = VoucherFactory(expires_on=clock.in_days(90))
    ending(voucher, "redemption_ends_on", 14)

    assert [remind(nightly.REMINDER), remind(nightly.REMINDER)] == [1, 0]

    mail = Email.objects.get(to=voucher.admin.email)
    day = date_format(clock.in_days(14), "DATE_FORMAT")
    assert "14 days" in mail.subject
    assert f"is {day}" in mail.body

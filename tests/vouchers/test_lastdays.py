"""The last days of programs and offerings hold for every deed on vouchers."""

from datetime import timedelta

import pytest

from engagements import services as deliveries
from engagements.models import Engagement
from portal import clock
from portal.errors import Refused
from portal.findings import unmet
from portal.models import Location
from portal.roles import Duty, Role
from tests.factories import (
    CustomerAgreementFactory,
    EngagementFactory,
    EngagementTypeFactory,
    VoucherFactory,
    actor_of,
    eligible_partner,
    owner_of,
    staff_actor,
)
from tests.vouchers.deeds import acting, moved, recorded, told
from vouchers import services
from vouchers.models import State, Voucher

pytestmark = pytest.mark.django_db
PLACES = ["offering", "program"]


def ended(place, field, row):
    """Let an offering, or its program, have ended yesterday; gives its day."""
    yesterday = clock.in_days(-1)
    owner = row if place == "offering" else row.program
    setattr(owner, field, yesterday)
    owner.save()
    return yesterday


def refused(deed):
    with pytest.raises(Refused) as refusal:
        deed()
    assert recorded() == []
    assert told() == []
    return refusal.value


def rule_of(refusal):
    [finding] = unmet(refusal.findings)
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
        lambda: services.create(pool, services.Wanted(type_, 5, "DE"), by=by)
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

    refusal = refused(
        lambda: services.assign(voucher, project_manager=other, partner=None, by=by)
    )

    assert rule_of(refusal) == "Last day to assign"
    assert Voucher.objects.get().project_manager != other


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_reserved_after_the_last_day(place, voucher, offering):
    lead = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    location = Location.objects.get(organization=lead.organization)
    ended(place, "reservation_ends_on", offering)

    refusal = refused(
        lambda: services.reserve(
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
        lambda: services.assign(
            voucher, project_manager=other, partner=None, by=owner_of(voucher)
        )
    )

    assert rule_of(refusal) == "Last day to assign"


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_redeemed_after_the_last_day(place):
    engagement = EngagementFactory(reported=True)
    lead = actor_of(engagement.partner, Role.DELIVERY_LEAD)
    ended(place, "redemption_ends_on", engagement.voucher.engagement_type.offering)

    refusal = refused(lambda: deliveries.redeem(engagement, by=lead))

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
            lambda: deliveries.schedule(voucher, **days, lead=lead.person, by=lead)
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

    refusal = refused(lambda: deliveries.move_dates(engagement, **days, by=lead))

    assert rule_of(refusal) == "Last day to redeem"
    assert Engagement.objects.get().ends_on == engagement.ends_on


def test_no_days_are_granted_after_the_last_day_of_accrual():
    yesterday = clock.in_days(-1)
    pool = CustomerAgreementFactory(program__accrual_ends_on=yesterday)

    refusal = refused(
        lambda: services.grant(
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

"""Whom a retirement plan touches, which days it strands, and if it were later."""

from datetime import timedelta

import pytest

from portal import clock
from tests.factories.enrollment import EngagementTypeFactory, OfferingFactory
from tests.factories.portal import PartnerFactory
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    RetirementPlanFactory,
    VoucherFactory,
)
from vouchers.services import retirement_effects
from vouchers.services.retirement_effects import PlannedLastDays, Totals

pytestmark = pytest.mark.django_db
ahead = clock.in_days


@pytest.fixture
def plan():
    return RetirementPlanFactory()


@pytest.fixture
def offering(plan):
    return OfferingFactory(program=plan.program)


@pytest.fixture
def engagement_type(offering):
    return EngagementTypeFactory(offering=offering)


def pool(plan, days=20, ends=400, **fields):
    return CustomerAgreementFactory(
        program=plan.program, days=days, ends_on=ahead(ends), **fields
    )


def voucher(agreement, engagement_type, expires=90, **fields):
    return VoucherFactory(
        agreement=agreement,
        engagement_type=engagement_type,
        expires_on=ahead(expires),
        **fields,
    )


def totals(plan, days=None):
    [found] = retirement_effects.totals_of(
        plan,
        [retirement_effects.scenario(plan, days or retirement_effects.days_of(plan))],
    )
    return found


def test_a_plan_without_customers_touches_nobody(plan, engagement_type):
    assert totals(plan) == Totals()


def test_a_program_without_offerings_ends_its_pools_all_the_same(plan):
    pool(plan, days=12)

    assert (totals(plan).ended, totals(plan).with_free) == (12, 1)


def test_free_days_end_with_the_plan_where_their_agreement_outlasts_it(plan):
    pool(plan, days=20, ends=101)
    pool(plan, days=7, ends=100)

    found = totals(plan)

    assert (found.free, found.ended, found.ending_anyway) == (27, 20, 7)
    assert (found.with_free, found.losing) == (2, 1)


def test_free_days_are_stranded_the_day_after_vouchers_can_be_made_of_them(plan):
    plan.pool_wipe_on = None
    pool(plan, days=20, ends=101)

    assert totals(plan).ended == 20


def test_days_of_agreements_that_have_ended_are_nobodys(plan):
    pool(plan, ends=-1)
    pool(plan, ended_on=ahead(-1))

    assert totals(plan) == Totals()


def test_vouchers_count_for_the_step_that_they_may_miss(plan, engagement_type):
    """Their own last day comes after the last day of the step that is next."""
    agreement = pool(plan, days=60, ends=99)
    voucher(agreement, engagement_type, expires=101)
    voucher(agreement, engagement_type, expires=131, assigned=True)
    voucher(agreement, engagement_type, expires=161, reserved=True)

    found = totals(plan)

    assert (found.created, found.assigned, found.reserved) == (1, 1, 1)
    assert (found.unassigned, found.unassigned_days) == (1, 5)
    assert (found.unreserved, found.unreserved_days) == (1, 5)
    assert (found.unredeemed, found.unredeemed_days) == (1, 5)
    assert found.at_stake == 15


def test_vouchers_that_end_in_time_are_not_at_stake(plan, engagement_type):
    agreement = pool(plan, ends=99)
    voucher(agreement, engagement_type, expires=100)
    voucher(agreement, engagement_type, expires=130, assigned=True)
    voucher(agreement, engagement_type, expires=160, reserved=True, days=10)

    found = totals(plan)

    assert found.at_stake == 0
    assert (found.losing, found.customers) == (0, 1)


def test_a_day_that_is_lost_twice_is_counted_once(plan, engagement_type):
    voucher(pool(plan, days=5, ends=99), engagement_type, expires=200)

    found = totals(plan)

    assert (found.unassigned, found.unreserved, found.unredeemed) == (1, 1, 1)
    assert found.at_stake == 5


def test_work_for_which_no_time_is_left_is_named(plan, engagement_type):
    agreement = pool(plan, days=60, ends=99)
    voucher(agreement, engagement_type, expires=4, days=5, reserved=True)
    voucher(agreement, engagement_type, expires=3, days=5, reserved=True)

    found = totals(plan)

    assert (found.too_late, found.too_late_days, found.at_stake) == (1, 5, 5)


def test_used_and_closed_vouchers_do_not_count(plan, engagement_type):
    agreement = pool(plan, days=60, ends=99)
    for trait in ("redeemed", "paid", "cancelled", "expired"):
        VoucherFactory(
            agreement=agreement, engagement_type=engagement_type, **{trait: 1}
        )

    assert (totals(plan).created, totals(plan).reserved) == (0, 0)


def test_other_programs_are_left_alone(plan):
    VoucherFactory(reserved=True)

    assert totals(plan) == Totals()


def test_a_plan_for_an_offering_counts_its_vouchers_and_no_pool(plan, engagement_type):
    other = EngagementTypeFactory(offering=OfferingFactory(program=plan.program))
    plan.offering = engagement_type.offering
    agreement = pool(plan, days=60)
    voucher(agreement, engagement_type, expires=300)
    voucher(agreement, other, expires=300)

    found = totals(plan)

    assert (found.created, found.free, found.ended) == (1, 0, 0)


def test_an_offerings_own_earlier_day_counts_first(plan, offering, engagement_type):
    offering.redemption_ends_on = ahead(50)
    offering.save()
    voucher(pool(plan, ends=99), engagement_type, expires=60, reserved=True)

    assert totals(plan).unredeemed == 1


def test_the_same_figures_stand_side_by_side_for_later_days(plan, engagement_type):
    agreement = pool(plan, days=45, ends=150)
    voucher(agreement, engagement_type, expires=170, reserved=True)
    voucher(agreement, engagement_type, expires=240, reserved=True)
    days = retirement_effects.days_of(plan)
    later = [
        days,
        *(
            retirement_effects.moved_days(days, timedelta(days=by))
            for by in (30, 60, 90)
        ),
    ]

    found = retirement_effects.totals_of(
        plan, [retirement_effects.scenario(plan, each) for each in later]
    )

    assert [each.unredeemed for each in found] == [2, 1, 1, 0]
    assert [each.ended for each in found] == [35, 35, 0, 0]
    assert [each.at_stake for each in found] == [45, 40, 5, 0]


def test_one_day_moves_alone_and_takes_along_what_it_overtakes(plan):
    later = retirement_effects.moved_days(
        retirement_effects.days_of(plan), timedelta(days=40), "creation_ends_on"
    )

    assert later == PlannedLastDays(ahead(140), ahead(141), ahead(140), ahead(160))


def test_a_typed_day_takes_the_place_of_one(plan):
    other = retirement_effects.with_day(
        retirement_effects.days_of(plan), "redemption_ends_on", ahead(300)
    )

    assert other.redemption_ends_on == ahead(300)
    assert other.creation_ends_on == ahead(100)


def test_what_is_in_force_is_a_scenario_too(plan, engagement_type):
    voucher(pool(plan), engagement_type, expires=300)

    found = totals(plan, retirement_effects.in_force(plan))

    assert (found.created, found.at_stake) == (1, 0)


def test_customers_are_named_who_loses_most_first(plan, engagement_type):
    little = pool(plan, days=5, customer__name="Adatum")
    much = pool(plan, days=50, customer__name="Zephyr")
    voucher(much, engagement_type, expires=300)

    rows = list(
        retirement_effects.touched_customers(
            plan, retirement_effects.scenario(plan, retirement_effects.days_of(plan))
        )
    )

    assert [(r.name, r.free, r.created, r.at_stake) for r in rows] == [
        ("Zephyr", 45, 1, 50),
        ("Adatum", 5, 0, 5),
    ]
    assert [row.id for row in rows] == [much.customer_id, little.customer_id]


def test_partners_are_named_with_what_they_hold(plan, engagement_type):
    holder, named = PartnerFactory(name="Contoso"), PartnerFactory(name="Named")
    agreement = pool(plan, days=60)
    voucher(agreement, engagement_type, expires=300, reserved=True, partner=holder)
    voucher(agreement, engagement_type, expires=50, assigned=True, partner=named)

    rows = list(
        retirement_effects.touched_partners(
            plan, retirement_effects.scenario(plan, retirement_effects.days_of(plan))
        )
    )

    assert [(r.name, r.reserved, r.assigned, r.at_stake) for r in rows] == [
        ("Contoso", 1, 0, 5),
        ("Named", 0, 1, 0),
    ]
    assert totals(plan).partners == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_figures_cost_the_same_for_any_number(
    plan, engagement_type, rows, same_statements
):
    for _ in range(rows):
        voucher(pool(plan), engagement_type, reserved=True)
    wanted = retirement_effects.scenario(plan, retirement_effects.days_of(plan))

    with same_statements():
        retirement_effects.totals_of(plan, [wanted] * rows)
    with same_statements():
        assert len(list(retirement_effects.touched_customers(plan, wanted))) == rows

"""Licences that become days: the count as a table, and the action that grants them."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, ProgrammingError, connection

from portal import clock
from portal.findings import Refused
from portal.roles import Duty, Role
from portal.tenancy import acting_for, acting_for_all
from tests.concurrency import at_once
from tests.factories.portal import actor_of, staff_actor
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    DayScaleFactory,
    LicensedProductFactory,
)
from tests.vouchers.actions import accounts, recorded, told
from vouchers.models import LedgerEntry, PointRule, Purchase, PurchaseLine
from vouchers.models.accrual import LicenceCount, ScaleStep, amount_of, count, scale_on
from vouchers.services import accrual, agreements
from vouchers.services.accrual import Order

DAY = date(2020, 5, 1)
SCALE = [ScaleStep(Decimal(p), d, DAY) for p, d in [(100, 1), (200, 5), (1000, 16)]]


def line(licences, points="2"):
    return LicenceCount("Product", licences, Decimal(points), DAY)


@pytest.mark.parametrize(
    ("licences", "term", "days"),
    [
        ([49], 3, 0),  # 98 points: below the first step
        ([50], 3, 1),  # exactly on a step
        ([50], 2, 0),  # two thirds of a day
        ([99], 3, 1),  # 198 points
        ([60, 40], 3, 5),  # 200 points by two lines
        ([100], 1, 1),  # 5/3, rounded down
        ([100], 2, 3),  # 10/3, rounded down
        ([500], 1, 5),  # 16/3
        ([500], 2, 10),  # 32/3
        ([10**8], 3, 16),  # beyond the last step
    ],
)
def test_the_count_is_points_then_scale_then_thirds_rounded_down_once(
    licences, term, days
):
    amount = count([line(each) for each in licences], SCALE, term)

    assert amount.days == days
    assert amount.points == 2 * sum(licences)


def test_the_days_before_rounding_are_shown():
    amount = count([line(100)], SCALE, 2)

    assert (amount.exact_text, amount.is_rounded) == ("3 1/3", True)
    assert count([line(100)], SCALE, 3).exact_text == "5"


def test_points_are_never_rounded():
    assert count([line(3, "33.333")], SCALE, 3).points == Decimal("99.999")
    assert count([line(3, "33.333")], SCALE, 3).step is None


def test_the_scale_of_a_day_is_the_one_that_began_last():
    later = [ScaleStep(Decimal(10), 2, DAY + timedelta(days=10))]

    assert scale_on(DAY - timedelta(days=1), SCALE + later) == []
    assert scale_on(DAY + timedelta(days=9), SCALE + later) == SCALE
    assert scale_on(DAY + timedelta(days=10), SCALE + later) == later


@pytest.mark.parametrize("licences", [1, accrual.MOST_LICENCES])
def test_the_fewest_and_the_most_licences_are_counted(licences):
    accrual.ensure_countable("office", licences)


@pytest.mark.parametrize("licences", [-1, 0, accrual.MOST_LICENCES + 1])
def test_one_licence_less_or_more_is_refused(licences):
    with pytest.raises(Refused, match="number of licences") as refusal:
        accrual.ensure_countable("office", licences)

    assert refusal.value.field == "licences"


@pytest.mark.parametrize("length", [1, accrual.LONGEST_REFERENCE])
def test_the_shortest_and_the_longest_order_number_are_taken(length):
    accrual.ensure_shape(order(reference="x" * length))


@pytest.mark.parametrize("length", [0, accrual.LONGEST_REFERENCE + 1])
def test_an_order_number_without_signs_or_with_too_many_is_refused(length):
    with pytest.raises(Refused, match="order number") as refusal:
        accrual.ensure_shape(order(reference="x" * length))

    assert refusal.value.field == "reference"


@pytest.fixture
def manager(db):
    return staff_actor(Duty.PROGRAM_MANAGER)


@pytest.fixture
def pool(db):
    agreement = CustomerAgreementFactory(days=0)
    DayScaleFactory(program=agreement.program)
    LicensedProductFactory(program=agreement.program, code="office")
    LicensedProductFactory(program=agreement.program, code="windows", points=1)
    return agreement


def order(**others):
    words = {
        "reference": "PO-1",
        "ordered_on": clock.in_days(-10),
        "term_years": 2,
        "licences": {"office": 40, "windows": 25},
        **others,
    }
    return Order(**words)


def test_an_order_grants_its_days_with_its_number(pool, manager):
    owner = actor_of(pool.customer, Role.BENEFIT_ADMIN)

    purchase = accrual.accrue(pool, order(), by=manager)

    assert accounts(pool) == (10, 0, 0, 0, 0)
    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.note, entry.purchase) == ("granted", "PO-1", purchase)
    assert recorded() == ["purchase.counted"]
    assert told() == [("entitlement-accrued", owner.person.email)]


def test_the_figure_of_a_purchase_stays_when_the_rules_change(pool, manager):
    purchase = accrual.accrue(pool, order(), by=manager)
    PointRule.objects.update(points_per_licence=9)
    pool.program.day_scale.update(days=1)

    amount = amount_of(Purchase.objects.get())

    assert (amount.points, amount.full_days, amount.days) == (105, 15, 10)
    assert [each.points for each in amount.lines] == [80, 25]
    assert purchase.days == 10


def test_the_same_order_again_grants_nothing_again(pool, manager):
    first = accrual.accrue(pool, order(), by=manager)

    assert accrual.accrue(pool, order(), by=manager) == first

    assert accounts(pool) == (10, 0, 0, 0, 0)
    assert recorded() == ["purchase.counted"]


def test_another_order_under_the_same_number_is_refused(pool, manager):
    accrual.accrue(pool, order(), by=manager)

    with pytest.raises(Refused, match="was counted already, with another"):
        accrual.accrue(pool, order(term_years=3), by=manager)

    assert accounts(pool) == (10, 0, 0, 0, 0)


def test_a_number_granted_by_hand_is_not_granted_again(pool, manager):
    agreements.grant(pool, days=3, note="PO-1", by=manager)

    with pytest.raises(Refused, match="“PO-1” were granted already"):
        accrual.accrue(pool, order(), by=manager)

    assert accounts(pool) == (3, 0, 0, 0, 0)


def test_an_order_below_the_first_step_is_kept_and_grants_nothing(pool, manager):
    purchase = accrual.accrue(pool, order(licences={"office": 1}), by=manager)

    assert (purchase.days, purchase.step_points) == (0, None)
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"reference": ""}, "order number"),
        ({"reference": "x" * 61}, "order number"),
        ({"term_years": 4}, "one, two or three years"),
        ({"term_years": 0}, "one, two or three years"),
        ({"licences": {}}, "holds no licences"),
        ({"licences": {"word": 5}}, "knows no product “word”"),
        ({"licences": {"office": 0}}, "number of licences"),
        ({"licences": {"office": -1}}, "number of licences"),
        ({"licences": {"office": 10**9}}, "number of licences"),
        ({"ordered_on": clock.in_days(2)}, "still to come"),
        ({"ordered_on": clock.in_days(-201)}, "not on"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(pool, manager, others, sentence):
    with pytest.raises(Refused, match=sentence):
        accrual.accrue(pool, order(**others), by=manager)

    assert not Purchase.objects.exists()
    assert recorded() == []


def test_a_product_without_points_on_the_day_is_refused(pool, manager):
    PointRule.objects.filter(product__code="office").update(
        valid_from=clock.in_days(-9)
    )

    with pytest.raises(Refused, match="“office” has no points on"):
        accrual.accrue(pool, order(), by=manager)


def test_a_day_without_a_scale_is_refused(pool, manager):
    pool.program.day_scale.update(valid_from=clock.in_days(-9))

    with pytest.raises(Refused, match="no scale from points to days"):
        accrual.accrue(pool, order(), by=manager)


@pytest.mark.parametrize("ends_in", [-1, -11])
def test_nothing_accrues_after_the_programs_last_day(pool, manager, ends_in):
    pool.program.accrual_ends_on = clock.in_days(ends_in)
    pool.program.save()

    with pytest.raises(Refused, match="the program grants no more"):
        accrual.accrue(pool, order(), by=manager)


def test_nothing_accrues_under_an_agreement_that_is_over(pool, manager):
    pool.ended_on = clock.in_days(-2)
    pool.save()

    with pytest.raises(Refused, match="ended on"):
        accrual.accrue(pool, order(), by=manager)


@pytest.mark.parametrize("duty", sorted(set(Duty) - {Duty.PROGRAM_MANAGER}))
def test_only_program_managers_count_orders(pool, duty):
    with pytest.raises(Refused, match="Program manager"):
        accrual.accrue(pool, order(), by=staff_actor(duty))


def test_raw_sql_cannot_give_a_purchase_other_days_than_its_step(pool, manager):
    purchase = accrual.accrue(pool, order(), by=manager)

    with (
        pytest.raises(IntegrityError, match="purchase_gives_its_thirds"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO vouchers_purchase (agreement_id, customer_id, reference,"
            " ordered_on, term_years, step_days, days, is_demo, created_at)"
            " SELECT agreement_id, customer_id, 'x', ordered_on, 1, 15, 6, false,"
            " created_at FROM vouchers_purchase WHERE id = %s",
            [purchase.pk],
        )


@pytest.mark.parametrize("table", ["vouchers_purchase", "vouchers_purchaseline"])
@pytest.mark.parametrize("action", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_nobody_changes_a_purchase_in_raw_sql(pool, manager, table, action):
    accrual.accrue(pool, order(), by=manager)

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        connection.cursor() as cursor,
    ):
        cursor.execute(action.format(table))


def test_a_customer_cannot_claim_a_purchase_in_raw_sql(pool):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        acting_for(pool.customer_id),
    ):
        Purchase.objects.create(
            agreement=pool,
            customer=pool.customer,
            reference="mine",
            ordered_on=clock.today(),
            term_years=3,
        )


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_on_one_order_grant_its_days_once():
    agreement = CustomerAgreementFactory(days=0)
    DayScaleFactory(program=agreement.program)
    LicensedProductFactory(program=agreement.program, code="office")
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    wanted = order(licences={"office": 50})

    outcomes = at_once(*[partial(as_sponsor, agreement, wanted, manager)] * 10)

    assert set(outcomes) == {Purchase.objects.get()}
    assert accounts(agreement) == (10, 0, 0, 0, 0)
    assert PurchaseLine.objects.count() == 1


def as_sponsor(agreement, wanted, manager):
    with acting_for_all():
        return accrual.accrue(agreement, wanted, by=manager)

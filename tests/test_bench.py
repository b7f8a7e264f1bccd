"""What measures the speed: its rows are true ones, and its verdicts are fair."""

import gc

import pytest
from django.db import connection
from django.db.models import Sum

from bench import data
from bench.measure import Figure, at_least, at_most, in_turns
from portal.models import AuditEntry
from tests.vouchers.deeds import accounts
from vouchers.models import Reservation, Voucher


@pytest.mark.django_db
def test_filled_vouchers_have_all_that_belongs_to_them():
    [tenant] = data.make_tenants(100)

    with connection.cursor() as cursor:
        data.fill(cursor, tenant, data.Batch(range(1, 101)))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    vouchers = Voucher.objects.filter(agreement=tenant.agreement)
    used = vouchers.filter(state="redeemed").aggregate(days=Sum("days"))["days"]
    days = data.DAYS * 100
    assert accounts(tenant.agreement) == (data.PLENTY, days - used, used, 0, 0)
    assert Reservation.objects.count() == vouchers.exclude(reserved_at=None).count()
    assert AuditEntry.objects.filter(verb="voucher.created").count() == 100


def test_every_side_takes_its_turn_and_the_first_round_does_not_count(monkeypatch):
    monkeypatch.setattr(gc, "collect", lambda: 0)
    order = []

    def side(name):
        return lambda: order.append(name) or len(order)

    found = in_turns(2, ours=side("ours"), floor=side("floor"))

    assert order == ["ours", "floor", "floor", "ours", "ours", "floor"]
    assert found == {"ours": [4, 5], "floor": [3, 6]}


@pytest.mark.parametrize(
    ("ours", "bounds", "verdict"),
    [
        ([4, 4, 90], at_most(3, 2), "goal"),
        ([6, 6, 6], at_most(3, 2), "held"),
        ([7, 7, 1], at_most(3, 2), "missed"),
        ([6, 6, 6], at_least(3, 4), "held"),
        ([4, 4, 4], at_least(3, 4), "missed"),
        ([], at_least(3, 4), "not built yet"),
        ([4, 4, 4], None, ""),
    ],
)
def test_the_median_of_the_ratios_is_judged(ours, bounds, verdict):
    figure = Figure("Anything", "ms", ours, [2, 2, 2], bounds)

    assert figure.verdict == verdict

"""What policies cost: a list of parties still lets the database use its indexes."""

import pytest
from django.db import connection

from portal.tenancy import acting_for
from tests.factories.vouchers import VoucherFactory
from vouchers.models import Voucher

pytestmark = pytest.mark.django_db


def plan_of(queryset, *ways):
    """Return the plan that is taken where a table is too big to be read or sorted.

    Not in other ``ways`` either: which is the best of a few rows, statistics decide.
    """
    with connection.cursor() as cursor:
        for way in ("seqscan", "sort", *ways):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    return queryset.explain(costs=False)


@pytest.mark.parametrize("side", ["customer", "partner"])
@pytest.mark.parametrize("parties", [1, 2])
def test_a_page_of_one_party_is_read_along_its_index(side, parties):
    voucher = VoucherFactory(reserved=True)
    own = [voucher.customer_id, voucher.partner_id]
    party = getattr(voucher, side)
    rows = Voucher.objects.filter(**{side: party}).order_by("-created_at", "-id")

    with acting_for(party.pk, *own[:parties]):
        plan = plan_of(rows[:50])

    assert f"Index Scan using voucher_by_{side} " in plan
    assert f"Index Cond: ({side}_id = {party.pk})" in plan
    assert "Sort" not in plan


def test_a_query_that_names_no_party_reads_those_in_scope_by_both_indexes():
    voucher = VoucherFactory(reserved=True)

    with acting_for(*voucher.parties):
        plan = plan_of(Voucher.objects.order_by(), "indexscan")

    assert "BitmapOr" in plan
    for side in ["customer", "partner"]:
        assert f"Index Cond: ({side}_id = ANY (" in plan


def test_the_list_of_parties_is_read_once_for_a_statement():
    voucher = VoucherFactory()

    with acting_for(voucher.customer_id):
        plan = plan_of(Voucher.objects.order_by())

    # A sub-select that depends on no row is an InitPlan; a bare setting would stand in
    # the filter of each row.
    assert "InitPlan" in plan
    assert plan.count("current_setting") <= plan.count("InitPlan")

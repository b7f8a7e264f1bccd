"""What measures the speed: its rows are true ones, and its verdicts are fair."""

import gc

import pytest
from django.db import connection
from django.db.models import Sum

from bench import data
from bench.measure import Figure, at_least, at_most, in_turns
from bench.statements import Count, count, counted
from bench.stories import ACTIONS, NOT_BUILT, stories
from bench.story import play
from bench.tenants import DAYS, PLENTY, make_tenants
from bench.visits import PAGES, reserve_pages
from engagements.models import Engagement
from payments.models import Payment, PaymentRequest
from payments.services import requests
from portal.models import AuditEntry
from tests.vouchers.actions import accounts
from vouchers.models import Reservation, Voucher


def filled(size, *states):
    [tenant] = make_tenants(size)
    with connection.cursor() as cursor:
        for batch in data.batches(1, size) if not states else []:
            data.fill(cursor, tenant, batch, data.EVERYTHING)
        if states:
            batch = data.Batch(range(1, size + 1), states)
            data.fill(cursor, tenant, batch, data.EVERYTHING)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return tenant


@pytest.mark.django_db
def test_filled_vouchers_have_all_that_belongs_to_them():
    tenant = filled(100)

    vouchers = Voucher.objects.filter(agreement=tenant.agreement)
    redeemed = vouchers.filter(state="redeemed")
    used = redeemed.aggregate(days=Sum("days"))["days"]
    assert accounts(tenant.agreement) == (PLENTY, DAYS * 100 - used, used, 0, 0)
    assert Reservation.objects.count() == vouchers.exclude(reserved_at=None).count()
    assert AuditEntry.objects.filter(verb="voucher.created").count() == 100
    asked = PaymentRequest.objects.filter(state="submitted").count()
    invoiceable = requests.claims_of(requests.to_invoice(tenant.lead.organization))
    assert asked + len(invoiceable) == redeemed.count()
    assert {claim.refusal for claim in invoiceable} == {""}


@pytest.mark.django_db
def test_vouchers_that_are_done_with_are_paid_or_gave_their_days_back():
    tenant = filled(100, *data.DONE)

    paid = Voucher.objects.filter(agreement=tenant.agreement, state="paid")
    days = DAYS * paid.count()
    assert paid.count() == Payment.objects.count() == 10
    assert Engagement.objects.reported().count() == 10
    free = PLENTY + DAYS * 100 - days
    assert accounts(tenant.agreement) == (free, 0, 0, days, 0)


def test_only_the_youngest_vouchers_of_a_long_list_are_under_way(monkeypatch):
    monkeypatch.setattr(data, "UNDER_WAY", 20)

    assert list(data.batches(11, 20)) == [data.Batch(range(11, 31))]
    assert list(data.batches(11, 21)) == [
        data.Batch(range(11, 12), data.DONE),
        data.Batch(range(12, 32)),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_stories_hold_every_action_that_is_built():
    [tenant] = make_tenants(0)
    performed = []

    def perform(action):
        performed.append(action.name)
        return action()

    for story in stories(tenant, people=2):
        play(story, perform)

    assert set(performed) == set(ACTIONS) - set(NOT_BUILT)
    ends = Voucher.objects.filter(agreement=tenant.agreement).order_by("pk")
    states = [voucher.state for voucher in ends]
    assert states == ["paid", "assigned", "cancelled", "expired"]


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_page_has_addresses_that_its_reader_may_open(page, as_person):
    tenant = filled(100)

    urls = page.addresses(tenant, 3)

    client = as_person(page.reader(tenant).person)
    assert [client.get(url).status_code for url in urls] == [200] * len(urls)
    assert len(urls) == len(set(urls)) > 0


@pytest.mark.django_db
def test_no_page_to_reserve_is_of_a_released_voucher():
    tenant = filled(3, "assigned")
    released = Voucher.objects.earliest("pk")
    Voucher.objects.filter(pk=released.pk).update(partner=None)

    urls = reserve_pages(tenant, 3)

    assert len(urls) == 2
    assert not [url for url in urls if released.number in url]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (["BEGIN", "SELECT 1", "SAVEPOINT x", "COMMIT"], Count(1, 0)),
        (["SELECT 1", "SELECT 2"], Count(2, 0)),
        (["SELECT 1", "SELECT 2", "SELECT 1", "SELECT 1"], Count(4, 2)),
        (["INSERT 1", "INSERT 1"], Count(2, 0)),
        (["SELECT set_config('a', '1')"] * 2, Count(2, 0)),
    ],
)
def test_a_question_with_the_same_values_is_asked_twice(sent, found):
    assert count(sent) == found


@pytest.mark.django_db
def test_statements_are_counted_as_they_are_sent():
    row, found = counted(lambda: [Voucher.objects.first() for _time in range(3)])

    assert row == [None] * 3
    assert found == Count(3, 2)


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

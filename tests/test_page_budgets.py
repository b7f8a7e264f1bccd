"""How many statements the main pages take at most: the one table of page budgets.

That a page takes as many for three rows as for one is held beside the page.
"""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.statements import FRAMES
from portal.roles import ROLES_OF, Side
from portal.tenancy import acting_for_all
from tests.factories.vouchers import VoucherFactory
from tests.story import lasting_story
from tests.test_access import PAGES, go, visits
from vouchers.models import Voucher

BUDGETS = {
    "organization:home": 13,
    "organization:company": 12,
    "organization:document": 13,
    "enrollment:overview": 24,
    "enrollment:program": 24,
    "enrollment:eligibility": 17,
    "enrollment:profiles": 8,
    "enrollment:profile": 11,
    "enrollment:profile_preview": 37,
    "enrollment:agreement": 18,
    "enrollment:offerings": 24,
    "enrollment:confirm": 28,
    "enrollment:check": 25,
    "enrollment:enquiries": 7,
    "enrollment:enquiry": 8,
    "enrollment:consultants": 9,
    "enrollment:consultant": 9,
    "enrollment:coverage": 31,
    "enrollment:leaver": 10,
    "vouchers:entitlement": 11,
    "vouchers:ledger_csv": 11,
    "vouchers:convert": 9,
    "vouchers:outlook": 10,
    "vouchers:purchase": 9,
    "vouchers:index": 8,
    "vouchers:csv": 10,
    "vouchers:hand_over": 9,
    "vouchers:import_preview": 9,
    "vouchers:create": 11,
    "vouchers:validate": 6,
    "vouchers:detail": 19,
    "vouchers:assign": 15,
    "vouchers:reserve": 15,
    "vouchers:reissue": 12,
    "vouchers:extend": 9,
    "vouchers:release": 7,
    "engagements:index": 7,
    "engagements:schedule": 13,
    "engagements:detail": 13,
    "engagements:lead": 12,
    "engagements:report": 11,
    "engagements:redeem": 12,
    "payments:index": 7,
    "payments:request": 8,
    "payments:detail": 10,
}


@pytest.fixture(scope="module")
def story(django_db_setup, django_db_blocker):
    with lasting_story(django_db_blocker) as story:
        yield story


def statements(story, visit):
    """Count what a page asks when the first who may open it comes back to it."""
    role = next(r for r in PAGES[visit.name].roles if r in ROLES_OF[visit.kind])
    cache.clear()
    with transaction.atomic():
        client = Client()
        client.force_login(story.people[visit.kind][role])
        go(client, story, visit)
        with CaptureQueriesContext(connection) as captured:
            assert go(client, story, visit).status_code == 200, visit
        transaction.set_rollback(True)
    return [q["sql"] for q in captured if not q["sql"].startswith(FRAMES)]


def reading(name):
    return [visit for visit in visits(name) if visit.method == "get"]


def test_no_page_asks_more_than_its_budget(story):
    # The story's own voucher is redeemed: nobody reserves it.
    names = BUDGETS.keys() - {"vouchers:reserve"}
    asked = {v: statements(story, v) for name in names for v in reading(name)}

    beyond = {v: sent for v, sent in asked.items() if len(sent) > BUDGETS[v.name]}

    assert beyond == {}


def standing_at(story, **state):
    """Return the same story with a voucher of both parties in another state."""
    with acting_for_all():
        parties, delivered = story.organization, Voucher.objects.get()
        voucher = VoucherFactory(
            agreement=delivered.agreement,
            engagement_type=delivered.engagement_type,
            partner=parties[Side.PARTNER],
            **state,
        )
    rows = story.rows | {"voucher": dict.fromkeys(parties, voucher.number)}
    return SimpleNamespace(**vars(story) | {"rows": rows})


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("vouchers:detail", "assigned"),
        ("vouchers:detail", "reserved"),
        ("vouchers:detail", "expired"),
        ("vouchers:reserve", "assigned"),
    ],
)
def test_no_state_of_a_voucher_asks_more_than_its_page_may(story, name, state):
    with transaction.atomic():
        other = standing_at(story, **{state: True})
        asked = {v: statements(other, v) for v in reading(name)}
        transaction.set_rollback(True)

    assert {v: s for v, s in asked.items() if len(s) > BUDGETS[name]} == {}

"""How many statements the main pages take at most: the one table of page budgets.

That a page takes as many for three rows as for one is held beside the page.
"""

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.statements import FRAMES
from portal.roles import ROLES_OF
from tests.story import lasting_story
from tests.test_access import PAGES, go, visits

BUDGETS = {
    "organization:home": 19,
    "organization:company": 12,
    "organization:document": 13,
    "enrollment:overview": 24,
    "enrollment:program": 24,
    "enrollment:eligibility": 17,
    "enrollment:profiles": 8,
    "enrollment:profile": 11,
    "enrollment:profile_preview": 41,
    "enrollment:agreement": 18,
    "enrollment:offerings": 24,
    "enrollment:confirm": 28,
    "enrollment:check": 25,
    "enrollment:enquiries": 7,
    "enrollment:enquiry": 8,
    "enrollment:consultants": 9,
    "enrollment:consultant": 9,
    "enrollment:coverage": 32,
    "enrollment:leaver": 10,
    "vouchers:entitlement": 11,
    "vouchers:ledger_csv": 11,
    "vouchers:convert": 9,
    "vouchers:outlook": 10,
    "vouchers:purchase": 9,
    "vouchers:index": 8,
    "vouchers:csv": 10,
    "vouchers:hand_over": 9,
    "vouchers:import_preview": 10,
    "vouchers:create": 14,
    "vouchers:validate": 6,
    "vouchers:detail": 17,
    "vouchers:assign": 15,
    "vouchers:reissue": 12,
    "vouchers:extend": 9,
    "vouchers:release": 7,
    "engagements:index": 7,
    "engagements:schedule": 17,
    "engagements:detail": 13,
    "engagements:lead": 16,
    "engagements:report": 15,
    "engagements:redeem": 16,
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


def test_no_page_asks_more_than_its_budget(story):
    asked = {
        visit: statements(story, visit)
        for name in BUDGETS
        for visit in visits(name)
        if visit.method == "get"
    }

    beyond = {v: sent for v, sent in asked.items() if len(sent) > BUDGETS[v.name]}

    assert beyond == {}

"""How PostgreSQL reads a page of a list, on rows that lead it astray.

A small customer holds the oldest rows beside a big one. Whoever walks the primary key
from its end passes all the big one's rows before it meets the first of the small one.
"""

from urllib.parse import urlencode

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import crowd, data, tables
from bench.tenants import make_tenants
from portal.lists import SIZE
from portal.tenancy import acting_for
from tests.conftest import LOGIN
from tests.factories.enrollment import EngagementTypeFactory
from vouchers.models import Voucher

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = "vouchers_voucher"
PARTIES = {"customer_id", "partner_id"}
FIRST_COLUMNS = """
    SELECT i.indexrelid::regclass::text, a.attname
    FROM pg_index i JOIN pg_attribute a
        ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = %s::regclass
"""
# A short list may be read wholly; then it is sorted.
SHORT = 200
# A prepared statement may turn to a plan for the average customer from its sixth run.
TIMES = 10


@pytest.fixture
def tenants():
    """Fill the database as its owner, who alone may gather statistics."""
    small, big = make_tenants(SHORT, 20_000)
    login = {key.lower(): settings.OWNER[key] for key in LOGIN if settings.OWNER[key]}
    name = connection.settings_dict["NAME"]
    with psycopg.connect(dbname=name, autocommit=True, **login) as owner:
        cursor = owner.cursor()
        crowd.add_bystanders(cursor)
        data.fill(cursor, small, data.Batch(range(SHORT)), [data.VOUCHERS])
        data.fill(cursor, big, data.Batch(range(SHORT, 20_000)), [data.VOUCHERS])
        cursor.execute(f"ANALYZE {', '.join([TABLE, *tables.JOINED])}")
    return [small, big]


def addresses(reader):
    """Return the addresses of the first page, one in the middle, and the last."""
    url = reverse("vouchers:index", args=[reader.organization.slug])
    mine = Voucher.objects.visible_to(reader).order_by("-created_at", "-id")
    edges = mine.values_list("created_at", "id")
    count = mine.count()
    marks = [f"{at.isoformat()}~{pk}" for at, pk in edges[:: count // 2 - SIZE][1:3]]
    pages = [*({"older": mark} for mark in marks), {"newer": marks[-1]}]
    return [url, *(f"{url}?{urlencode(page)}" for page in pages)]


def page_query(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    of_page = f'FROM "{TABLE}"', f"LIMIT {SIZE + 1}"
    [sql] = [q["sql"] for q in captured if all(part in q["sql"] for part in of_page)]
    return sql


def scans(plan):
    """Return the nodes of a plan that read the table."""
    below = [node for each in plan.get("Plans", []) for node in scans(each)]
    return [plan, *below] if plan.get("Relation Name") == TABLE else below


def indexes_of(scan):
    """Name the indexes by which a node finds its rows; nothing when it reads all."""
    below = [name for each in scan.get("Plans", []) for name in indexes_of(each)]
    return [scan["Index Name"], *below] if "Index Name" in scan else below


def strays(sql):
    """Tell of each node that reads more than rows of a party, by a party's index."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_COLUMNS, [TABLE])
        of_parties = {name for name, first in cursor.fetchall() if first in PARTIES}
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        [[[explained]]] = cursor.fetchall()
    return [
        f"{node['Node Type']} by {indexes_of(node)}, {removed} rows in vain"
        for node in scans(explained["Plan"])
        if (removed := node.get("Rows Removed by Filter", 0)) > SHORT
        or of_parties.isdisjoint(indexes_of(node))
    ]


def test_no_page_of_the_list_reads_the_rows_of_others(tenants, as_person):
    looked_at, found = 0, []

    for reader in [each for t in tenants for each in (t.owner, t.lead)]:
        client = as_person(reader.person)
        for url in addresses(reader):
            sql = page_query(client, url)
            with acting_for(reader.organization.pk, person=reader.person.pk):
                found += [(url, each) for _time in range(TIMES) for each in strays(sql)]
            looked_at += 1

    assert looked_at == 2 * 2 * 4
    assert found == []


# However rare these are: only what is shown is read.
QUICK = [
    {"state": "created"},
    {"state": "expired"},
    {"state": ["cancelled", "expired"]},
    {"suspended": "yes"},
    {"created_from": "2100-01-01"},
]
# For these a reader's own rows are passed by, and nobody else's.
THOROUGH = [
    {"country": "FR"},
    {"last_from": "2100-01-01"},
    {"what": "offering:NONE"},
    {"party": "nobody is called this"},
    {"person": "nobody is called this"},
    {"q": "nothing is called this"},
    {"suspended": "no", "country": "FR", "state": "created"},
]


def test_no_filter_makes_a_page_read_the_rows_of_others(tenants, as_person):
    small, big = tenants
    EngagementTypeFactory(offering__code="NONE")
    found = []

    for tenant, filters in ((small, QUICK + THOROUGH), (big, QUICK)):
        for reader in (tenant.owner, tenant.lead):
            client, [url, *_] = as_person(reader.person), addresses(reader)
            for narrow in filters:
                sql = page_query(client, f"{url}?{urlencode(narrow, doseq=True)}")
                with acting_for(reader.organization.pk, person=reader.person.pk):
                    found += [(reader, narrow, each) for each in strays(sql)]

    assert found == []

"""Rows 4 and 5: lists of vouchers and of days, at every position and for many."""

from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice
from typing import NamedTuple
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.data import Tenant
from bench.lab import Lab, browser_of, session_of
from bench.measure import Figure, at_least, at_most, each, in_turns
from bench.web import Address, drive, get, serving
from portal.actors import Actor
from portal.paging import SIZE

EDGE = """
SELECT created_at, id FROM {table} WHERE {party} = %s
ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 1
"""
COUNT = "SELECT count(*) FROM {table} WHERE {party} = %s"
# Statements that only begin, end or nest transactions.
FRAMES = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def figures(lab: Lab) -> Iterator[Figure]:
    yield from positions(lab)
    yield from queries(lab)
    yield from throughput(lab)


class List(NamedTuple):
    """One list of the portal: whose page, its address, and the table of its rows."""

    name: str
    side: str
    page: str
    table: str

    def reader(self, tenant: Tenant) -> Actor:
        return tenant.owner if self.side == "customer" else tenant.lead


VOUCHERS = List("vouchers", "customer", "vouchers:index", "vouchers_voucher")
LISTS = [
    VOUCHERS,
    List("partner's vouchers", "partner", "vouchers:index", "vouchers_voucher"),
    List("ledger", "customer", "vouchers:entitlement", "vouchers_ledgerentry"),
]


def pages(lab: Lab, tenant: Tenant, rows: List = VOUCHERS) -> dict[str, str]:
    """Give the addresses of a list's first, middle and last page."""
    organization = rows.reader(tenant).organization
    assert organization is not None, "tenants have organizations"
    index = reverse(rows.page, args=[organization.slug])
    edges = edges_of(lab, rows.table, f"{rows.side}_id", organization.pk)
    older = [f"{index}?{urlencode({'older': edge})}" for edge in edges]
    return dict(zip(("first", "middle", "last"), (index, *older), strict=True))


def edges_of(lab: Lab, table: str, party: str, pk: int) -> list[str]:
    """Name the rows before the middle page and before the last one."""
    names = {"table": table, "party": party}
    with lab.owner as cursor:
        cursor.execute(COUNT.format(**names), [pk])
        [count] = cursor.fetchone()
        edges = []
        for offset in (count // 2, count - SIZE - 1):
            cursor.execute(EDGE.format(**names), [pk, offset])
            [(at, row)] = cursor.fetchall()
            edges.append(f"{at.isoformat()}~{row}")
    return edges


def read(browser: Client, url: str) -> None:
    assert browser.get(url).status_code == 200, url


def positions(lab: Lab) -> Iterator[Figure]:
    """Hold each page of a longer list against the same page of the shortest."""
    times = 5 if lab.is_quick else 15
    for rows in LISTS:
        browsers = {t.size: browser_of(rows.reader(t)) for t in lab.tenants}
        urls = {t.size: pages(lab, t, rows) for t in lab.tenants}
        for position in ("first", "middle", "last"):
            turns = {
                str(size): partial(
                    each, partial(read, browser), [urls[size][position]] * times
                )
                for size, browser in browsers.items()
            }
            (least, small), *longer = in_turns(lab.rounds, **turns).items()
            for size, found in longer:
                sizes = f"{int(size):,} / {int(least):,}"
                name = f"4 {rows.name}, {position} page, {sizes}"
                yield Figure(name, "ms", found, small, at_most(1.25, 1.05))


def queries(lab: Lab) -> Iterator[Figure]:
    for rows in LISTS:
        tenant = lab.tenants[-1]
        browser = browser_of(rows.reader(tenant))
        url = pages(lab, tenant, rows)["middle"]
        read(browser, url)
        with CaptureQueriesContext(connection) as captured:
            read(browser, url)
        asked = [q for q in captured if not q["sql"].startswith(FRAMES)]
        bounds = at_most(6, 6) if rows is not LISTS[-1] else None
        yield Figure(f"5 {rows.name}, queries", "", [len(asked)], bounds=bounds)


def throughput(lab: Lab) -> Iterator[Figure]:
    """Let eight readers leaf through the list, on both sides."""
    count = 60 if lab.is_quick else 300
    with (
        serving("portal.wsgi", "portal.settings") as ours,
        serving("bench.floors.wsgi", "bench.floors.settings") as floor,
    ):
        for number, tenant in lab.crowded:
            urls = pages(lab, tenant).values()
            session = session_of(tenant.owner)
            mine = [get(url, session) for url in urls]
            theirs = [get(url, lab.floor_session) for url in floor_pages(lab, number)]
            found = in_turns(
                lab.rounds,
                ours=partial(rate, ours, mine, count),
                floor=partial(rate, floor, theirs, count),
            )
            yield Figure(
                f"5 list over HTTP, {tenant.size:,}",
                "/s",
                found["ours"],
                found["floor"],
                at_least(1.0, 3.0),
            )


def floor_pages(lab: Lab, number: int) -> list[str]:
    """Give the same three pages of the floor's list."""
    with lab.floor as cursor:
        cursor.execute(
            "SELECT count(*) FROM floors_voucher WHERE tenant_id = %s", [number]
        )
        [count] = cursor.fetchone()
        urls = [f"/{number}/"]
        for offset in (count // 2, count - SIZE - 1):
            edge = EDGE.format(table="floors_voucher", party="tenant_id")
            cursor.execute(edge, [number, offset])
            [(at, row)] = cursor.fetchall()
            urls.append(f"/{number}/?{urlencode({'older': f'{at.isoformat()}~{row}'})}")
    return urls


def rate(address: Address, requests: list[bytes], count: int) -> float:
    return drive(address, islice(cycle(requests), count), status=200).rate

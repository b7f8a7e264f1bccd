"""Rows 4 and 5: lists at every position, and cold to eight readers over HTTP."""

from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from bench.lab import Lab, browser_of, session_of
from bench.measure import Figure, at_least, at_most, each, in_turns
from bench.tenants import Tenant
from bench.visits import list_pages
from bench.web import FLOOR, PORTAL, Address, drive, get, serving
from portal.actors import Actor
from portal.lists import SIZE

EDGE = """
SELECT created_at, id FROM {table} WHERE {party} = %s
ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 1
"""
COUNT = "SELECT count(*) FROM {table} WHERE {party} = %s"
# So many pages that no cache holds what stands on them.
DIFFERENT = 400


def figures(lab: Lab) -> Iterator[Figure]:
    yield from positions(lab)
    yield from throughput(lab)


class List(NamedTuple):
    """One list of the portal: whose page, its address, and the table of its rows."""

    name: str
    side: str
    page: str
    table: str

    def reader(self, tenant: Tenant) -> Actor:
        return tenant.owner if self.side == "customer" else tenant.lead


LISTS = [
    List("vouchers", "customer", "vouchers:index", "vouchers_voucher"),
    List("partner's vouchers", "partner", "vouchers:index", "vouchers_voucher"),
    List("ledger", "customer", "vouchers:entitlement", "vouchers_ledgerentry"),
]


def pages(lab: Lab, tenant: Tenant, rows: List) -> dict[str, str]:
    """Return the addresses of a list's first, middle and last page."""
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
        for offset in (count // 2, max(0, count - SIZE - 1)):
            cursor.execute(EDGE.format(**names), [pk, offset])
            [(at, row)] = cursor.fetchall()
            edges.append(f"{at.isoformat()}~{row}")
    return edges


def read(browser: Client, url: str) -> None:
    assert browser.get(url).status_code == 200, url


def positions(lab: Lab) -> Iterator[Figure]:
    """Hold each page of the longest list against the same page of the shortest."""
    times = 5 if lab.is_quick else 10
    least, *_others, most = lab.tenants
    for rows in LISTS:
        urls = {t.size: pages(lab, t, rows) for t in (least, most)}
        for position in ("first", "middle", "last"):
            turns = {
                str(t.size): partial(
                    each,
                    partial(read, browser_of(rows.reader(t))),
                    [urls[t.size][position]] * times,
                )
                for t in (least, most)
            }
            found = in_turns(lab.rounds, **turns)
            small, big = found[str(least.size)], found[str(most.size)]
            name = f"4 {rows.name}, {position} page, {most.size:,} / {least.size:,}"
            yield Figure(name, "ms", big, small, at_most(1.25, 1.05))


def throughput(lab: Lab) -> Iterator[Figure]:
    """Let eight readers open pages of the list, each a different one, on both sides."""
    count = 60 if lab.is_quick else 300
    with serving(*PORTAL) as ours, serving(*FLOOR) as floor:
        for number, tenant in lab.crowded:
            session = session_of(tenant.owner)
            mine = cycle(get(u, session) for u in list_pages(tenant, DIFFERENT))
            urls = floor_pages(lab, number, DIFFERENT)
            theirs = cycle(get(url, lab.floor_session) for url in urls)
            found = in_turns(
                lab.rounds,
                ours=partial(rate, ours, mine, count),
                floor=partial(rate, floor, theirs, count),
            )
            name = f"5 cold list over HTTP, {tenant.size:,}"
            bounds = at_least(0.9, 1.4)
            yield Figure(name, "/s", found["ours"], found["floor"], bounds)


def floor_pages(lab: Lab, number: int, count: int) -> list[str]:
    """Return pages from everywhere in the floor's list."""
    keys = lab.floor_keys(number)
    chosen = Random(number).choices(keys, k=count)
    with lab.floor as cursor:
        cursor.execute(
            "SELECT created_at, id FROM floors_voucher WHERE id = ANY (%s)", [chosen]
        )
        edges = [f"{at.isoformat()}~{row}" for at, row in cursor.fetchall()]
    return [f"/{number}/?{urlencode({'older': edge})}" for edge in edges]


def rate(address: Address, requests: Iterator[bytes], count: int) -> float:
    drove = drive(address, islice(requests, count))
    assert not drove.errors, drove.errors
    return drove.rate

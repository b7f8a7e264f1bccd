"""Rows 4 and 5: the list of vouchers, at every position and for eight readers."""

from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice
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


def pages(lab: Lab, actor: Actor) -> dict[str, str]:
    """Give the addresses of a list's first, middle and last page."""
    assert actor.organization is not None, "tenants have organizations"
    index = reverse("vouchers:index", args=[actor.organization.slug])
    edges = edges_of(lab, "vouchers_voucher", f"{actor.kind}_id", actor.organization_id)
    older = [f"{index}?{urlencode({'older': edge})}" for edge in edges]
    return dict(zip(("first", "middle", "last"), (index, *older), strict=True))


def edges_of(lab: Lab, table: str, party: str, pk: int | None) -> list[str]:
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
    for side in ("customer", "partner"):
        readers = {tenant.size: reader_of(tenant, side) for tenant in lab.tenants}
        for position in ("first", "middle", "last"):
            turns = {
                str(size): partial(
                    each,
                    partial(read, browser_of(reader)),
                    [pages(lab, reader)[position]] * times,
                )
                for size, reader in readers.items()
            }
            found = in_turns(lab.rounds, **turns)
            small, *longer = found
            for size in longer:
                yield Figure(
                    f"4 {side}'s {position} page, {int(size):,} / {int(small):,}",
                    "ms",
                    found[size],
                    found[small],
                    at_most(1.25, 1.05),
                )


def reader_of(tenant: Tenant, side: str) -> Actor:
    return tenant.owner if side == "customer" else tenant.lead


def queries(lab: Lab) -> Iterator[Figure]:
    tenant = lab.tenants[-1]
    for side in ("customer", "partner"):
        reader = reader_of(tenant, side)
        browser, url = browser_of(reader), pages(lab, reader)["middle"]
        read(browser, url)
        with CaptureQueriesContext(connection) as captured:
            read(browser, url)
        asked = [q for q in captured if not q["sql"].startswith(FRAMES)]
        name = f"5 {side}'s list, queries ({len(captured)} with BEGIN and the like)"
        yield Figure(name, "", [len(asked)], bounds=at_most(6, 6))


def throughput(lab: Lab) -> Iterator[Figure]:
    """Let eight readers leaf through the list, on both sides."""
    count = 60 if lab.is_quick else 300
    with (
        serving("portal.wsgi", "portal.settings") as ours,
        serving("bench.floors.wsgi", "bench.floors.settings") as floor,
    ):
        for number, tenant in lab.crowded:
            urls = pages(lab, tenant.owner).values()
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

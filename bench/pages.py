"""Row 4: the twelve most visited pages, cold and warm, of tenants of each size.

Warm is the same address again and again. Cold is each time another one, chosen from
everywhere among the tenant's rows, with every cache emptied before it.
"""

import gzip
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from statistics import median

from django.test import Client

from bench.lab import Lab, browser_of, empty_caches
from bench.measure import Figure, at_most, in_turns, seconds
from bench.statements import Count, counted
from bench.tenants import Tenant
from bench.visits import PAGES, Page

GROWTH = at_most(1.25, 1.05)
STATEMENTS = at_most(12, 8)
KILOBYTES = at_most(30, 15)
# Who waits so many seconds for a page need not wait more often.
PATIENCE = 4


class Visitor:
    """Somebody who opens addresses of one page."""

    def __init__(self, page: Page, tenant: Tenant) -> None:
        self.browser: Client = browser_of(page.reader(tenant))
        self.urls = page.addresses(tenant, 60)
        assert self.urls, f"{page.name}: there is nothing to open"
        self.others = cycle(self.urls)

    def warm(self, times: int) -> float:
        self.read(self.urls[0])
        return median(self.visits([self.urls[0]] * times))

    def cold(self, times: int) -> float:
        return median(self.visits([next(self.others) for _time in range(times)], True))

    def visits(self, urls: list[str], is_cold: bool = False) -> Iterator[float]:
        """Return the milliseconds of each visit, until it has taken too long."""
        spent = 0.0
        for url in urls:
            if is_cold:
                empty_caches()
            took = seconds(partial(self.read, url))
            yield 1000 * took
            spent += took
            if spent > PATIENCE:
                return

    def read(self, url: str) -> bytes:
        answer = self.browser.get(url)
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
        return answer.content

    def counted(self) -> tuple[Count, float]:
        """Count the statements of one more visit, and the kilobytes on the wire."""
        content, count = counted(partial(self.read, next(self.others)))
        return count, len(gzip.compress(content)) / 1000


def figures(lab: Lab) -> Iterator[Figure]:
    for page in PAGES:
        visitors = {t.size: Visitor(page, t) for t in of_page(lab, page)}
        yield from times(lab, page, visitors)
        found = [visitor.counted() for visitor in visitors.values()]
        most = max(count.statements for count, _size in found)
        yield Figure(f"4 {page.name}: statements", "", [most], bounds=STATEMENTS)
        size = max(size for _count, size in found)
        yield Figure(f"4 {page.name}: compressed", "kB", [size], bounds=KILOBYTES)


def of_page(lab: Lab, page: Page) -> list[Tenant]:
    return lab.tenants[-1:] if page.is_common else lab.tenants


def times(lab: Lab, page: Page, visitors: dict[int, Visitor]) -> Iterator[Figure]:
    """Hold a page of a longer list against the same page of the shortest."""
    count = 5 if lab.is_quick else 10
    turns = {
        f"{size} {heat}": partial(getattr(visitor, heat), count)
        for size, visitor in visitors.items()
        for heat in ("warm", "cold")
    }
    found = in_turns(lab.rounds, **turns)
    least, *longer = visitors
    for heat in ("warm", "cold"):
        floor = found[f"{least} {heat}"]
        if page.is_common:
            yield Figure(f"4 {page.name}, {heat}", "ms", floor)
        for size in longer:
            name = f"4 {page.name}, {heat}, {size:,} / {least:,}"
            yield Figure(name, "ms", found[f"{size} {heat}"], floor, GROWTH)

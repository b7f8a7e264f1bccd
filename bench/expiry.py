"""Row 10: the night on which very many vouchers expire.

The floor is one statement that moves them all and writes ledger and audit, rolled back
with its checks made; ours works in batches, ends reservations and tells people. How
long a batch holds its rows is measured beside, and so is what a person who creates a
voucher of another customer notices of the night.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context
from typing import Any

from django.db import connection, transaction

from bench.child import let_go
from bench.lab import Lab, working_for
from bench.measure import Figure, at_least, at_most, in_turns, seconds
from bench.tables import tidy
from bench.tenants import DAYS, Tenant
from vouchers.services import vouchers
from vouchers.services.vouchers import VoucherSpec
from vouchers.tasks import expire_overdue

OVERDUE = -130
ONE_STATEMENT = """
WITH moved AS (
    UPDATE vouchers_voucher SET state = 'expired'
    WHERE state IN ('created', 'assigned', 'reserved') AND expires_on < current_date
        AND agreement_id = %(agreement)s
    RETURNING id, number, agreement_id, customer_id, partner_id, days
), ledger AS (
    INSERT INTO vouchers_ledgerentry (agreement_id, customer_id, voucher_id, kind,
        source, target, days, note, created_at)
    SELECT agreement_id, customer_id, id, 'returned', 'held', 'free', days, '', now()
    FROM moved
)
INSERT INTO portal_auditentry (verb, subject_type, subject_id, subject_name,
    person_name, organization_name, side, roles, parties, reason, changes, at)
SELECT 'voucher.expired', 'vouchers.voucher', id, number, '', '', 'clock', '{}',
    array_remove(ARRAY[customer_id, partner_id], NULL), '',
    '{"state": ["created", "expired"]}', now()
FROM moved
"""


class Holds:
    """Notes how long each batch holds its rows: from the lock to the commit."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._since: float | None = None

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "SKIP LOCKED" in sql and self._since is None:
            self._since = time.perf_counter()
            transaction.on_commit(self.let_go)
        return execute(sql, *rest)

    def let_go(self) -> None:
        if self._since is not None:
            self.longest = max(self.longest, time.perf_counter() - self._since)
            self._since = None


def figures(lab: Lab) -> Iterator[Figure]:
    sizes = [1_000, 20_000] if lab.is_quick else [1_000, 100_000]
    for size in sizes:
        tenant, holds = lab.tenants[1], Holds()
        found = in_turns(
            min(lab.rounds, 3),
            ours=partial(ours, lab, tenant, size, holds),
            floor=partial(floor, lab, tenant, size),
        )
        name = f"10 expiry of {size:,}"
        bounds = at_least(0.6, 0.85)
        yield Figure(name, "/s", found["ours"], found["floor"], bounds)
        longest = [1000 * holds.longest]
        yield Figure(f"{name}: longest lock", "ms", longest, bounds=at_most(1000, 400))
    yield beside(lab, sizes[-1])


def ours(lab: Lab, tenant: Tenant, count: int, holds: Holds) -> float:
    """Let the clock's task expire what is overdue; returns how many a second."""
    lab.add(tenant, count, "created", life=OVERDUE)
    tidy(lab.owner)
    done: list[int] = []
    with connection.execute_wrapper(holds):
        took = seconds(lambda: done.append(expire_overdue()))
    assert done == [count], "nothing else is overdue"
    return count / took


def floor(lab: Lab, tenant: Tenant, count: int) -> float:
    """Expire as many by one statement, and take it back; returns how many a second."""
    with transaction.atomic(using="owner"):
        lab.add(tenant, count, "created", life=OVERDUE)
        with lab.owner as cursor:
            # What the new rows have to be checked for is not the statement's work.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            took = seconds(lambda: at_once(cursor, tenant, count))
        transaction.set_rollback(True, using="owner")
    tidy(lab.owner)
    return count / took


def at_once(cursor: Any, tenant: Tenant, count: int) -> None:
    cursor.execute(ONE_STATEMENT, tenant.ids)
    assert cursor.rowcount == count, "each of them expires"
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def beside(lab: Lab, count: int) -> Figure:
    """Create vouchers for another customer during the night, and on an idle evening."""
    idle = [created(lab.tenants[0]) for _turn in range(300)]
    lab.add(lab.tenants[1], count, "created", life=OVERDUE)
    tidy(lab.owner)
    let_go()
    # The clock is a process of its own, as in life.
    night = get_context("fork").Process(target=expire_overdue)
    night.start()
    busy = []
    while night.is_alive():
        busy.append(created(lab.tenants[0]))
    night.join()
    bounds = at_most(2, 1.3)
    name = f"10 creating, p95, beside the night of {count:,}"
    return Figure(name, "ms", [slowest(busy)], [slowest(idle)], bounds)


def created(tenant: Tenant) -> float:
    """Create a voucher as a page does; returns the milliseconds."""
    wanted = VoucherSpec(tenant.engagement_type, DAYS, "DE")
    owner = tenant.owner
    with working_for(owner):
        took = seconds(lambda: vouchers.create(tenant.agreement, [wanted], by=owner))
    return 1000 * took


def slowest(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]

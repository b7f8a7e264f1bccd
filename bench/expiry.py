"""Row 10: the night on which very many vouchers expire.

The floor is one statement that moves them all and writes ledger and audit, rolled back
with its checks made; ours also ends reservations and tells people. A turn of ours takes
its own vouchers, so that both sides are held against each other by vouchers a second.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import transaction

from bench.data import Tenant, tidy
from bench.lab import Lab
from bench.measure import Figure, at_least, in_turns, seconds
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


def figures(lab: Lab) -> Iterator[Figure]:
    sizes = [(1_000, 200)] if lab.is_quick else [(1_000, 1_000), (100_000, 2_000)]
    for size, few in sizes:
        tenant = lab.tenants[1]
        found = in_turns(
            min(lab.rounds, 3),
            ours=partial(ours, lab, tenant, few),
            floor=partial(floor, lab, tenant, size),
        )
        name = f"10 expiry of {size:,} (ours: {few:,})"
        bounds = at_least(0.6, 0.85)
        yield Figure(name, "/s", found["ours"], found["floor"], bounds)


def ours(lab: Lab, tenant: Tenant, count: int) -> float:
    """Let the clock's task expire what is overdue; gives how many a second."""
    lab.add(tenant, count, "created", life=OVERDUE)
    tidy(lab.owner)
    done: list[int] = []
    took = seconds(lambda: done.append(expire_overdue()))
    assert done == [count], "nothing else is overdue"
    return count / took


def floor(lab: Lab, tenant: Tenant, count: int) -> float:
    """Expire as many by one statement, and take it back; gives how many a second."""
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

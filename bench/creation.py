"""Row 3: many vouchers at once, with ledger and audit.

The floor copies the same rows into the same three tables, as their owner: a role under
row-level security cannot COPY into them at all. It is rolled back, its checks made.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from django.db import connections, transaction

from bench.lab import Lab, working_for
from bench.measure import Figure, at_least, in_turns, seconds
from bench.tables import tidy
from bench.tenants import DAYS, Tenant
from portal import clock
from vouchers.models.numbers import new_number
from vouchers.services import vouchers as voucher_services
from vouchers.services.vouchers import VoucherSpec

VOUCHERS = """
COPY vouchers_voucher (
    id, number, agreement_id, engagement_type_id, days, country, label, state,
    expires_on, customer_id, admin_id, created_at, suspension_reason
) FROM STDIN
"""
LEDGER = """
COPY vouchers_ledgerentry (
    agreement_id, customer_id, voucher_id, kind, source, target, days, note, created_at
) FROM STDIN
"""
AUDIT = """
COPY portal_auditentry (
    verb, subject_type, subject_id, subject_name, person_id, person_name,
    organization_id, organization_name, side, roles, parties, reason, changes, at
) FROM STDIN
"""
KEYS = """
SELECT nextval(pg_get_serial_sequence('vouchers_voucher', 'id'))
FROM generate_series(1, %s)
"""


def figures(lab: Lab) -> Iterator[Figure]:
    tenant = lab.tenants[1]
    sizes = [1_000, 10_000] if lab.is_quick else [1_000, 10_000, 100_000]
    for size in sizes:
        found = in_turns(
            lab.rounds,
            ours=partial(created, tenant, size),
            floor=partial(copied, lab, tenant, size),
        )
        yield Figure(
            f"3 creation of {size:,} with ledger and audit",
            "/s",
            found["ours"],
            found["floor"],
            at_least(0.8, 1.0),
        )


def created(tenant: Tenant, size: int) -> float:
    """Make vouchers as an upload does; returns how many a second."""
    wanted = [
        VoucherSpec(tenant.engagement_type, DAYS, "DE", f"Row {row}")
        for row in range(size)
    ]
    with working_for(tenant.owner):
        return size / seconds(partial(create_all, tenant, wanted))


def create_all(tenant: Tenant, wanted: list[VoucherSpec]) -> None:
    voucher_services.create(tenant.agreement, wanted, by=tenant.owner)
    check(connections["default"].cursor())


def copied(lab: Lab, tenant: Tenant, size: int) -> float:
    """Copy vouchers with entries, and take them back; returns how many a second."""
    tidy(lab.owner)
    with transaction.atomic(using="owner"):
        took = seconds(partial(copy_all, lab.owner, tenant, size))
        transaction.set_rollback(True, using="owner")
    connections["owner"].close()
    return size / took


def copy_all(cursor: Any, tenant: Tenant, size: int) -> None:
    cursor.execute(KEYS, [size])
    keys = [key for (key,) in cursor.fetchall()]
    numbers = [new_number() for _key in keys]
    copy(cursor, VOUCHERS, vouchers(tenant, keys, numbers))
    copy(cursor, LEDGER, ledger(tenant, keys))
    copy(cursor, AUDIT, audit(tenant, keys, numbers))
    check(cursor)


def check(cursor: Any) -> None:
    """Check what a commit would check."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def copy(cursor: Any, statement: str, rows: Iterator[tuple]) -> None:
    with cursor.copy(statement) as sink:
        for row in rows:
            sink.write_row(row)


def vouchers(tenant: Tenant, keys: list[int], numbers: list[str]) -> Iterator[tuple]:
    ids, now = tenant.ids, clock.now()
    last_day = (now + timedelta(days=180)).date()
    for row, key, number in zip(count(), keys, numbers, strict=False):
        yield (
            *(key, number, ids["agreement"], ids["type"], DAYS, "DE", f"Row {row}"),
            *("created", last_day, ids["customer"], ids["admin"], now, ""),
        )


def ledger(tenant: Tenant, keys: list[int]) -> Iterator[tuple]:
    ids, now = tenant.ids, clock.now()
    for key in keys:
        yield (
            *(ids["agreement"], ids["customer"], key),
            *("held", "free", "held", DAYS, "", now),
        )


def audit(tenant: Tenant, keys: list[int], numbers: list[str]) -> Iterator[tuple]:
    ids, now = tenant.ids, clock.now()
    for key, number in zip(keys, numbers, strict=True):
        yield (
            *("voucher.created", "vouchers.voucher", key, number, ids["admin"]),
            *("Person", ids["customer"], "Customer", "customer"),
            *(["benefit_admin"], [ids["customer"]], "", '{"days": [null, "5"]}', now),
        )

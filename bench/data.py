"""Vouchers by the million, with what belongs to them, so that every constraint holds.

Each tenant is a customer and a partner that share all their vouchers. The small tenant
holds the oldest rows and the big one the next: on them a plan that walks the wrong
index shows. The same call always makes the same rows, apart from the day they are made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.deliveries import DELIVERIES
from bench.tables import FILLED, tidy, without_indexes
from bench.tenants import Tenant

# Days until the first of them expires.
LIFE = 30
# Of ten vouchers four are created, three assigned, two reserved and one redeemed.
MIXED = (
    *("created", "assigned", "created", "reserved", "assigned"),
    *("created", "redeemed", "assigned", "created", "reserved"),
)
# So many of a tenant's youngest vouchers are under way; the older ones are done with.
UNDER_WAY = 20_000
DONE = (
    *("expired", "cancelled", "expired", "paid", "expired"),
    *("cancelled", "expired", "expired", "cancelled", "expired"),
)


# The factor is odd, so that no two numbers are the same, and scatters them widely.
VOUCHERS = """
INSERT INTO vouchers_voucher (
    number, agreement_id, engagement_type_id, days, country, label, state, expires_on,
    customer_id, admin_id, project_manager_id, partner_id,
    created_at, reserved_at, redeemed_at, paid_at, days_used, suspension_reason
)
SELECT substr(signs, 1, 4) || '-' || substr(signs, 5, 4) || '-' || substr(signs, 9, 4),
    %(agreement)s, %(type)s, %(days)s, 'DE', 'Project ' || n, state,
    CASE WHEN is_done THEN created_at::date + 180
        ELSE current_date + (%(life)s + n %% 100)::int END,
    %(customer)s, %(admin)s,
    CASE WHEN state NOT IN ('created', 'cancelled') THEN %(manager)s END,
    CASE WHEN state NOT IN ('created', 'cancelled') THEN %(partner)s END,
    created_at,
    CASE WHEN state IN ('reserved', 'redeemed', 'paid') THEN created_at END,
    CASE state WHEN 'redeemed' THEN greatest(created_at, now() - interval '20 days')
        WHEN 'paid' THEN created_at + interval '9 days' END,
    CASE WHEN state = 'paid' THEN created_at + interval '40 days' END,
    CASE WHEN state IN ('redeemed', 'paid') THEN %(days)s::smallint END,
    ''
FROM (
    SELECT n, signs, state, created_at,
        state IN ('paid', 'expired', 'cancelled') AS is_done
    FROM generate_series(%(first)s::bigint, %(last)s) AS n
    CROSS JOIN LATERAL (
        SELECT current_date - 500 + n * interval '30 seconds' AS created_at,
        lpad(upper(to_hex((n * 668265263227) & 281474976710655)), 12, '0') AS signs,
        (%(states)s::text[])[n %% cardinality(%(states)s::text[]) + 1] AS state
    ) AS made
) AS rows
ORDER BY n
"""
LEDGER = """
INSERT INTO vouchers_ledgerentry (
    agreement_id, customer_id, voucher_id, kind, source, target, days, note, created_at
)
SELECT agreement_id, customer_id, id, way.kind, way.source, way.target, days, '',
    created_at
FROM vouchers_voucher
CROSS JOIN (VALUES
    (1, 'held', 'free', 'held', NULL),
    (2, 'consumed', 'held', 'delivered', '{redeemed,paid}'::text[]),
    (2, 'returned', 'held', 'free', '{expired,cancelled}'),
    (3, 'paid', 'delivered', 'paid', '{paid}')
) AS way (place, kind, source, target, states)
WHERE agreement_id = %(agreement)s AND id > %(after)s
    AND (way.states IS NULL OR state = ANY (way.states))
ORDER BY id, way.place
"""
RESERVATIONS = """
INSERT INTO vouchers_reservation (
    voucher_id, customer_id, partner_id, location_id, signature_id, reserved_by_id,
    reserved_at, release_reason, promise, rate_per_day, rate_currency, rate_valid_from
)
SELECT v.id, v.customer_id, v.partner_id,
    (SELECT min(id) FROM portal_location WHERE organization_id = %(partner)s),
    s.id, s.signer_id, v.reserved_at, '', '[]', 1000, 'EUR', v.reserved_at::date
FROM vouchers_voucher v CROSS JOIN enrollment_signature s
WHERE v.agreement_id = %(agreement)s AND v.id > %(after)s
    AND v.reserved_at IS NOT NULL AND s.partner_id = %(partner)s
ORDER BY v.id
"""
AUDIT = """
INSERT INTO portal_auditentry (
    verb, subject_type, subject_id, subject_name, person_id, person_name,
    organization_id, organization_name, side, roles, parties, reason, changes, at
)
SELECT 'voucher.created', 'vouchers.voucher', id, number, admin_id, 'Person',
    customer_id, 'Customer', 'customer', ARRAY['benefit_admin'], ARRAY[customer_id],
    '', jsonb_build_object('days', jsonb_build_array(null, days)), created_at
FROM vouchers_voucher
WHERE agreement_id = %(agreement)s AND id > %(after)s
ORDER BY id
"""
WITH_ENTRIES = (VOUCHERS, LEDGER, RESERVATIONS, AUDIT)
EVERYTHING = (*WITH_ENTRIES, *DELIVERIES)


@dataclass(frozen=True)
class Batch:
    """Vouchers with these serial numbers, in these states by turns.

    ``life`` is the days until the first of them expires; below -100 all have.
    """

    serials: range
    states: Sequence[str] = MIXED
    life: int = LIFE


def fill(
    cursor: Any, tenant: Tenant, batch: Batch, statements: Iterable[str] = WITH_ENTRIES
) -> None:
    """Add a batch of vouchers to a tenant, with what belongs to them."""
    cursor.execute("SELECT coalesce(max(id), 0) FROM vouchers_voucher")
    [after] = cursor.fetchone()
    values = {
        **tenant.ids,
        "first": batch.serials[0],
        "last": batch.serials[-1],
        "states": list(batch.states),
        "life": batch.life,
        "after": after,
    }
    for statement in statements:
        cursor.execute(statement, values)


def fill_all(cursor: Any, tenants: Iterable[Tenant]) -> int:
    """Fill each tenant to its size; returns the next number."""
    first = 1
    with without_indexes(cursor, FILLED):
        for tenant in tenants:
            for batch in batches(first, tenant.size):
                fill(cursor, tenant, batch, EVERYTHING)
            first += tenant.size
    tidy(cursor)
    return first


def batches(first: int, size: int) -> Iterator[Batch]:
    """Divide a tenant's vouchers into those that are done with and the youngest."""
    middle = first + max(0, size - UNDER_WAY)
    if middle > first:
        yield Batch(range(first, middle), DONE)
    yield Batch(range(middle, first + size))

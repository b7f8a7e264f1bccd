"""Vouchers by the million, with what belongs to them, so that every constraint holds.

Each tenant is a customer and a partner that share all their vouchers. The small tenant
holds the oldest rows and the big one the next: on them a plan that walks the wrong
index shows. The same call always makes the same rows, apart from the day they are made.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from enrollment.models import EngagementType
from portal.actors import Actor
from portal.models.organizations import introduce
from portal.roles import Role
from portal.tenancy import acting_for_all
from tests.factories import (
    CustomerAgreementFactory,
    CustomerFactory,
    EngagementTypeFactory,
    actor_of,
    eligible_partner,
)
from vouchers.models import CustomerAgreement

DAYS = 5
# Days until the first of them expires.
LIFE = 30
# More days than any measurement turns into vouchers.
PLENTY = 50_000_000
# Of ten vouchers four are created, three assigned, two reserved and one redeemed.
MIXED = [
    *("created", "assigned", "created", "reserved", "assigned"),
    *("created", "redeemed", "assigned", "created", "reserved"),
]
TABLES = [
    "vouchers_voucher",
    "vouchers_ledgerentry",
    "vouchers_reservation",
    "portal_auditentry",
]
# What lists join: the planner has to know these too.
FEW = [
    "portal_organization",
    "portal_user",
    "portal_membership",
    "enrollment_engagementtype",
    "enrollment_offering",
    "vouchers_customeragreement",
]


@dataclass(frozen=True)
class Tenant:
    """A customer with its agreement, a partner, and the people of both."""

    size: int
    agreement: CustomerAgreement
    engagement_type: EngagementType
    owner: Actor
    manager: Actor
    lead: Actor

    @property
    def ids(self) -> dict[str, Any]:
        """Give what the statements below need to know."""
        return {
            "agreement": self.agreement.pk,
            "type": self.engagement_type.pk,
            "customer": self.owner.organization_id,
            "partner": self.lead.organization_id,
            "admin": self.owner.person_id,
            "manager": self.manager.person_id,
            "days": DAYS,
        }


def make_tenants(*sizes: int) -> list[Tenant]:
    """Make organizations and people that may do everything with their vouchers."""
    with acting_for_all():
        engagement_type = EngagementTypeFactory()
        return [make_tenant(engagement_type, size) for size in sizes]


def make_tenant(engagement_type: EngagementType, size: int) -> Tenant:
    agreement = CustomerAgreementFactory(
        customer=CustomerFactory(),
        program=engagement_type.offering.program,
        days=DAYS * size + PLENTY,
    )
    partner = eligible_partner(engagement_type)
    introduce(agreement.customer, partner)
    return Tenant(
        size,
        agreement,
        engagement_type,
        owner=actor_of(agreement.customer, Role.BENEFIT_ADMIN),
        manager=actor_of(agreement.customer, Role.PROJECT_MANAGER),
        lead=actor_of(partner, Role.DELIVERY_LEAD),
    )


# The factor is odd, so that no two numbers are the same, and scatters them widely.
VOUCHERS = """
INSERT INTO vouchers_voucher (
    number, agreement_id, engagement_type_id, days, country, label, state, expires_on,
    customer_id, admin_id, project_manager_id, partner_id,
    created_at, reserved_at, redeemed_at, days_used, suspension_reason
)
SELECT substr(signs, 1, 4) || '-' || substr(signs, 5, 4) || '-' || substr(signs, 9, 4),
    %(agreement)s, %(type)s, %(days)s, 'DE', 'Project ' || n, state,
    current_date + (%(life)s + n %% 100)::int, %(customer)s, %(admin)s,
    CASE WHEN state <> 'created' THEN %(manager)s END,
    CASE WHEN state <> 'created' THEN %(partner)s END,
    created_at,
    CASE WHEN state IN ('reserved', 'redeemed') THEN created_at END,
    CASE WHEN state = 'redeemed' THEN created_at END,
    CASE WHEN state = 'redeemed' THEN %(days)s::smallint END,
    ''
FROM (
    SELECT n, current_date - 500 + n * interval '30 seconds' AS created_at,
        lpad(upper(to_hex((n * 668265263227) & 281474976710655)), 12, '0') AS signs,
        (%(states)s::text[])[n %% cardinality(%(states)s::text[]) + 1] AS state
    FROM generate_series(%(first)s::bigint, %(last)s) AS n
) AS rows
"""
LEDGER = """
INSERT INTO vouchers_ledgerentry (
    agreement_id, customer_id, voucher_id, kind, source, target, days, note, created_at
)
SELECT agreement_id, customer_id, id, way.kind, way.source, way.target, days, '',
    created_at
FROM vouchers_voucher
CROSS JOIN (VALUES ('held', 'free', 'held'), ('consumed', 'held', 'delivered'))
    AS way (kind, source, target)
WHERE agreement_id = %(agreement)s AND id > %(after)s
    AND (way.kind = 'held' OR state = 'redeemed')
ORDER BY id
"""
RESERVATIONS = """
INSERT INTO vouchers_reservation (
    voucher_id, customer_id, partner_id, location_id, signature_id, reserved_by_id,
    reserved_at, release_reason, promise, rate_currency
)
SELECT v.id, v.customer_id, v.partner_id,
    (SELECT min(id) FROM portal_location WHERE organization_id = %(partner)s),
    s.id, s.signer_id, v.reserved_at, '', '[]', ''
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
EVERYTHING = (VOUCHERS, LEDGER, RESERVATIONS, AUDIT)


@dataclass(frozen=True)
class Batch:
    """Vouchers with these serial numbers, in these states by turns.

    ``life`` is the days until the first of them expires; below -100 all have.
    """

    serials: range
    states: Sequence[str] = tuple(MIXED)
    life: int = LIFE


def fill(
    cursor: Any, tenant: Tenant, batch: Batch, statements: Iterable[str] = EVERYTHING
) -> None:
    """Give a tenant a batch of vouchers, with what belongs to them."""
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


# The planner counts on so many: a join that keeps one organization in a thousand looks
# as if it left no rows of a long list.
BYSTANDERS = (
    """
    INSERT INTO portal_organization
        (name, slug, kind, country, time_zone, is_listed, created_at)
    SELECT 'Bystander ' || n, 'bystander-' || n,
        (ARRAY['partner', 'customer'])[n % 2 + 1], 'DE', 'UTC', n % 2 = 0, now()
    FROM generate_series(1, 2000) AS n
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO vouchers_customeragreement
        (customer_id, program_id, licensing_id, starts_on, ends_on, accepted_terms,
        created_at)
    SELECT o.id, p.id, o.slug, current_date - 100, current_date + 300, '', now()
    FROM portal_organization o
    CROSS JOIN (SELECT min(id) AS id FROM enrollment_program) AS p
    WHERE o.slug LIKE 'bystander-%' AND o.kind = 'customer'
    ON CONFLICT DO NOTHING
    """,
)


def add_bystanders(cursor: Any) -> None:
    """Have organizations without vouchers, as a portal has them by the thousand."""
    for statement in BYSTANDERS:
        cursor.execute(statement)


def fill_all(cursor: Any, tenants: Iterable[Tenant]) -> int:
    """Give each tenant as many vouchers as it shall have; gives the next number."""
    first = 1
    add_bystanders(cursor)
    with without_indexes(cursor, TABLES):
        for tenant in tenants:
            fill(cursor, tenant, Batch(range(first, first + tenant.size)))
            first += tenant.size
    tidy(cursor)
    return first


def tidy(cursor: Any) -> None:
    """Leave the tables as autovacuum does in time."""
    for table in [*TABLES, *FEW]:
        cursor.execute(f"VACUUM (ANALYZE) {table}")


PLAIN_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid::regclass::text = ANY (%s)
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint
WHERE contype = 'f' AND conrelid::regclass::text = ANY (%s)
"""


@contextmanager
def without_indexes(cursor: Any, tables: list[str]) -> Iterator[None]:
    """Take indexes and foreign keys off tables, and build them anew on what is there.

    Many rows are in several times as fast this way, and are checked all the same.
    """
    cursor.execute(PLAIN_INDEXES, [tables])
    indexes = cursor.fetchall()
    cursor.execute(FOREIGN_KEYS, [tables])
    keys = cursor.fetchall()
    for table, name, _definition in keys:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in keys:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")

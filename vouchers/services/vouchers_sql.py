"""Statements that make and move very many vouchers, with what they leave behind."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from portal import clock
from portal.audit_sql import entries_of as audit_of
from vouchers.services.ledger_sql import entries_of as ledger_of

# What an audit entry says of a row of the table: its name and its parties. Two keys of
# parties stand in order, as ever.
AUDITED = """
    v.number AS name,
    array_remove(ARRAY[least(v.customer_id, v.partner_id),
        CASE WHEN v.partner_id IS NOT NULL
            THEN greatest(v.customer_id, v.partner_id) END], NULL) AS parties
"""
# Everything that a voucher's end leaves in the tables, for all of a batch at once. The
# rows are chosen and locked by ``VoucherQuerySet.overdue``; who somebody works on at
# this moment is passed over and found by the next run.
EXPIRE = f"""
WITH held (id, before, returns) AS ({{overdue}}),
moved AS (
    UPDATE vouchers_voucher v SET state = 'expired'
    FROM held WHERE v.id = held.id
    RETURNING v.id, v.agreement_id, v.customer_id, v.partner_id, v.project_manager_id,
        v.admin_id, v.days, held.before, held.returns, %s::timestamptz AS moment,
        CASE WHEN held.returns THEN 'returned' ELSE 'lost' END AS kind,
        {AUDITED},
        jsonb_build_object('state', jsonb_build_array(held.before, v.state)) AS changes
), ledger AS ({ledger_of("moved")}), audit AS ({audit_of("moved")})
SELECT id, customer_id, partner_id, project_manager_id, admin_id, returns, before
FROM moved
"""
# The row that is made has no column more than it must: it is kept until all are made.
MADE = f"""(
    SELECT v.id, {AUDITED},
        %(alike)s::jsonb || jsonb_build_object(
            'number', jsonb_build_array(NULL, v.number),
            'engagement_type', jsonb_build_array(NULL, v.engagement_type_id::text),
            'days', jsonb_build_array(NULL, v.days::text),
            'country', jsonb_build_array(NULL, v.country)
        ) || CASE WHEN v.label = '' THEN '{{}}'
            ELSE jsonb_build_object('label', jsonb_build_array(NULL, v.label)) END
            AS changes
    FROM made v
)"""
# What a batch of one pool leaves in the tables. Arrays spare the database as many
# values as there are vouchers, a dozen times over; COPY is closed to whoever works
# under row-level security.
MAKE = f"""
WITH made AS (
    INSERT INTO vouchers_voucher AS v (
        number, engagement_type_id, days, country, label, agreement_id, customer_id,
        admin_id, batch_id, state, expires_on, created_at, suspension_reason
    )
    SELECT number, type, days, country, label, %(agreement)s, %(customer)s, %(admin)s,
        %(batch)s, %(state)s, %(expires_on)s::date, %(now)s::timestamptz, ''
    FROM unnest(
        %(numbers)s::text[], %(types)s::bigint[], %(days)s::smallint[],
        %(countries)s::text[], %(labels)s::text[]
    ) AS each (number, type, days, country, label)
    RETURNING v.id, v.number, v.engagement_type_id, v.country, v.label, v.agreement_id,
        v.customer_id, v.partner_id, v.days, 'held' AS kind, v.created_at AS moment
), ledger AS ({ledger_of("made")})
{audit_of(MADE, "%(entries)s")}
"""


def expire_all(overdue: QuerySet[Any], entries: str) -> list[tuple[Any, ...]]:
    """Let vouchers expire; gives who follows each, whether its days return, its state.

    ``entries`` is what their audit entries say alike.
    """
    voucher_rows = overdue.values_list("pk", "state", "returns")
    sql, which = voucher_rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE.format(overdue=sql), [*which, clock.now(), entries])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def make_all(values: dict[str, Any]) -> None:
    """Make the vouchers of a batch: what is alike, and columns of what differs."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE, values)


def customer_of_voucher(number: str, email: str) -> int | None:
    """Name the customer of the voucher with this number and admin's address, if any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vouchers_customer_of(%s, %s)", [number, email])
        row: tuple[int | None] = cursor.fetchone()
    return row[0]

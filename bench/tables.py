"""The tables that are filled by the million, and how that is done quickly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FILLED = [
    "vouchers_voucher",
    "vouchers_ledgerentry",
    "vouchers_reservation",
    "portal_auditentry",
    "engagements_engagement",
    "engagements_completionreport",
    "payments_paymentrequest",
    "payments_paymentline",
    "payments_payment",
]
# What lists join: the planner has to know these too.
JOINED = [
    "portal_organization",
    "portal_user",
    "portal_membership",
    "enrollment_engagementtype",
    "enrollment_offering",
    "vouchers_customeragreement",
]
# What eligibility is judged by.
OF_PARTNERS = [
    "portal_location",
    "enrollment_heldcompetency",
    "enrollment_signature",
    "enrollment_enrollment",
    "enrollment_enrollmentline",
    "enrollment_businessprofile",
    "enrollment_listing",
]
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


def tidy(cursor: Any) -> None:
    """Leave the tables as autovacuum does in time."""
    for table in [*FILLED, *JOINED, *OF_PARTNERS]:
        cursor.execute(f"VACUUM (ANALYZE) {table}")


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

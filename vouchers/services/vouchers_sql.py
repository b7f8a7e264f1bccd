"""SQL of vouchers: audit entries of a batch, and the customer of a number."""

from typing import Any

from django.db import connection

from portal import clock
from portal.actors import Actor

# Rows of ``moved`` have the voucher's id, number and both parties; ``changes`` gives
# field → [before, after] as JSON. Two keys of parties stand in order, as ever.
ENTRIES = """
    INSERT INTO portal_auditentry (verb, subject_type, subject_id, subject_name,
        person_id, person_name, organization_name, side, roles, parties, reason,
        changes, at)
    SELECT %s, 'vouchers.voucher', id, number, %s::bigint, %s, '', %s, %s::varchar[],
        array_remove(ARRAY[least(customer_id, partner_id),
            CASE WHEN partner_id IS NOT NULL
                THEN greatest(customer_id, partner_id) END], NULL),
        %s, {changes}, %s
    FROM moved
"""


def entries_by(verb: str, by: Actor, reason: str = "") -> list[Any]:
    """Return the values of ``ENTRIES``, for a person of the sponsor or the clock."""
    name = by.person.name if by.person else ""
    who = [by.person_id, name, by.kind, sorted(by.roles)]
    return [verb, *who, reason, clock.now()]


def customer_of_voucher(number: str, email: str) -> int | None:
    """Name the customer of the voucher with this number and admin's address, if any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vouchers_customer_of(%s, %s)", [number, email])
        row: tuple[int | None] = cursor.fetchone()
    return row[0]

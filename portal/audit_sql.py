"""The columns of an audit entry, once for every statement that writes many.

``portal.audit.record_all`` writes entries of rows that Python holds. Who moves many
rows by one statement writes their entries in it too: ten thousand vouchers that are
fetched and sent back to be written about expire in 1.3 times the time.
"""

ENTRIES = """
    INSERT INTO portal_auditentry (
        verb, subject_type, person_id, person_name, organization_id, organization_name,
        side, roles, reason, at, subject_id, subject_name, parties, changes
    )
    SELECT alike.verb, alike.subject_type, alike.person_id, alike.person_name,
        alike.organization_id, alike.organization_name, alike.side, alike.roles,
        alike.reason, alike.at, each.id, each.name, each.parties, each.changes
    FROM {rows} AS each,
        jsonb_populate_record(NULL::portal_auditentry, {alike}::jsonb) AS alike
"""


def entries_of(rows: str, alike: str = "%s") -> str:
    """Return the statement that writes an entry about each of some rows.

    Rows have ``id``, ``name``, ``parties`` and ``changes``. What all entries say alike
    is one parameter, which ``portal.audit.shared_values`` gives.
    """
    return ENTRIES.format(rows=rows, alike=alike)


# Entries of rows that Python holds. Arrays spare the database as many values as there
# are entries.
WRITE_ALL = entries_of(
    """(
        SELECT id, name, parties::bigint[], changes
        FROM unnest(
            %(ids)s::bigint[], %(names)s::text[], %(all_parties)s::text[],
            %(all_changes)s::jsonb[]
        ) AS each (id, name, parties, changes)
    )""",
    "%(alike)s",
)

"""SQL about all organizations: addresses that are taken, and the next number."""

from django.db import connection


def taken_slugs(slugs: list[str]) -> set[str]:
    """Say which of these words stand in some organization's addresses."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_taken_slugs(%s)", [slugs])
        return {slug for (slug,) in cursor.fetchall()}


def next_id() -> int:
    """Reserve the id of an organization that is about to be opened."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('portal_organization', 'id'))"
        )
        [number] = cursor.fetchone()
    return int(number)

"""Organizations: what one has to know of all, asked across the wall."""

from django.db import connection


def taken_slugs(slugs: list[str]) -> set[str]:
    """Say which of these words stand in some organization's addresses."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_taken_slugs(%s)", [slugs])
        return {slug for (slug,) in cursor.fetchall()}


def next_id() -> int:
    """Draw the number of an organization that is about to be opened."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('portal_organization', 'id'))"
        )
        [number] = cursor.fetchone()
    return int(number)

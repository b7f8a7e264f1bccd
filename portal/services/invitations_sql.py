"""SQL about invitations of all organizations, for the holder of a link."""

from django.db import connection


def inviting_organization(token_hash: str) -> int | None:
    """Return the id of the organization whose open invitation a link stands for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_inviting_organization(%s)", [token_hash])
        row: tuple[int | None] = cursor.fetchone()
    return row[0]

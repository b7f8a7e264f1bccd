"""Versions of the agreement, which are the sponsor's: held still by who signs one."""

from django.db import connection


def keep_version(pk: int) -> None:
    """Keep a version as it is until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT enrollment_keep_version(%s)", [pk])

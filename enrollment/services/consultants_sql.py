"""SQL about a person's employments at all companies, for that person alone."""

from django.db import connection


def employers_of_person() -> set[int]:
    """Name the companies for which the acting person works or has worked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT enrollment_employers_of_person()")
        return {company for (company,) in cursor.fetchall()}

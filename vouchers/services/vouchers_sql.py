"""Vouchers of all customers, asked across the wall."""

from django.db import connection


def customer_of_voucher(number: str, email: str) -> int | None:
    """Name the customer of the voucher with this number and admin's address, if any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vouchers_customer_of(%s, %s)", [number, email])
        row: tuple[int | None] = cursor.fetchone()
    return row[0]

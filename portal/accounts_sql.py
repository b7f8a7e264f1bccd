"""SQL that deletes accounts without a proved address, with their rows."""

from django.db import connection

# What a person can have who never came further than signing up.
HANGING = [
    """
    DELETE FROM account_emailconfirmation WHERE email_address_id IN (
        SELECT id FROM account_emailaddress WHERE user_id = %s)
    """,
    "DELETE FROM account_emailaddress WHERE user_id = %s",
    "DELETE FROM mfa_authenticator WHERE user_id = %s",
    "DELETE FROM usersessions_usersession WHERE user_id = %s",
    "DELETE FROM portal_user WHERE id = %s",
]
IS_PROVED = "SELECT FROM account_emailaddress WHERE user_id = %s AND verified"


def delete_unproved(person: int) -> None:
    """Delete a person who has proved no address; leaves everybody else alone."""
    with connection.cursor() as cursor:
        cursor.execute(IS_PROVED, [person])
        if cursor.fetchone() is not None:
            return
        for statement in HANGING:
            cursor.execute(statement, [person])

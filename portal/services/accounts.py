"""Accounts: the sponsor closes one, and opens it again."""

from django.utils.translation import gettext as _

from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.models import Membership, User
from portal.roles import Duty


def close_account(person: User, *, reason: str, by: Staff) -> None:
    """Let a person no longer sign in; a company may lose its last admin by that."""
    by.must_be(Duty.PROGRAM_MANAGER)
    if person == by.person:
        raise Refused(_("Your own account is closed by somebody else."))
    _set_active(person, "person.closed", is_active=False, reason=reason, by=by)


def reopen_account(person: User, *, reason: str, by: Staff) -> None:
    """Let a person sign in again."""
    by.must_be(Duty.PROGRAM_MANAGER)
    _set_active(person, "person.reopened", is_active=True, reason=reason, by=by)


def _set_active(
    person: User, verb: str, *, is_active: bool, reason: str, by: Staff
) -> None:
    with lock_row(person) as current:
        if current.is_active == is_active:
            raise Refused(_("This account is so already."))
        current.is_active = is_active
        current.save(update_fields=["is_active"])
        # Its companies read it in their records: they have to find another admin.
        mine = Membership.objects.active().filter(person=current)
        parties = mine.values_list("organization", flat=True)
        record(verb, current, by=by, parties=parties, reason=reason)

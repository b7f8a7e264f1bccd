"""Mails: what the sponsor's people do with those in the outbox."""

from django.utils.translation import gettext as _

from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.models import Email, Invitation
from portal.roles import Duty


def try_again(email: Email, *, by: Staff) -> None:
    """Put a mail that was set aside back into the outbox, as if it were new.

    Raises ``Refused`` for one that was sent or waits anyway.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(email) as current:
        if current.set_aside_at is None:
            raise Refused(_("Only a mail that was set aside can be tried again."))
        current.set_aside_at, current.attempts = None, 0
        current.save(update_fields=["set_aside_at", "attempts"])
        if current.invitation_id is not None:
            invitations = Invitation.objects.filter(pk=current.invitation_id)
            invitations.update(undelivered_at=None)
        record("mail.tried_again", current, by=by, parties=[])

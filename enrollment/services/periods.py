"""Suspending a decided enrollment, and lifting the suspension."""

from enrollment.models import Enrollment
from enrollment.models.periods import over
from enrollment.services.listing import facts_changed
from enrollment.services.rights import REVIEWERS
from enrollment.services.telling import tell_admins
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row


def suspend(enrollment: Enrollment, *, reason: str, by: Staff) -> None:
    """Stop a partner's new reservations until the suspension is lifted."""
    by.must_be(*REVIEWERS)
    with lock_row(enrollment) as current:
        current.suspend()
        current.save()
        entry = record(
            "enrollment.suspended",
            current,
            by=by,
            parties=[current.partner_id],
            reason=reason,
        )
        facts_changed(current.partner, by=by)
        tell_admins(
            current.partner,
            "enrollment-suspended",
            entry.pk,
            enrollment=current,
            reason=reason,
        )


def resume(enrollment: Enrollment, *, by: Staff) -> None:
    """Let a suspended partner reserve again."""
    by.must_be(*REVIEWERS)
    with lock_row(enrollment) as current:
        current.resume()
        current.save()
        entry = record(
            "enrollment.resumed", current, by=by, parties=[current.partner_id]
        )
        facts_changed(current.partner, by=by)
        tell_admins(
            current.partner,
            "enrollment-resumed",
            entry.pk,
            enrollment=current,
            is_over=over(current),
        )

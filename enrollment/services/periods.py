"""Suspending a decided enrollment, and lifting the suspension."""

from enrollment.models import Enrollment
from enrollment.models.periods import over
from enrollment.services.listing import facts_changed
from enrollment.services.rights import REVIEWERS
from enrollment.services.telling import tell_admins
from portal.actors import Actor
from portal.audit import record
from portal.db import locked


def suspend(enrollment: Enrollment, *, reason: str, by: Actor) -> None:
    """Stop a partner's new reservations until the suspension is lifted."""
    by.must_be(*REVIEWERS)
    with locked(enrollment) as held:
        held.suspend()
        held.save()
        entry = record(
            "enrollment.suspended",
            held,
            by=by,
            parties=[held.partner_id],
            reason=reason,
        )
        facts_changed(held.partner, by=by)
        tell_admins(
            held.partner,
            "enrollment-suspended",
            entry.pk,
            enrollment=held,
            reason=reason,
        )


def resume(enrollment: Enrollment, *, by: Actor) -> None:
    """Let a suspended partner reserve again."""
    by.must_be(*REVIEWERS)
    with locked(enrollment) as held:
        held.resume()
        held.save()
        entry = record("enrollment.resumed", held, by=by, parties=[held.partner_id])
        facts_changed(held.partner, by=by)
        tell_admins(
            held.partner,
            "enrollment-resumed",
            entry.pk,
            enrollment=held,
            is_over=over(held),
        )

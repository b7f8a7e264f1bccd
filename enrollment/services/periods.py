"""The life of a decided enrollment: suspension, renewal window, end."""

from datetime import date

from enrollment.models import Enrollment
from enrollment.services.listing import keep_listing_true
from enrollment.services.rights import REVIEWERS
from enrollment.services.telling import tell_admins
from portal import clock
from portal.actors import CLOCK, Actor
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
        keep_listing_true(held.partner, by=by)
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
        keep_listing_true(held.partner, by=by)
        tell_admins(held.partner, "enrollment-resumed", entry.pk, enrollment=held)


def fall_due(enrollment: Enrollment) -> None:
    """Open the renewal window of an enrollment."""
    with locked(enrollment) as held:
        held.fall_due()
        held.save()
        record("enrollment.fell_due", held, by=CLOCK, parties=[held.partner_id])


def lapse(enrollment: Enrollment) -> None:
    """End an enrollment whose period is over; no new reservations under it."""
    with locked(enrollment) as held:
        held.lapse()
        held.save()
        record("enrollment.lapsed", held, by=CLOCK, parties=[held.partner_id])
        keep_listing_true(held.partner, by=CLOCK)
        tell_admins(held.partner, "enrollment-lapsed", held.pk, enrollment=held)


def remind(enrollment: Enrollment) -> None:
    """Remind a partner of its renewal: the nearest rung of the ladder, once."""
    rung = rung_on(enrollment, clock.today(enrollment.partner.time_zone))
    if rung is not None:
        tell_admins(
            enrollment.partner,
            "enrollment-renewal",
            f"{enrollment.pk}:{rung}",
            enrollment=enrollment,
        )


def rung_on(enrollment: Enrollment, day: date) -> int | None:
    """Give the last rung reached by a date; earlier ones that were missed are gone."""
    assert enrollment.ends_on is not None, "enrollment_decided_has_period"
    left = (enrollment.ends_on - day).days
    rungs = enrollment.program.renewal_reminder_days
    return min((rung for rung in rungs if 0 <= left <= rung), default=None)

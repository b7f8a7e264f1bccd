"""Deciding about an enrollment: the sponsor's reviewers."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from enrollment import requirements
from enrollment.facts import facts_of
from enrollment.models import Enrollment, LineState
from enrollment.models.enrollments import DECIDED, months_later
from enrollment.services.listing import keep_listing_true
from enrollment.services.rights import REVIEWERS
from enrollment.services.telling import tell_admins
from portal import clock
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.findings import unmet


def approve(enrollment: Enrollment, *, by: Actor) -> None:
    """Let the partner deliver its chosen offerings for one period.

    A renewal starts the day after the running period ends, so that renewing early
    costs nothing.
    """
    by.must_be(*REVIEWERS)
    with locked(enrollment) as held:
        today = clock.today(held.partner.time_zone)
        starts_on = _first_day(held, today)
        held.approve(
            starts_on=starts_on,
            ends_on=months_later(starts_on, held.program.enrollment_months)
            - timedelta(days=1),
        )
        _must_be_qualified(held, today)
        held.decided_by = by.person
        held.save()
        for line in held.lines.filter(state=LineState.ASKED):
            line.approve()
            line.decided_by = by.person
            line.save()
        record("enrollment.approved", held, by=by, parties=[held.partner_id])
        keep_listing_true(held.partner, by=by)
        tell_admins(held.partner, "enrollment-approved", held.pk, enrollment=held)


def _first_day(held: Enrollment, today: date) -> date:
    earlier = (
        Enrollment.objects.filter(
            partner=held.partner, program=held.program, state__in=DECIDED
        )
        .order_by("-ends_on")
        .first()
    )
    if earlier is None:
        return today
    assert earlier.ends_on is not None, "enrollment_decided_has_period"
    return max(today, earlier.ends_on + timedelta(days=1))


def _must_be_qualified(held: Enrollment, day: date) -> None:
    facts = facts_of(held.partner, held.program)
    missing = unmet(requirements.offerings_qualified(facts, held, day))
    if missing:
        raise Refused(_("A chosen offering has no verified competency yet."), missing)


def give_back_enrollment(enrollment: Enrollment, *, reason: str, by: Actor) -> None:
    """Return an enrollment to the partner, who can mend it and send it again."""
    by.must_be(*REVIEWERS)
    with locked(enrollment) as held:
        held.give_back(reason=reason)
        held.decided_by = by.person
        held.save()
        entry = record(
            "enrollment.returned", held, by=by, parties=[held.partner_id], reason=reason
        )
        tell_admins(held.partner, "enrollment-returned", entry.pk, enrollment=held)

"""Confirming, part by part, what a new period carries over from the last one."""

from django.utils.translation import gettext as _

from enrollment import requirements
from enrollment.facts import facts_of
from enrollment.models import Confirmation, Enrollment, Section
from enrollment.models.enrollments import EnrollmentState
from enrollment.services.rights import ADMINS
from portal import clock
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.findings import unmet
from portal.states import why_not


def confirm(enrollment: Enrollment, section: str, *, by: Member) -> None:
    """Confirm that a part of last period's answers still holds."""
    by.must_be(*ADMINS)
    with lock_row(enrollment) as current:
        if current.state != EnrollmentState.IN_PROGRESS:
            raise Refused(why_not(current, "submit"))
        facts = facts_of(current.partner, current.program)
        day = clock.today(current.partner.time_zone)
        parts = requirements.by_section(facts, current.chosen, day)
        missing = unmet(parts[Section(section)])
        if missing:
            raise Refused(
                _("Mend what is missing here first, then confirm it."), missing
            )
        note_confirmed(current, section, by=by)


def note_confirmed(current: Enrollment, section: str, *, by: Member) -> None:
    """Note that somebody stands by a part of a renewal; else nothing is noted."""
    if not current.is_renewal:
        return
    _confirmation, is_new = Confirmation.objects.get_or_create(
        enrollment=current,
        section=section,
        defaults={"partner": current.partner, "confirmed_by": by.person},
    )
    if is_new:
        record(
            "enrollment.confirmed",
            current,
            by=by,
            parties=[current.partner_id],
            reason=str(Section(section).label),
        )

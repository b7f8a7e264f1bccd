"""The offerings of an enrollment, asked for and decided one by one."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.facts import facts_of
from enrollment.models import Enrollment, EnrollmentLine, LineState, Offering
from enrollment.models.enrollments import RUNNING, EnrollmentState
from enrollment.services.enrollments import must_be_choosable
from enrollment.services.listing import facts_changed
from enrollment.services.reviews import activate, must_be_qualified, tell_of_approval
from enrollment.services.rights import ADMINS, REVIEWERS
from enrollment.services.telling import tell_admins
from portal import mail
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.models import Reason, Topic
from portal.services import staff_with
from portal.states import why_not


def approve_line(line: EnrollmentLine, *, by: Staff) -> None:
    """Let the partner deliver one offering; the first one lets its period begin."""
    by.must_be(*REVIEWERS)
    with lock_row(line.enrollment) as current, lock_row(line) as row:
        row.approve()
        is_first = current.state not in RUNNING
        if is_first:
            activate(current, by=by)
        must_be_qualified(current, [row])
        row.decided_by = by.person
        row.save()
        _record("enrollment.line_approved", current, row, by=by)
        facts_changed(current.partner, by=by)
        if is_first:
            tell_of_approval(current)
        else:
            _tell("enrollment-line-approved", current, row)


def refuse_line(
    line: EnrollmentLine, *, reason: Reason, note: str = "", by: Staff
) -> None:
    """Refuse one offering; the partner can mend what is missing and ask again."""
    by.must_be(*REVIEWERS)
    reason.must_fit(Topic.ENROLLMENT, note)
    with lock_row(line.enrollment) as current, lock_row(line) as row:
        if current.state not in [EnrollmentState.SUBMITTED, *RUNNING]:
            raise Refused(why_not(current, "approve"))
        row.refuse(reason=reason, note=note)
        row.decided_by = by.person
        row.save()
        _record("enrollment.line_refused", current, row, by=by)
        _tell("enrollment-line-refused", current, row)


def add_offering(
    enrollment: Enrollment, offering: Offering, *, by: Member
) -> EnrollmentLine:
    """Ask for one more offering while the period runs, or again for a refused one."""
    by.must_be(*ADMINS)
    with lock_row(enrollment) as current:
        if current.state not in RUNNING:
            raise Refused(
                _("You can ask for an offering while your enrollment is active.")
            )
        must_be_choosable(facts_of(current.partner, current.program), offering)
        line = _asked(current, offering)
        _ask_for_next_period_too(current, offering)
        entry = _record("enrollment.line_added", current, line, by=by)
        mail.queue_all(
            "enrollment-line-asked",
            staff_with(*REVIEWERS),
            key=str(entry),
            enrollment=current,
            line=line,
            path=reverse("admin:enrollment_enrollmentline_change", args=[line.pk]),
        )
    return line


def _asked(current: Enrollment, offering: Offering) -> EnrollmentLine:
    with transaction.atomic():
        line, is_new = EnrollmentLine.objects.get_or_create(
            enrollment=current, offering=offering, defaults={"partner": current.partner}
        )
        if is_new:
            return line
        if line.state != LineState.REFUSED:
            raise Refused(
                _("You have asked for %(name)s already.") % {"name": offering.name}
            )
        with lock_row(line) as row:
            row.ask_again()
            row.save()
            return row


def _ask_for_next_period_too(current: Enrollment, offering: Offering) -> None:
    """Carry the offering over, as if it had been there when the next period began."""
    begun = Enrollment.objects.filter(
        follows=current, state=EnrollmentState.IN_PROGRESS
    )
    for following in begun:
        EnrollmentLine.objects.get_or_create(
            enrollment=following,
            offering=offering,
            defaults={"partner": current.partner},
        )


def _record(
    verb: str, current: Enrollment, line: EnrollmentLine, *, by: Member | Staff
) -> int:
    reason = f"{line.offering}. {line.reason or ''} {line.note}".strip()
    entry = record(verb, current, by=by, parties=[current.partner_id], reason=reason)
    return entry.pk


def _tell(name: str, current: Enrollment, line: EnrollmentLine) -> None:
    key = f"{line.pk}:{line.decided_at:%Y%m%d%H%M%S%f}"
    tell_admins(current.partner, name, key, enrollment=current, line=line)

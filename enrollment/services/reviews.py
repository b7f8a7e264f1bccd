"""Deciding about an enrollment: the sponsor's reviewers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility import requirements
from enrollment.eligibility.facts import Extent, Facts
from enrollment.models import Enrollment, EnrollmentLine, LineState, Offering, Pin
from enrollment.models.states import DECIDED, EnrollmentState
from enrollment.services import directory, notifications, roles
from portal import clock
from portal.actors import Staff
from portal.audit import record, remember
from portal.db import lock_row, save_rows
from portal.findings import Refused, unmet_findings
from portal.models import Reason, Topic


@dataclass(frozen=True)
class PinDraft:
    """What a reviewer pins to a section: a coded reason, a note of the reviewer's."""

    section: str
    reason: Reason
    note: str = ""


def approve(enrollment: Enrollment, *, by: Staff) -> None:
    """Let the partner deliver every offering that it asks for, for one period."""
    by.must_be(*roles.REVIEWERS)
    with (
        lock_row(enrollment, "partner", "program") as current,
        lock_row(current.partner) as partner,
    ):
        facts = eligibility_facts.facts_of(
            partner, current.program, Extent(only_asked=True, for_place=False)
        )
        offerings = eligibility_facts.offerings_asked(facts)
        # The locked row as the facts know it: what it becomes is judged at the end.
        own = remember(facts.loaded_enrollment(current))
        activate(own, facts, by=by)
        lines_asked = [
            line for line in own.lines.all() if line.state == LineState.ASKED
        ]
        if not lines_asked:
            raise Refused(
                _("No offering is left to approve. Return the enrollment or reject it.")
            )
        ensure_qualified(facts, offerings, lines_asked)
        for line in lines_asked:
            line.approve()
            line.decided_by = by.person
        save_rows(lines_asked, ["state", "decided_by", "decided_at"])
        directory.program_changed(facts, offerings, by=by)
        notify_of_approval(own)


def activate(current: Enrollment, facts: Facts, *, by: Staff) -> None:
    """Let the period of a locked enrollment begin; which offerings it has comes next.

    A renewal starts the day after the running period ends, so that renewing early
    costs nothing. What is approved in grace, or later, starts today. Either way the
    period before is good until the day before, and not a day longer.
    """
    before = _period_before(facts)
    starts_on = clock.today(current.partner.time_zone)
    if before:
        starts_on = max(starts_on, _first_day_after(before))
    ends_on = clock.last_day_of(starts_on, current.program.enrollment_months)
    current.approve(starts_on=starts_on, ends_on=ends_on)
    if before:
        _end_grace(before, starts_on - timedelta(days=1), by=by)
    current.decided_by = by.person
    current.save(
        update_fields=["state", "starts_on", "ends_on", "good_until", "decided_by"]
    )
    record("enrollment.approved", current, by=by, parties=[current.partner_id])


def _period_before(facts: Facts) -> Enrollment | None:
    decided = [row for row in facts.enrollments if row.state in DECIDED]
    before = max(decided, key=_first_day_after, default=None)
    if before and before.state == EnrollmentState.SUSPENDED:
        raise Refused(_("The period before is suspended. Lift the suspension first."))
    return before


def _first_day_after(before: Enrollment) -> date:
    assert before.ends_on is not None, "enrollment_decided_has_period"
    return before.ends_on + timedelta(days=1)


def _end_grace(before: Enrollment, last_day: date, *, by: Staff) -> None:
    """Let two periods never be good on one day."""
    with lock_row(before) as current:
        assert current.good_until is not None, "enrollment_decided_has_period"
        if current.good_until > last_day:
            current.good_until = before.good_until = last_day
            current.save(update_fields=["good_until"])
            record("enrollment.followed", current, by=by, parties=[current.partner_id])


def ensure_qualified(
    facts: Facts, offerings: Iterable[Offering], lines: Iterable[EnrollmentLine]
) -> None:
    """Refuse offerings behind which no verified competency stands.

    ``offerings`` are those asked for, with what qualifies for them.
    """
    offering_ids = {line.offering_id for line in lines}
    selected = [offering for offering in offerings if offering.pk in offering_ids]
    missing = unmet_findings(
        requirements.check_offerings_qualified(facts, selected, facts.today)
    )
    if missing:
        raise Refused(_("An offering has no verified competency yet."), missing)


def notify_of_approval(current: Enrollment) -> None:
    """Write to the partner which offerings are approved, and which are not yet."""
    lines = sorted(current.lines.all(), key=lambda line: line.offering.code)
    lines_by_state = {
        str(state): [line for line in lines if line.state == state]
        for state in LineState
    }
    notifications.notify_admins(
        current.partner,
        "enrollment-approved",
        current.pk,
        enrollment=current,
        **lines_by_state,
    )


def return_enrollment(
    enrollment: Enrollment, *, pins: Sequence[PinDraft], note: str = "", by: Staff
) -> None:
    """Send an enrollment back, with a pin at each section that is to be mended."""
    by.must_be(*roles.REVIEWERS)
    if not pins:
        raise Refused(_("Pin a reason to one section at least."))
    for pin in pins:
        pin.reason.must_fit(Topic.ENROLLMENT, pin.note)
    with lock_row(enrollment) as current:
        current.return_for_correction(note=note)
        current.decided_by = by.person
        current.save()
        new_pins = [
            Pin(
                enrollment=current,
                partner=current.partner,
                section=pin.section,
                reason=pin.reason,
                note=pin.note,
                pinned_by=by.person,
            )
            for pin in pins
        ]
        Pin.objects.bulk_create(new_pins)
        sections = "\n".join(f"{pin}. {pin.note}".strip() for pin in new_pins)
        entry = record(
            "enrollment.returned",
            current,
            by=by,
            parties=[current.partner_id],
            reason=sections,
        )
        notifications.notify_admins(
            current.partner,
            "enrollment-returned",
            entry.pk,
            enrollment=current,
            pins=new_pins,
        )


def reject(
    enrollment: Enrollment, *, reason: Reason, note: str = "", by: Staff
) -> None:
    """End this attempt to enroll for good; the partner can begin another."""
    by.must_be(*roles.REVIEWERS)
    reason.must_fit(Topic.ENROLLMENT, note)
    with lock_row(enrollment) as current:
        current.reject(reason=reason, note=note)
        current.decided_by = by.person
        current.save()
        record(
            "enrollment.rejected",
            current,
            by=by,
            parties=[current.partner_id],
            reason=f"{reason} {note}".strip(),
        )
        notifications.notify_admins(
            current.partner, "enrollment-rejected", current.pk, enrollment=current
        )

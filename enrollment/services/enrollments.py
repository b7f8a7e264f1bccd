"""Enrolling: what a partner does until its enrollment lies with the reviewers."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility import requirements
from enrollment.eligibility.facts import Extent, Facts
from enrollment.models import (
    Confirmation,
    Enrollment,
    EnrollmentLine,
    LineState,
    Offering,
    Program,
    Section,
)
from enrollment.models.enrollments import EnrollmentQuerySet, is_over
from enrollment.models.states import DECIDED, RUNNING, EnrollmentState
from enrollment.services import directory, notifications, renewals, reviews, roles
from portal import clock, mail
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row, save_rows
from portal.findings import Refused, unmet_findings
from portal.models import Reason, Topic
from portal.services import people
from portal.shown import ensure_was_shown
from portal.states import why_not


def apply_for(
    program: Program, offerings: Iterable[Offering], *, by: Member
) -> Enrollment:
    """Choose offerings, and begin the enrollment with the first choice."""
    with transaction.atomic():
        enrollment = begin(program, by=by)
        choose_offerings(enrollment, offerings, by=by)
    return enrollment


def begin(program: Program, *, by: Member) -> Enrollment:
    """Begin the enrollment for the next period; returns the open one if there is one.

    It carries over the answers of the last period that was decided.
    """
    by.must_be(*roles.ADMINS)
    own_enrollments = Enrollment.objects.filter(
        partner=by.organization, program=program
    )
    underway: Enrollment | None = own_enrollments.open().first()
    if underway:
        ensure_was_shown(underway)
        return underway
    decided = own_enrollments.filter(state__in=DECIDED).order_by("-period").first()
    if decided is None:
        return _begin_first(own_enrollments, program, by=by)
    _ensure_over_soon(decided)
    with transaction.atomic():
        begun = renewals.roll_forward([decided], by=by)
        # A colleague may have been quicker.
        quickest: list[Enrollment] = begun or list(own_enrollments.open())
    return quickest[0]


def _begin_first(
    own_enrollments: EnrollmentQuerySet, program: Program, *, by: Member
) -> Enrollment:
    """Begin where nothing was decided before but rejections."""
    attempts = own_enrollments.aggregate(last=Max("period"))["last"] or 0
    with transaction.atomic():
        enrollment: Enrollment
        enrollment, is_new = own_enrollments.open().get_or_create(
            partner=by.organization,
            program=program,
            defaults={"period": attempts + 1},
        )
        if is_new:
            record("enrollment.begun", enrollment, by=by, parties=[by.organization.pk])
    return enrollment


def _ensure_over_soon(latest: Enrollment) -> None:
    _ensure_not_suspended(latest)
    opens_on, ends_on = latest.renewal_opens_on, latest.ends_on
    assert opens_on is not None, "enrollment_decided_has_period"
    assert ends_on is not None, "enrollment_decided_has_period"
    if clock.today(latest.partner.time_zone) < opens_on:
        raise Refused(
            _("Your enrollment runs until %(end)s. You can renew from %(start)s on.")
            % {
                "end": date_format(ends_on, "DATE_FORMAT"),
                "start": date_format(opens_on, "DATE_FORMAT"),
            }
        )


def _ensure_not_suspended(enrollment: Enrollment) -> None:
    if enrollment.state == EnrollmentState.SUSPENDED:
        raise Refused(_("Your enrollment is suspended. Settle this with the sponsor."))


def choose_offerings(
    enrollment: Enrollment, offerings: Iterable[Offering], *, by: Member
) -> None:
    """Set the offerings for which a partner enrolls."""
    by.must_be(*roles.ADMINS)
    with lock_row(enrollment) as current:
        _ensure_in_progress(current)
        facts = eligibility_facts.facts_of(current.partner, current.program)
        selection = list(offerings)
        for offering in selection:
            ensure_choosable(facts, offering)
        current.lines.exclude(offering__in=selection).delete()
        refused = list(current.lines.filter(state=LineState.REFUSED))
        for line in refused:
            line.ask_again()
        save_rows(refused, ["state", "reason", "note", "decided_at"])
        EnrollmentLine.objects.bulk_create(
            [
                EnrollmentLine(
                    enrollment=current, partner=current.partner, offering=offering
                )
                for offering in selection
            ],
            ignore_conflicts=True,
        )
        record(
            "enrollment.offerings_chosen",
            current,
            by=by,
            parties=[current.partner_id],
            reason=", ".join(offering.code for offering in selection),
        )
        # Who has just chosen need not say so once more.
        note_confirmed(current, Section.OFFERINGS, by=by)


def _ensure_in_progress(current: Enrollment) -> None:
    if current.state != EnrollmentState.IN_PROGRESS:
        raise Refused(why_not(current, "submit"))


def ensure_choosable(facts: Facts, offering: Offering) -> None:
    """Refuse an offering that is closed, or that no competency covers."""
    if offering.program_id != facts.program.pk:
        raise Refused(_("%(name)s is not part of the program.") % {"name": offering})
    finding = requirements.choice_finding(facts, offering, facts.today)
    if not finding.holds:
        raise Refused(
            _("%(name)s cannot be chosen.") % {"name": offering.name}, [finding]
        )


def submit(enrollment: Enrollment, *, by: Member) -> None:
    """Send the enrollment to the reviewers."""
    by.must_be(*roles.ADMINS)
    with lock_row(enrollment, "partner", "program") as current:
        current.submit()
        if current.follows:
            _ensure_not_suspended(current.follows)
        _ensure_complete(current, by)
        current.submitted_by = by.person
        current.save(
            update_fields=["state", "submitted_at", "submitted_by", "return_reason"]
        )
        if current.decided_by_id:  # or nobody has pinned anything yet
            current.pins.open().update(settled_at=clock.now())
        entry = record(
            "enrollment.submitted", current, by=by, parties=[current.partner_id]
        )
        mail.queue_all(
            "enrollment-submitted",
            people.staff_with(*roles.REVIEWERS),
            key=str(entry.pk),
            enrollment=current,
            path=notifications.admin_path(current),
        )


def _ensure_complete(current: Enrollment, by: Member) -> None:
    facts = eligibility_facts.facts_of(
        current.partner, current.program, Extent(only_asked=True, for_place=False)
    )
    day = clock.today(current.partner.time_zone)
    missing = unmet_findings(
        [
            *requirements.check_complete(facts, facts.loaded_enrollment(current), day),
            *requirements.of_sender(facts, by.person, day),
        ]
    )
    if missing:
        raise Refused(_("The enrollment is not complete."), missing)


def approve_line(line: EnrollmentLine, *, by: Staff) -> None:
    """Let the partner deliver one offering; the first one lets its period begin."""
    by.must_be(*roles.REVIEWERS)
    with lock_row(line.enrollment) as current, lock_row(line) as row:
        row.approve()
        is_first = current.state not in RUNNING
        facts = eligibility_facts.facts_of(
            current.partner, current.program, Extent(only_asked=True, for_place=False)
        )
        if is_first:
            reviews.activate(current, facts, by=by)
        offerings = eligibility_facts.offerings_asked(facts)
        reviews.ensure_qualified(facts, offerings, [row])
        row.decided_by = by.person
        row.save()
        _record("enrollment.line_approved", current, row, by=by)
        directory.facts_changed(current.partner, by=by)
        if is_first:
            reviews.notify_of_approval(current)
        else:
            _tell("enrollment-line-approved", current, row)


def refuse_line(
    line: EnrollmentLine, *, reason: Reason, note: str = "", by: Staff
) -> None:
    """Refuse one offering; the partner can mend what is missing and ask again."""
    by.must_be(*roles.REVIEWERS)
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
    by.must_be(*roles.ADMINS)
    with lock_row(enrollment) as current:
        if current.state not in RUNNING:
            raise Refused(
                _("You can ask for an offering while your enrollment is active.")
            )
        ensure_choosable(
            eligibility_facts.facts_of(current.partner, current.program), offering
        )
        line = _asked_line(current, offering)
        _ask_for_next_period_too(current, offering)
        entry = _record("enrollment.line_added", current, line, by=by)
        mail.queue_all(
            "enrollment-line-asked",
            people.staff_with(*roles.REVIEWERS),
            key=str(entry),
            enrollment=current,
            line=line,
            path=reverse("admin:enrollment_enrollmentline_change", args=[line.pk]),
        )
    return line


def _asked_line(current: Enrollment, offering: Offering) -> EnrollmentLine:
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
    notifications.notify_admins(
        current.partner, name, key, enrollment=current, line=line
    )


def suspend(enrollment: Enrollment, *, reason: str, by: Staff) -> None:
    """Stop a partner's new reservations until the suspension is lifted."""
    by.must_be(*roles.REVIEWERS)
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
        directory.facts_changed(current.partner, by=by)
        notifications.notify_admins(
            current.partner,
            "enrollment-suspended",
            entry.pk,
            enrollment=current,
            reason=reason,
        )


def resume(enrollment: Enrollment, *, by: Staff) -> None:
    """Let a suspended partner reserve again."""
    by.must_be(*roles.REVIEWERS)
    with lock_row(enrollment) as current:
        current.resume()
        current.save()
        entry = record(
            "enrollment.resumed", current, by=by, parties=[current.partner_id]
        )
        directory.facts_changed(current.partner, by=by)
        notifications.notify_admins(
            current.partner,
            "enrollment-resumed",
            entry.pk,
            enrollment=current,
            is_over=is_over(current),
        )


def confirm(enrollment: Enrollment, section: str, *, by: Member) -> None:
    """Confirm that a part of last period's answers still holds."""
    by.must_be(*roles.ADMINS)
    with lock_row(enrollment) as current:
        if current.state != EnrollmentState.IN_PROGRESS:
            raise Refused(why_not(current, "submit"))
        facts = eligibility_facts.facts_of(current.partner, current.program)
        day = clock.today(current.partner.time_zone)
        parts = requirements.by_section(facts, current.chosen_offerings, day)
        missing = unmet_findings(parts[Section(section)])
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

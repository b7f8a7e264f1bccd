"""Enrolling: what a partner does until its enrollment lies with the reviewers."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment import requirements
from enrollment.facts import Facts, facts_of
from enrollment.models import (
    Enrollment,
    EnrollmentLine,
    LineState,
    Offering,
    Program,
    Section,
)
from enrollment.models.enrollments import DECIDED, EnrollmentQuerySet, EnrollmentState
from enrollment.services.confirmations import note_confirmed
from enrollment.services.rights import ADMINS, REVIEWERS
from enrollment.services.rolling import roll_forward
from enrollment.services.telling import admin_path
from portal import clock, mail
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.findings import unmet
from portal.services import staff_with
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
    """Begin the enrollment for the next period; gives the open one if there is one.

    It carries over the answers of the last period that was decided.
    """
    by.must_be(*ADMINS)
    mine = Enrollment.objects.filter(partner=by.organization, program=program)
    underway: Enrollment | None = mine.open().first()
    if underway:
        ensure_was_shown(underway)
        return underway
    decided = mine.filter(state__in=DECIDED).order_by("-period").first()
    if decided is None:
        return _begin_first(mine, program, by=by)
    _must_be_over_soon(decided)
    with transaction.atomic():
        begun = roll_forward([decided], by=by)
        # A colleague may have been quicker.
        quickest: list[Enrollment] = begun or list(mine.open())
    return quickest[0]


def _begin_first(
    mine: EnrollmentQuerySet, program: Program, *, by: Member
) -> Enrollment:
    """Begin where nothing was decided before but rejections."""
    attempts = mine.aggregate(last=Max("period"))["last"] or 0
    with transaction.atomic():
        enrollment: Enrollment
        enrollment, is_new = mine.open().get_or_create(
            partner=by.organization,
            program=program,
            defaults={"period": attempts + 1},
        )
        if is_new:
            record("enrollment.begun", enrollment, by=by, parties=[by.organization.pk])
    return enrollment


def _must_be_over_soon(latest: Enrollment) -> None:
    _must_not_be_suspended(latest)
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


def _must_not_be_suspended(enrollment: Enrollment) -> None:
    if enrollment.state == EnrollmentState.SUSPENDED:
        raise Refused(_("Your enrollment is suspended. Settle this with the sponsor."))


def choose_offerings(
    enrollment: Enrollment, offerings: Iterable[Offering], *, by: Member
) -> None:
    """Set the offerings for which a partner enrolls."""
    by.must_be(*ADMINS)
    with lock_row(enrollment) as current:
        _must_be_in_progress(current)
        facts = facts_of(current.partner, current.program)
        chosen = list(offerings)
        for offering in chosen:
            must_be_choosable(facts, offering)
        current.lines.exclude(offering__in=chosen).delete()
        for line in current.lines.filter(state=LineState.REFUSED):
            line.ask_again()
            line.save()
        EnrollmentLine.objects.bulk_create(
            [
                EnrollmentLine(
                    enrollment=current, partner=current.partner, offering=offering
                )
                for offering in chosen
            ],
            ignore_conflicts=True,
        )
        record(
            "enrollment.offerings_chosen",
            current,
            by=by,
            parties=[current.partner_id],
            reason=", ".join(offering.code for offering in chosen),
        )
        # Who has just chosen need not say so once more.
        note_confirmed(current, Section.OFFERINGS, by=by)


def _must_be_in_progress(current: Enrollment) -> None:
    if current.state != EnrollmentState.IN_PROGRESS:
        raise Refused(why_not(current, "submit"))


def must_be_choosable(facts: Facts, offering: Offering) -> None:
    """Refuse an offering that is closed, or that no competency covers."""
    if offering.program_id != facts.program.pk:
        raise Refused(_("%(name)s is not part of the program.") % {"name": offering})
    finding = requirements.choosable(facts, offering, facts.today)
    if not finding.holds:
        raise Refused(
            _("%(name)s cannot be chosen.") % {"name": offering.name}, [finding]
        )


def submit(enrollment: Enrollment, *, by: Member) -> None:
    """Send the enrollment to the reviewers."""
    by.must_be(*ADMINS)
    with lock_row(enrollment, "partner", "program") as current:
        current.submit()
        if current.follows:
            _must_not_be_suspended(current.follows)
        _must_be_complete(current, by)
        current.submitted_by = by.person
        current.save()
        current.pins.open().update(settled_at=clock.now())
        entry = record(
            "enrollment.submitted", current, by=by, parties=[current.partner_id]
        )
        mail.queue_all(
            "enrollment-submitted",
            staff_with(*REVIEWERS),
            key=str(entry.pk),
            enrollment=current,
            path=admin_path(current),
        )


def _must_be_complete(current: Enrollment, by: Member) -> None:
    facts = facts_of(current.partner, current.program, only_asked=True)
    day = clock.today(current.partner.time_zone)
    # The same enrollment, with the lines that were loaded with the facts.
    loaded = next(each for each in facts.enrollments if each.pk == current.pk)
    missing = unmet(
        [
            *requirements.complete(facts, loaded, day),
            *requirements.of_sender(facts, by.person, day),
        ]
    )
    if missing:
        raise Refused(_("The enrollment is not complete."), missing)

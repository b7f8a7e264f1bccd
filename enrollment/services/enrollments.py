"""Enrolling: what a partner does until its enrollment lies with the reviewers."""

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment import requirements
from enrollment.facts import Facts, facts_of
from enrollment.models import Enrollment, EnrollmentLine, Offering, Program
from enrollment.models.enrollments import EnrollmentState
from enrollment.services.rights import ADMINS, REVIEWERS
from portal import clock, mail
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.findings import unmet
from portal.services import staff_with
from portal.states import why_not


def apply_for(
    program: Program, offerings: Iterable[Offering], *, by: Actor
) -> Enrollment:
    """Choose offerings, and begin the enrollment with the first choice."""
    with transaction.atomic():
        enrollment = begin(program, by=by)
        choose_offerings(enrollment, offerings, by=by)
    return enrollment


def begin(program: Program, *, by: Actor) -> Enrollment:
    """Begin the enrollment for the next period; gives the open one if there is one."""
    by.must_be(*ADMINS)
    assert by.organization is not None, "an admin has an organization"
    mine = Enrollment.objects.filter(partner=by.organization, program=program)
    latest = mine.order_by("-period").first()
    if latest and not latest.is_open:
        _must_be_over_soon(latest)
    with transaction.atomic():
        enrollment, is_new = mine.open().get_or_create(
            partner=by.organization,
            program=program,
            defaults={"period": latest.period + 1 if latest else 1},
        )
        if is_new:
            record("enrollment.begun", enrollment, by=by, parties=[by.organization.pk])
    return enrollment


def _must_be_over_soon(latest: Enrollment) -> None:
    if latest.state == EnrollmentState.SUSPENDED:
        raise Refused(_("Your enrollment is suspended. Settle this with the sponsor."))
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


def choose_offerings(
    enrollment: Enrollment, offerings: Iterable[Offering], *, by: Actor
) -> None:
    """Set the offerings for which a partner enrolls."""
    by.must_be(*ADMINS)
    with locked(enrollment) as held:
        _must_be_in_progress(held)
        facts = facts_of(held.partner, held.program)
        chosen = list(offerings)
        for offering in chosen:
            _must_be_choosable(facts, offering)
        held.lines.exclude(offering__in=chosen).delete()
        EnrollmentLine.objects.bulk_create(
            [
                EnrollmentLine(enrollment=held, partner=held.partner, offering=offering)
                for offering in chosen
            ],
            ignore_conflicts=True,
        )
        record(
            "enrollment.offerings_chosen",
            held,
            by=by,
            parties=[held.partner_id],
            reason=", ".join(offering.code for offering in chosen),
        )


def _must_be_in_progress(held: Enrollment) -> None:
    if held.state != EnrollmentState.IN_PROGRESS:
        raise Refused(why_not(held, "submit"))


def _must_be_choosable(facts: Facts, offering: Offering) -> None:
    if offering.program_id != facts.program.pk:
        raise Refused(_("%(name)s is not part of the program.") % {"name": offering})
    finding = requirements.choosable(
        facts, offering, clock.today(facts.partner.time_zone)
    )
    if not finding.holds:
        raise Refused(
            _("%(name)s cannot be chosen.") % {"name": offering.name}, [finding]
        )


def submit(enrollment: Enrollment, *, by: Actor) -> None:
    """Send the enrollment to the reviewers."""
    by.must_be(*ADMINS)
    with locked(enrollment) as held:
        held.submit()
        _must_be_complete(held)
        held.submitted_by = by.person
        held.save()
        entry = record("enrollment.submitted", held, by=by, parties=[held.partner_id])
        mail.queue_all(
            "enrollment-submitted",
            staff_with(*REVIEWERS),
            key=str(entry.pk),
            enrollment=held,
            path=reverse("admin:enrollment_enrollment_change", args=[held.pk]),
        )


def _must_be_complete(held: Enrollment) -> None:
    facts = facts_of(held.partner, held.program)
    missing = unmet(
        requirements.complete(facts, held, clock.today(held.partner.time_zone))
    )
    if missing:
        raise Refused(_("The enrollment is not complete."), missing)

"""Steps to an open offering and to an enrollment that includes it."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from enrollment import rules
from enrollment.facts import Facts
from enrollment.models import EnrollmentLine, LineState, Offering
from enrollment.models.enrollments import RUNNING, Enrollment, EnrollmentState
from enrollment.rules.words import admin, words
from enrollment.steps.step import Page, Step, checked_by_sponsor

OFFERING, ENROLLMENT = "offering", "enrollment"


def offering(asked: Offering, day: date) -> Iterator[Step]:
    ending = rules.reservable(asked, day)
    if not ending.holds:
        # Nothing that the company does helps: only the sponsor moves the last day.
        yield checked_by_sponsor(OFFERING, str(ending.found))
        return
    if asked.is_open(day):
        return
    if asked.opens_on and day < asked.opens_on:
        what = _("The offering opens on %(date)s.") % {"date": words(asked.opens_on)}
        yield Step(OFFERING, what, on=asked.opens_on)
    else:
        what = _(
            "The offering is closed from %(date)s on: the sponsor would reopen it."
        )
        closed = {"date": words(asked.closes_on)}
        yield checked_by_sponsor(OFFERING, what % closed)


def enrollment(facts: Facts, asked: Offering, day: date) -> Iterator[Step]:
    days = rules.enrolled_days(facts, asked)
    first, current = days.first_from(day), facts.enrollment_on(day)
    if first == day:
        return
    if first:
        what = _("The enrollment for %(offering)s begins on %(date)s.")
        named = {"offering": asked.code, "date": words(first)}
        yield Step(ENROLLMENT, what % named, on=first)
    elif current:
        yield from _line(asked, current.line_of(asked))
    elif facts.suspended_on(day):
        yield _own(_("Settle what the mail about the suspension names."), None)
        yield _decided(_("The sponsor lifts the suspension."))
    else:
        yield from _period(asked, facts.latest)


def _line(asked: Offering, line: EnrollmentLine | None) -> Iterator[Step]:
    if line is None:
        what = _("Ask for %(offering)s.") % {"offering": asked.code}
        yield _own(what, Page.MORE_OFFERINGS)
    elif line.state == LineState.REFUSED:
        what = _("Mend what the sponsor's reason names and ask for %(offering)s again.")
        yield _own(what % {"offering": asked.code}, Page.MORE_OFFERINGS)
    yield _decided(_("The sponsor decides about the offering."))


def _period(asked: Offering, latest: Enrollment | None) -> Iterator[Step]:
    name = {"offering": asked.code}
    if latest and latest.state == EnrollmentState.SUBMITTED:
        yield _decided(_("The sponsor decides about the enrollment."))
        if latest.line_of(asked) is None:
            yield from _line(asked, None)
        return
    if latest and latest.state == EnrollmentState.IN_PROGRESS:
        what = (
            _("Finish the enrollment and send it.")
            if latest.line_of(asked)
            else _("Choose %(offering)s too, finish the enrollment and send it.")
        )
    elif latest and latest.state in RUNNING:
        name["date"] = words(latest.renewal_opens_on)
        what = _("Renew the enrollment with %(offering)s, from %(date)s on.")
    else:
        what = _("Enroll for %(offering)s: choose it, check and send.")
    yield _own(what % name, Page.PROGRAM)
    yield _decided(_("The sponsor decides about the enrollment."))


def _own(what: str, page: Page | None) -> Step:
    return Step(ENROLLMENT, what, admin(), page)


def _decided(what: str) -> Step:
    return checked_by_sponsor(ENROLLMENT, what)

"""The rules of the open offering, the running enrollment and its suspension."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.eligibility import days, sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rule import (
    CompanyDemand,
    CompanyRule,
    OfferingDemand,
    OfferingRule,
    Step,
    StepPage,
    step_of_sponsor,
)
from enrollment.models import Enrollment, EnrollmentLine, LineState, Offering
from enrollment.models.states import GOOD_FOR_ITS_DAYS, RUNNING, EnrollmentState
from portal.findings import Finding, Words
from portal.roles import Role


class OfferingOpen(OfferingRule):
    """Whether the offering is open on a date."""

    code = "offering"
    title = gettext_lazy("Offering")

    def days(self, facts: Facts, demand: OfferingDemand) -> Days:
        return Days.between(demand.offering.opens_on, demand.offering.closes_on)

    def words(self, facts: Facts, demand: OfferingDemand, day: date) -> Words:
        offering = demand.offering
        is_open = offering.is_open(day)
        if is_open:
            found = _("The offering is open.")
        elif offering.closes_on and offering.closes_on < day:
            found = _("The offering closed on %(date)s.") % {
                "date": sentences.words(offering.closes_on)
            }
        else:
            found = _("The offering opens on %(date)s.") % {
                "date": sentences.words(offering.opens_on)
            }
        return Words(
            found,
            _("%(offering)s is open.") % {"offering": offering},
            fix="" if is_open else _("Choose an offering that is open."),
            who="" if is_open else sentences.sponsor(),
        )

    def steps(self, facts: Facts, demand: OfferingDemand, day: date) -> Iterator[Step]:
        offering = demand.offering
        if offering.is_open(day):
            return
        if offering.opens_on and day < offering.opens_on:
            opens = {"date": sentences.words(offering.opens_on)}
            what = _("The offering opens on %(date)s.") % opens
            yield Step(self.code, what, on=offering.opens_on)
        else:
            what = _(
                "The offering is closed from %(date)s on: the sponsor would reopen it."
            )
            closed = {"date": sentences.words(offering.closes_on)}
            yield step_of_sponsor(self.code, what % closed)


class PartnerEnrolled(OfferingRule):
    """Whether an enrollment for the offering runs on a date."""

    code = "enrollment"
    title = gettext_lazy("Enrollment")
    comes_before_enrollment = False

    def days(self, facts: Facts, demand: OfferingDemand) -> Days:
        """Return the days of periods that include it; the latest period decides."""
        enrolled_days = taken = days.NEVER
        for enrollment in facts.enrollments:
            if enrollment.state in GOOD_FOR_ITS_DAYS:
                own = Days.between(enrollment.starts_on, enrollment.good_until) - taken
                line = enrollment.line_of(demand.offering)
                if line and line.state == LineState.APPROVED:
                    enrolled_days |= own
                taken |= own
        return enrolled_days

    def words(self, facts: Facts, demand: OfferingDemand, day: date) -> Words:
        code = demand.offering.code
        current = facts.enrollment_on(day)
        line = current.line_of(demand.offering) if current else None
        if line and line.state == LineState.APPROVED:
            found, fix, who = _("Enrolled for %(name)s.") % {"name": code}, "", ""
        elif current:
            found, fix, who = _why_not_included(demand.offering, line)
        else:
            found, fix, who = _why_not_enrolled(facts, day)
        needed = _("An enrollment for %(offering)s that runs on %(date)s.")
        names = {"offering": code, "date": sentences.words(day)}
        return Words(found, needed % names, fix, who)

    def steps(self, facts: Facts, demand: OfferingDemand, day: date) -> Iterator[Step]:
        offering = demand.offering
        first = self.days(facts, demand).first_from(day)
        current = facts.enrollment_on(day)
        if first == day:
            return
        if first:
            what = _("The enrollment for %(offering)s begins on %(date)s.")
            words = {"offering": offering.code, "date": sentences.words(first)}
            yield Step(self.code, what % words, on=first)
        elif current:
            yield from _steps_to_line(offering, current.line_of(offering))
        elif facts.suspended_on(day):
            yield from PartnerNotSuspended().steps(facts, demand, day)
        else:
            yield from _steps_to_period(offering, facts.latest)


class PartnerNotSuspended(CompanyRule):
    """Whether the sponsor's suspension stands in the way of work on a date.

    A suspended period stands in the way until it is lifted, even past its own end, or
    until the sponsor has approved another that runs. Beside the enrollment it says
    nothing new, so that only work already promised is held against it.
    """

    code = "suspension"
    title = gettext_lazy("No suspension")

    def days(self, facts: Facts, demand: CompanyDemand) -> Days:
        good = days.any_of(
            Days.between(enrollment.starts_on, enrollment.good_until)
            for enrollment in facts.enrollments
            if enrollment.state in GOOD_FOR_ITS_DAYS
        )
        return good | ~self._days_suspended(facts)

    def _days_suspended(self, facts: Facts) -> Days:
        decided = [
            enrollment
            for enrollment in facts.enrollments
            if enrollment.state in _DECIDED
        ]
        if decided and decided[0].state == EnrollmentState.SUSPENDED:
            return days.ALWAYS
        return days.any_of(
            Days.between(None, enrollment.good_until)
            for enrollment in decided
            if enrollment.state == EnrollmentState.SUSPENDED
        )

    def finding(self, facts: Facts, demand: CompanyDemand, day: date) -> Finding:
        """Tell it without dates: it lasts until somebody lifts it, whatever ends."""
        return replace(super().finding(facts, demand, day), since=None, until=None)

    def words(self, facts: Facts, demand: CompanyDemand, day: date) -> Words:
        needed = _("An enrollment that the sponsor has not suspended.")
        if day in self.days(facts, demand):
            return Words(_("The enrollment is not suspended."), needed)
        found, fix, who = _STANDSTILL[EnrollmentState.SUSPENDED]
        return Words(str(found), needed, str(fix), str(who))

    def steps(self, facts: Facts, demand: CompanyDemand, day: date) -> Iterator[Step]:
        if day not in self.days(facts, demand):
            yield _own_step(_("Settle what the mail about the suspension names."), None)
            yield _decision_step(_("The sponsor lifts the suspension."))


def _why_not_included(
    offering: Offering, line: EnrollmentLine | None
) -> tuple[str, str, str]:
    words = {"offering": offering.code}
    if line is None:
        return (
            _("The enrollment does not include %(offering)s.") % words,
            _("Ask for this offering on the enrollment page."),
            sentences.admin(),
        )
    if line.state == LineState.REFUSED:
        return (
            _("The sponsor refused %(offering)s.") % words,
            _("Mend what the reason names and ask for the offering again."),
            sentences.admin(),
        )
    return (
        _("%(offering)s is in review.") % words,
        _("You get a mail when the sponsor has decided."),
        sentences.sponsor(),
    )


def _why_not_enrolled(facts: Facts, day: date) -> tuple[str, str, str]:
    begins = [e for e in facts.enrollments if e.starts_on and day < e.starts_on]
    good = [e for e in begins if e.state in GOOD_FOR_ITS_DAYS]
    enrollment = facts.suspended_on(day) or facts.latest
    if good:
        return (
            _("The enrollment period begins on %(date)s.")
            % {"date": sentences.words(good[-1].starts_on)},
            _("Wait for that date: nothing is to be done."),
            sentences.admin(),
        )
    if enrollment is None:
        return (
            _("Not enrolled."),
            _("Enroll and choose this offering."),
            sentences.admin(),
        )
    if enrollment.state in _STANDSTILL:
        found, fix, who = _STANDSTILL[EnrollmentState(enrollment.state)]
        return str(found), str(fix), str(who)
    return (
        _("The enrollment period is %(start)s to %(end)s.")
        % {
            "start": sentences.words(enrollment.starts_on),
            "end": sentences.words(enrollment.ends_on),
        },
        _("Enroll for the period that you need."),
        sentences.admin(),
    )


_DECIDED = [*GOOD_FOR_ITS_DAYS, EnrollmentState.SUSPENDED]
_STANDSTILL = {
    EnrollmentState.IN_PROGRESS: (
        gettext_lazy("The enrollment is begun, but not sent."),
        gettext_lazy("Finish the enrollment and send it for review."),
        Role.PARTNER_ADMIN.label,
    ),
    EnrollmentState.SUBMITTED: (
        gettext_lazy("The enrollment is in review."),
        gettext_lazy("You get a mail when the sponsor has decided."),
        gettext_lazy("Sponsor"),
    ),
    EnrollmentState.REJECTED: (
        gettext_lazy("The sponsor has rejected the enrollment."),
        gettext_lazy("Mend what the reason names, then enroll again."),
        Role.PARTNER_ADMIN.label,
    ),
    EnrollmentState.SUSPENDED: (
        gettext_lazy("The enrollment is suspended."),
        gettext_lazy("Settle with the sponsor what the mail about it names."),
        gettext_lazy("Sponsor"),
    ),
}


def _steps_to_line(offering: Offering, line: EnrollmentLine | None) -> Iterator[Step]:
    if line is None:
        what = _("Ask for %(offering)s.") % {"offering": offering.code}
        yield _own_step(what, StepPage.MORE_OFFERINGS)
    elif line.state == LineState.REFUSED:
        what = _("Mend what the sponsor's reason names and ask for %(offering)s again.")
        yield _own_step(what % {"offering": offering.code}, StepPage.MORE_OFFERINGS)
    yield _decision_step(_("The sponsor decides about the offering."))


def _steps_to_period(offering: Offering, latest: Enrollment | None) -> Iterator[Step]:
    name = {"offering": offering.code}
    if latest and latest.state == EnrollmentState.SUBMITTED:
        yield _decision_step(_("The sponsor decides about the enrollment."))
        if latest.line_of(offering) is None:
            yield from _steps_to_line(offering, None)
        return
    if latest and latest.state == EnrollmentState.IN_PROGRESS:
        what = (
            _("Finish the enrollment and send it.")
            if latest.line_of(offering)
            else _("Choose %(offering)s too, finish the enrollment and send it.")
        )
    elif latest and latest.state in RUNNING:
        name["date"] = sentences.words(latest.renewal_opens_on)
        what = _("Renew the enrollment with %(offering)s, from %(date)s on.")
    else:
        what = _("Enroll for %(offering)s: choose it, check and send.")
    yield _own_step(what % name, StepPage.PROGRAM)
    yield _decision_step(_("The sponsor decides about the enrollment."))


def _own_step(what: str, page: StepPage | None) -> Step:
    return Step(PartnerEnrolled.code, what, sentences.admin(), page)


def _decision_step(what: str) -> Step:
    return step_of_sponsor(PartnerEnrolled.code, what)

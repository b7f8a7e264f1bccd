"""The rules of the open offering, the running enrollment and its suspension."""

from collections.abc import Iterator
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
from portal.findings import Finding
from portal.roles import Role


class OfferingOpen(OfferingRule):
    """Whether the offering is open on a date."""

    code = "offering"
    title = gettext_lazy("Offering")

    def days(self, facts: Facts, asked: OfferingDemand) -> Days:
        return Days.between(asked.offering.opens_on, asked.offering.closes_on)

    def finding(self, facts: Facts, asked: OfferingDemand, day: date) -> Finding:
        offering = asked.offering
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
        return Finding(
            **self.dated(facts, asked, day),
            found=found,
            needed=_("%(offering)s is open.") % {"offering": offering},
            fix="" if is_open else _("Choose an offering that is open."),
            who="" if is_open else sentences.sponsor(),
        )

    def steps(self, facts: Facts, asked: OfferingDemand, day: date) -> Iterator[Step]:
        offering = asked.offering
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


class Enrolled(OfferingRule):
    """Whether an enrollment for the offering runs on a date."""

    code = "enrollment"
    title = gettext_lazy("Enrollment")
    comes_before_enrollment = False

    def days(self, facts: Facts, asked: OfferingDemand) -> Days:
        """Return the days of periods that include it; the latest period decides."""
        found = taken = days.NEVER
        for each in facts.enrollments:
            if each.state in GOOD_FOR_ITS_DAYS:
                own = Days.between(each.starts_on, each.good_until) - taken
                line = each.line_of(asked.offering)
                if line and line.state == LineState.APPROVED:
                    found |= own
                taken |= own
        return found

    def finding(self, facts: Facts, asked: OfferingDemand, day: date) -> Finding:
        code = asked.offering.code
        current = facts.enrollment_on(day)
        line = current.line_of(asked.offering) if current else None
        if line and line.state == LineState.APPROVED:
            found, fix, who = _("Enrolled for %(name)s.") % {"name": code}, "", ""
        elif current:
            found, fix, who = _why_not_included(asked.offering, line)
        else:
            found, fix, who = _why_not_enrolled(facts, day)
        needed = _("An enrollment for %(offering)s that runs on %(date)s.")
        named = {"offering": code, "date": sentences.words(day)}
        return Finding(
            **self.dated(facts, asked, day),
            found=found,
            needed=needed % named,
            fix=fix,
            who=who,
        )

    def steps(self, facts: Facts, asked: OfferingDemand, day: date) -> Iterator[Step]:
        offering = asked.offering
        first = self.days(facts, asked).first_from(day)
        current = facts.enrollment_on(day)
        if first == day:
            return
        if first:
            what = _("The enrollment for %(offering)s begins on %(date)s.")
            named = {"offering": offering.code, "date": sentences.words(first)}
            yield Step(self.code, what % named, on=first)
        elif current:
            yield from _steps_to_line(offering, current.line_of(offering))
        elif facts.suspended_on(day):
            yield from NotSuspended().steps(facts, asked, day)
        else:
            yield from _steps_to_period(offering, facts.latest)


class NotSuspended(CompanyRule):
    """Whether the sponsor's suspension stands in the way of work on a date.

    A suspended period stands in the way until it is lifted, even past its own end, or
    until the sponsor has approved another that runs. Beside the enrollment it says
    nothing new, so that only work already promised is held against it.
    """

    code = "suspension"
    title = gettext_lazy("No suspension")

    def days(self, facts: Facts, asked: CompanyDemand) -> Days:
        good = days.any_of(
            Days.between(each.starts_on, each.good_until)
            for each in facts.enrollments
            if each.state in GOOD_FOR_ITS_DAYS
        )
        return good | ~self._days_suspended(facts)

    def _days_suspended(self, facts: Facts) -> Days:
        decided = [each for each in facts.enrollments if each.state in _DECIDED]
        if decided and decided[0].state == EnrollmentState.SUSPENDED:
            return days.ALWAYS
        return days.any_of(
            Days.between(None, each.good_until)
            for each in decided
            if each.state == EnrollmentState.SUSPENDED
        )

    def finding(self, facts: Facts, asked: CompanyDemand, day: date) -> Finding:
        holds = day in self.days(facts, asked)
        found, fix, who = _STANDSTILL[EnrollmentState.SUSPENDED]
        # Without dates: it lasts until somebody lifts it, whatever the period says.
        return Finding(
            str(self.title),
            holds=holds,
            found=_("The enrollment is not suspended.") if holds else str(found),
            needed=_("An enrollment that the sponsor has not suspended."),
            fix="" if holds else str(fix),
            who="" if holds else str(who),
            code=self.code,
        )

    def steps(self, facts: Facts, asked: CompanyDemand, day: date) -> Iterator[Step]:
        if day not in self.days(facts, asked):
            yield _own(_("Settle what the mail about the suspension names."), None)
            yield _decided(_("The sponsor lifts the suspension."))


def _why_not_included(
    offering: Offering, line: EnrollmentLine | None
) -> tuple[str, str, str]:
    named = {"offering": offering.code}
    if line is None:
        return (
            _("The enrollment does not include %(offering)s.") % named,
            _("Ask for this offering on the enrollment page."),
            sentences.admin(),
        )
    if line.state == LineState.REFUSED:
        return (
            _("The sponsor refused %(offering)s.") % named,
            _("Mend what the reason names and ask for the offering again."),
            sentences.admin(),
        )
    return (
        _("%(offering)s is in review.") % named,
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
        yield _own(what, StepPage.MORE_OFFERINGS)
    elif line.state == LineState.REFUSED:
        what = _("Mend what the sponsor's reason names and ask for %(offering)s again.")
        yield _own(what % {"offering": offering.code}, StepPage.MORE_OFFERINGS)
    yield _decided(_("The sponsor decides about the offering."))


def _steps_to_period(offering: Offering, latest: Enrollment | None) -> Iterator[Step]:
    name = {"offering": offering.code}
    if latest and latest.state == EnrollmentState.SUBMITTED:
        yield _decided(_("The sponsor decides about the enrollment."))
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
    yield _own(what % name, StepPage.PROGRAM)
    yield _decided(_("The sponsor decides about the enrollment."))


def _own(what: str, page: StepPage | None) -> Step:
    return Step(Enrolled.code, what, sentences.admin(), page)


def _decided(what: str) -> Step:
    return step_of_sponsor(Enrolled.code, what)

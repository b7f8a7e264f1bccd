"""The rules of the open offering, the running enrollment and the place."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.eligibility import days as eligibility_days
from enrollment.eligibility import sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.models import EnrollmentLine, LineState, Offering
from enrollment.models.states import GOOD_FOR_ITS_DAYS, EnrollmentState
from portal.findings import Finding
from portal.models.organizations import country_name
from portal.roles import Role


def offering_open(offering: Offering, day: date) -> Finding:
    """Tell whether the offering is open on a date."""
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
        _("Offering"),
        **sentences.dated(open_days(offering), day),
        found=found,
        needed=_("%(offering)s is open.") % {"offering": offering},
        fix="" if is_open else _("Choose an offering that is open."),
        who="" if is_open else sentences.sponsor(),
        code="offering",
    )


def open_days(offering: Offering) -> Days:
    return Days.between(offering.opens_on, offering.closes_on)


def enrolled(facts: Facts, offering: Offering, day: date) -> Finding:
    """Tell whether an enrollment for the offering runs on a date."""
    current = facts.enrollment_on(day)
    line = current.line_of(offering) if current else None
    if line and line.state == LineState.APPROVED:
        found, fix, who = _("Enrolled for %(name)s.") % {"name": offering.code}, "", ""
    elif current:
        found, fix, who = _why_not_included(offering, line)
    else:
        found, fix, who = _why_not_enrolled(facts, day)
    return Finding(
        _("Enrollment"),
        **sentences.dated(enrolled_days(facts, offering), day),
        found=found,
        needed=_("An enrollment for %(offering)s that runs on %(date)s.")
        % {"offering": offering.code, "date": sentences.words(day)},
        fix=fix,
        who=who,
        code="enrollment",
    )


def not_suspended(facts: Facts, day: date) -> Finding:
    """Tell whether the sponsor's suspension stands in the way of work on a date.

    A suspended period stands in the way until it is lifted, even past its own end, or
    until the sponsor has approved another that runs.
    """
    decided = (e for e in facts.enrollments if e.state in _DECIDED)
    suspended = facts.suspended_on(day) or next(decided, None)
    holds = (
        suspended is None
        or suspended.state != EnrollmentState.SUSPENDED
        or facts.enrollment_on(day) is not None
    )
    found, fix, who = _STANDSTILL[EnrollmentState.SUSPENDED]
    return Finding(
        _("No suspension"),
        holds=holds,
        found=_("The enrollment is not suspended.") if holds else str(found),
        needed=_("An enrollment that the sponsor has not suspended."),
        fix="" if holds else str(fix),
        who="" if holds else str(who),
        code="suspension",
    )


def enrolled_days(facts: Facts, offering: Offering) -> Days:
    """Return days of periods that include the offering; the latest period decides."""
    found = taken = eligibility_days.NEVER
    for each in facts.enrollments:
        if each.state in GOOD_FOR_ITS_DAYS:
            days = Days.between(each.starts_on, each.good_until) - taken
            line = each.line_of(offering)
            if line and line.state == LineState.APPROVED:
                found |= days
            taken |= days
    return found


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


def located(facts: Facts, country: str) -> Finding:
    """Tell whether the partner has a location in the country of delivery."""
    name, holds = {"country": country_name(country)}, country in facts.countries
    found = (
        _("A location in %(country)s.") if holds else _("No location in %(country)s.")
    )
    return Finding(
        _("Location"),
        holds=holds,
        found=found % name,
        needed=_("A location in the country of delivery: %(country)s.") % name,
        fix="" if holds else _("Add the location on the company page."),
        who="" if holds else sentences.admin(),
        code="location",
    )

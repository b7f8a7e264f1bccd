"""The rules of the open offering, the running enrollment and the place."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.facts import Facts
from enrollment.models import EnrollmentLine, LineState, Offering
from enrollment.models.enrollments import EnrollmentState
from enrollment.rules.words import admin, sponsor, words
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
            "date": words(offering.closes_on)
        }
    else:
        found = _("The offering opens on %(date)s.") % {
            "date": words(offering.opens_on)
        }
    return Finding(
        _("Offering"),
        holds=is_open,
        found=found,
        needed=_("%(offering)s is open.") % {"offering": offering},
        since=offering.opens_on if is_open else None,
        until=offering.closes_on if is_open else None,
        fix="" if is_open else _("Choose an offering that is open."),
        who="" if is_open else sponsor(),
    )


def enrolled(facts: Facts, offering: Offering, day: date) -> Finding:
    """Tell whether an enrollment for the offering runs on a date."""
    rule = _("Enrollment")
    needed = _("An enrollment for %(offering)s that runs on %(date)s.") % {
        "offering": offering.code,
        "date": words(day),
    }
    current = facts.enrollment_on(day)
    line = current.line_of(offering) if current else None
    if current and line and line.state == LineState.APPROVED:
        return Finding(
            rule,
            holds=True,
            found=_("Enrolled for %(offering)s.") % {"offering": offering.code},
            needed=needed,
            since=current.starts_on,
            until=current.good_until,
        )
    if current:
        found, fix, who = _why_not_included(offering, line)
        return Finding(rule, holds=False, found=found, needed=needed, fix=fix, who=who)
    found, fix, who = _why_not_enrolled(facts)
    return Finding(rule, holds=False, found=found, needed=needed, fix=fix, who=who)


def _why_not_included(
    offering: Offering, line: EnrollmentLine | None
) -> tuple[str, str, str]:
    named = {"offering": offering.code}
    if line is None:
        return (
            _("The enrollment does not include %(offering)s.") % named,
            _("Ask for this offering on the enrollment page."),
            admin(),
        )
    if line.state == LineState.REFUSED:
        return (
            _("The sponsor refused %(offering)s.") % named,
            _("Mend what the reason names and ask for the offering again."),
            admin(),
        )
    return (
        _("%(offering)s is in review.") % named,
        _("You get a mail when the sponsor has decided."),
        sponsor(),
    )


def _why_not_enrolled(facts: Facts) -> tuple[str, str, str]:
    suspended = (e for e in facts.enrollments if e.state == EnrollmentState.SUSPENDED)
    enrollment = next(suspended, facts.latest)
    if enrollment is None:
        return _("Not enrolled."), _("Enroll and choose this offering."), admin()
    if enrollment.state in _STANDSTILL:
        found, fix, who = _STANDSTILL[EnrollmentState(enrollment.state)]
        return str(found), str(fix), str(who)
    return (
        _("The enrollment period is %(start)s to %(end)s.")
        % {"start": words(enrollment.starts_on), "end": words(enrollment.ends_on)},
        _("Enroll for the period that you need."),
        admin(),
    )


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
    EnrollmentState.SUSPENDED: (
        gettext_lazy("The enrollment is suspended."),
        gettext_lazy("Settle with the sponsor what the mail about it names."),
        gettext_lazy("Sponsor"),
    ),
}


def located(facts: Facts, country: str) -> Finding:
    """Tell whether the partner has a location in the country of delivery."""
    words, holds = {"country": country_name(country)}, country in facts.countries
    found = (
        _("A location in %(country)s.") if holds else _("No location in %(country)s.")
    )
    return Finding(
        _("Location"),
        holds=holds,
        found=found % words,
        needed=_("A location in the country of delivery: %(country)s.") % words,
        fix="" if holds else _("Add the location on the company page."),
        who="" if holds else admin(),
    )

"""The rules of eligibility: each tells what was found, what is needed, what helps.

Pure: they read the facts they are given and rows that were loaded with them.
"""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.facts import Facts
from enrollment.models import (
    EngagementType,
    HeldCompetency,
    Level,
    Offering,
)
from enrollment.models.enrollments import EnrollmentState
from enrollment.models.proofs import ProofState
from portal import clock
from portal.findings import Finding
from portal.models.organizations import country_name
from portal.roles import Role
from portal.words import listed


def qualifying(
    facts: Facts, engagement_type: EngagementType, day: date
) -> list[HeldCompetency]:
    """List what qualifies on a date, verified first, then waiting for review."""
    minimum = _minimum(engagement_type)
    enough = [
        held
        for held in facts.held
        if held.level >= minimum.get(held.competency_id, Level.GOLD + 1)
        and held.is_valid(day)
    ]
    return sorted(enough, key=lambda held: held.state != ProofState.VERIFIED)


def _minimum(engagement_type: EngagementType) -> dict[int, int]:
    rules = engagement_type.qualifications.all()
    return {rule.competency_id: rule.minimum_level for rule in rules}


def competency_held(
    facts: Facts, engagement_type: EngagementType, day: date
) -> Finding:
    """Tell which verified competency qualifies on a date, or why none does."""
    enough = qualifying(facts, engagement_type, day)
    best = enough[0] if enough else None
    rule, needed = _("Competency"), _needed(engagement_type)
    if best is None:
        found, fix = _why_not_competent(facts, engagement_type, day)
        return Finding(
            rule, holds=False, found=found, needed=needed, fix=fix, who=_admin()
        )
    if best.state != ProofState.VERIFIED:
        return Finding(
            rule,
            holds=False,
            found=_("%(held)s waits for review.") % {"held": best},
            needed=needed,
            fix=_("The sponsor checks the proof. You get a mail when it is done."),
            who=_sponsor(),
        )
    return Finding(
        rule,
        holds=True,
        found=_("%(held)s, verified.") % {"held": best},
        needed=needed,
        since=best.valid_from,
        until=best.valid_until,
    )


def _needed(engagement_type: EngagementType) -> str:
    rules = [str(rule) for rule in engagement_type.qualifications.all()]
    if len(rules) == 1:
        return rules[0]
    return _("One of: %(competencies)s.") % {"competencies": listed(rules)}


def _why_not_competent(
    facts: Facts, engagement_type: EngagementType, day: date
) -> tuple[str, str]:
    minimum = _minimum(engagement_type)
    near = [held for held in facts.held if held.competency_id in minimum]
    high = [held for held in near if held.level >= minimum[held.competency_id]]
    if high:
        return _out_of_dates(high[0], day)
    if near:
        return (
            _("%(held)s: the level is too low.") % {"held": near[0]},
            _("Reach the level that is needed and add it with its proof."),
        )
    return (
        _("Your company has added none of the competencies that qualify."),
        _("Add a competency with its proof."),
    )


def _out_of_dates(held: HeldCompetency, day: date) -> tuple[str, str]:
    if held.valid_until < day:
        return (
            _("%(held)s ended on %(date)s.")
            % {"held": held, "date": _words(held.valid_until)},
            _("Renew the competency and add it with its new dates."),
        )
    return (
        _("%(held)s starts on %(date)s.")
        % {"held": held, "date": _words(held.valid_from)},
        _("Wait for that date, or add another competency."),
    )


def offering_open(offering: Offering, day: date) -> Finding:
    """Tell whether the offering is open on a date."""
    is_open = offering.is_open(day)
    if is_open:
        found = _("The offering is open.")
    elif offering.closes_on and offering.closes_on < day:
        found = _("The offering closed on %(date)s.") % {
            "date": _words(offering.closes_on)
        }
    else:
        found = _("The offering opens on %(date)s.") % {
            "date": _words(offering.opens_on)
        }
    return Finding(
        _("Offering"),
        holds=is_open,
        found=found,
        needed=_("%(offering)s is open.") % {"offering": offering},
        since=offering.opens_on if is_open else None,
        until=offering.closes_on if is_open else None,
        fix="" if is_open else _("Choose an offering that is open."),
        who="" if is_open else _sponsor(),
    )


def agreement_signed(facts: Facts, day: date) -> Finding:
    """Tell whether the version of the agreement in force on a date is signed."""
    rule, agreement = _("Program agreement"), facts.agreement_on(day)
    if agreement is None:
        return Finding(
            rule,
            holds=False,
            found=_("The sponsor has not published the agreement yet."),
            needed=_("A signed program agreement."),
            fix=_("The sponsor publishes the agreement; then you can sign it."),
            who=_sponsor(),
        )
    signature = facts.signature_on(day)
    needed = _("A signature under version %(version)s.") % {
        "version": agreement.version
    }
    if signature is None:
        return Finding(
            rule,
            holds=False,
            found=_("Version %(version)s is not signed.")
            % {"version": agreement.version},
            needed=needed,
            fix=_("Read the program agreement and sign it."),
            who=_admin(),
        )
    found = _("Signed by %(name)s.") % {"name": signature.signer_name}
    since = clock.day_of(signature.signed_at, facts.partner.time_zone)
    return Finding(rule, holds=True, found=found, needed=needed, since=since)


def enrolled(facts: Facts, offering: Offering, day: date) -> Finding:
    """Tell whether an enrollment for the offering runs on a date."""
    rule = _("Enrollment")
    needed = _("An enrollment for %(offering)s that runs on %(date)s.") % {
        "offering": offering.code,
        "date": _words(day),
    }
    current = facts.enrollment_on(day)
    if current and offering in current.offerings.all():
        return Finding(
            rule,
            holds=True,
            found=_("Enrolled for %(offering)s.") % {"offering": offering.code},
            needed=needed,
            since=current.starts_on,
            until=current.ends_on,
        )
    if current:
        return Finding(
            rule,
            holds=False,
            found=_("The enrollment does not include %(offering)s.")
            % {"offering": offering.code},
            needed=needed,
            fix=_("Choose this offering when you enroll for the next period."),
            who=_admin(),
        )
    found, fix, who = _why_not_enrolled(facts)
    return Finding(rule, holds=False, found=found, needed=needed, fix=fix, who=who)


def _why_not_enrolled(facts: Facts) -> tuple[str, str, str]:
    suspended = (e for e in facts.enrollments if e.state == EnrollmentState.SUSPENDED)
    enrollment = next(suspended, facts.latest)
    if enrollment is None:
        return _("Not enrolled."), _("Enroll and choose this offering."), _admin()
    if enrollment.state in _STANDSTILL:
        found, fix, who = _STANDSTILL[EnrollmentState(enrollment.state)]
        return str(found), str(fix), str(who)
    return (
        _("The enrollment period is %(start)s to %(end)s.")
        % {"start": _words(enrollment.starts_on), "end": _words(enrollment.ends_on)},
        _("Enroll for the period that you need."),
        _admin(),
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
        who="" if holds else _admin(),
    )


def _words(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def _admin() -> str:
    return str(Role.PARTNER_ADMIN.label)


def _sponsor() -> str:
    return _("Sponsor")

"""What an enrollment needs before it can be sent, and before it can be approved."""

from datetime import date

from django.utils.translation import gettext as _

from enrollment.eligibility import judge_company
from enrollment.facts import Facts
from enrollment.models import Enrollment, Offering
from enrollment.rules import agreement_signed, competency_held, qualifying
from portal.findings import Finding
from portal.roles import Duty, Role
from portal.words import listed


def choosable(facts: Facts, offering: Offering, day: date) -> Finding:
    """Tell whether a partner may enroll in an offering: claimed competencies count."""
    types = offering.engagement_types.all()
    is_open = offering.is_open(day)
    covered = [each for each in types if qualifying(facts, each, day)]
    if not is_open:
        found = _("The offering is not open.")
    elif covered:
        found = _("Your competencies cover %(names)s.") % {"names": listed(covered)}
    else:
        found = _("Your competencies cover none of its engagement types.")
    return Finding(
        offering.name,
        holds=bool(is_open and covered),
        found=found,
        needed=_("A competency for one of its engagement types."),
        fix=_("Add a competency with its proof.") if is_open else "",
        who=str(Role.PARTNER_ADMIN.label),
    )


def complete(facts: Facts, enrollment: Enrollment, day: date) -> list[Finding]:
    """Tell what an enrollment still lacks before it can be sent."""
    chosen = [str(offering) for offering in enrollment.chosen]
    offerings = Finding(
        _("Offerings"),
        holds=bool(chosen),
        found=listed(chosen) or _("No offering is chosen."),
        needed=_("At least one offering."),
        fix="" if chosen else _("Choose your offerings."),
        who=str(Role.PARTNER_ADMIN.label),
    )
    return [*judge_company(facts, day), agreement_signed(facts, day), offerings]


def offerings_qualified(
    facts: Facts, enrollment: Enrollment, day: date
) -> list[Finding]:
    """Tell of each chosen offering whether a verified competency stands behind it."""
    prefetched = enrollment.offerings.prefetch_related(
        "engagement_types__qualifications__competency"
    )
    return [_qualified(facts, offering, day) for offering in prefetched]


def _qualified(facts: Facts, offering: Offering, day: date) -> Finding:
    covered = [
        each
        for each in offering.engagement_types.all()
        if competency_held(facts, each, day).holds
    ]
    return Finding(
        offering.name,
        holds=bool(covered),
        found=_("Verified competencies cover %(names)s.") % {"names": listed(covered)}
        if covered
        else _("No verified competency covers one of its engagement types."),
        needed=_("A verified competency for one of its engagement types."),
        fix=""
        if covered
        else _("Verify a competency first, or return the enrollment."),
        who=str(Duty.ENROLLMENT_REVIEWER.label),
    )

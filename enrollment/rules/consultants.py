"""The rule of the consultant who has passed an exam of the competency."""

from datetime import date

from django.utils.translation import gettext as _

from enrollment.facts import Facts
from enrollment.models import (
    Certificate,
    Competency,
    EngagementType,
    RequirementKind,
)
from enrollment.models.proofs import ProofState
from enrollment.rules.companies import asked_days, not_asked
from enrollment.rules.competencies import qualified_days, qualifying
from enrollment.rules.words import admin, consultant, dated, sponsor, words
from enrollment.spans import Days, any_of
from portal.findings import Finding
from portal.words import listed


def consultant_certified(
    facts: Facts, engagement_type: EngagementType, day: date
) -> Finding:
    """Tell whether one consultant at least may lead the work on a date [SEED]."""
    rule, days = _("Consultant"), staffed_days(facts, engagement_type)
    if day not in asked_days(facts, RequirementKind.CONSULTANT):
        return not_asked(rule, facts, RequirementKind.CONSULTANT, days, day)
    asked = competencies_to_show(facts, engagement_type, day)
    exams = {exam for each in asked for exam in facts.exams_of(each, day)}
    without = [each for each in asked if not facts.exams_of(each, day)]
    good = proving(facts, engagement_type, day)
    fix = who = ""
    if good:
        best = good[0]
        words = {"name": best.consultant, "exam": best.exam.code}
        found = _("%(name)s passed %(exam)s.") % words
    elif without or not asked:
        found = _("The sponsor names no exam for it yet.")
    else:
        found, fix, who = _why_none(facts, exams, day)
    return Finding(
        rule,
        **dated(days, day),
        found=found,
        needed=_("A consultant with an exam of %(competencies)s.")
        % {"competencies": listed(asked)},
        fix=fix,
        who=who,
        code="consultant",
    )


def staffed_days(facts: Facts, engagement_type: EngagementType) -> Days:
    """Give the days on which a consultant is certified, or none is asked for.

    Exams of what the company holds count; while it holds nothing that qualifies, those
    of what it waits for; else those of whatever would qualify.
    """
    verified = qualified_days(facts, engagement_type, ProofState.VERIFIED)
    claimed = qualified_days(facts, engagement_type, ProofState.CLAIMED)
    named: dict[int, Days] = dict.fromkeys(verified, Days())
    for rule in engagement_type.qualifications.all():
        in_force = Days.between(rule.valid_from, rule.valid_until)
        named[rule.competency_id] |= in_force
    shown = {each: _shown_days(facts, each) for each in named}
    found, passed_over = ~any_of(named.values()), Days()
    for held in (verified, claimed, named):
        found |= any_of(held[each] & shown[each] for each in held) - passed_over
        passed_over |= any_of(held.values())
    return found | ~asked_days(facts, RequirementKind.CONSULTANT)


def _shown_days(facts: Facts, competency_id: int) -> Days:
    """Give the days on which an exam of a competency is passed, or none is named."""
    rules = [each for each in facts.exam_rules if each.competency_id == competency_id]
    in_force = [Days.between(each.valid_from, each.valid_until) for each in rules]
    passed = [
        days & facts.days_passed(rule.exam_id)
        for rule, days in zip(rules, in_force, strict=True)
    ]
    return any_of(passed) | ~any_of(in_force)


def competencies_to_show(
    facts: Facts, engagement_type: EngagementType, day: date
) -> list[Competency]:
    """List whose exams count: what the company holds, else whatever would qualify."""
    held = qualifying(facts, engagement_type, day)
    best = [each for each in held if each.state == held[0].state]
    if best:
        return list({each.competency_id: each.competency for each in best}.values())
    rules = engagement_type.qualifications.all()
    return [rule.competency for rule in rules if rule.is_in_force(day)]


def proving(
    facts: Facts, engagement_type: EngagementType, day: date
) -> list[Certificate]:
    """List the certificates that count for an engagement type, the longest first."""
    asked = competencies_to_show(facts, engagement_type, day)
    exams = {exam for each in asked for exam in facts.exams_of(each, day)}
    good = [
        each
        for each in facts.certificates
        if each.exam_id in exams
        and each.state == ProofState.VERIFIED
        and each.is_valid(day)
        and each.consultant.works_on(day)
    ]
    return sorted(good, key=lambda each: good_until(each) or date.max, reverse=True)


def good_until(certificate: Certificate) -> date | None:
    """Give the last day on which a certificate and its consultant both serve."""
    ends = [day for day in (certificate.ends_on, certificate.consultant.until) if day]
    return min(ends, default=None)


def _why_none(facts: Facts, exams: set[int], day: date) -> tuple[str, str, str]:
    passed = [each for each in facts.certificates if each.exam_id in exams]
    here = [each for each in passed if each.consultant.works_on(day)]
    claimed = [each for each in here if each.state == ProofState.CLAIMED]
    if claimed:
        return (
            _("%(certificate)s waits for review.") % {"certificate": claimed[0]},
            _("The sponsor checks the proof. You get a mail when it is done."),
            sponsor(),
        )
    if here:
        ended = max(here, key=lambda each: each.ends_on or date.max)
        return (
            _("%(certificate)s does not count on %(date)s.")
            % {"certificate": ended, "date": words(day)},
            _("Let a consultant pass the exam anew and add it with its proof."),
            consultant(),
        )
    return _why_nobody(facts, passed, day)


def _why_nobody(
    facts: Facts, passed: list[Certificate], day: date
) -> tuple[str, str, str]:
    if passed:
        return (
            _("%(name)s has left your company.") % {"name": passed[0].consultant},
            _("Let another consultant pass an exam and add it with its proof."),
            consultant(),
        )
    if any(each.works_on(day) for each in facts.consultants):
        return (
            _("No consultant of your company has added such an exam."),
            _("Let a consultant add a passed exam with its proof."),
            consultant(),
        )
    return (
        _("No consultant has confirmed to work for your company."),
        _("Invite a consultant, who confirms and adds a passed exam."),
        admin(),
    )

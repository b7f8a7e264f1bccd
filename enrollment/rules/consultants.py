"""The rule of the consultant who has passed an exam of the competency."""

from datetime import date

from django.utils.translation import gettext as _

from enrollment.facts import Facts
from enrollment.models import Certificate, Competency, EngagementType
from enrollment.models.proofs import ProofState
from enrollment.rules.competencies import qualifying
from enrollment.rules.words import admin, consultant, sponsor, words
from portal.findings import Finding
from portal.words import listed


def consultant_certified(
    facts: Facts, engagement_type: EngagementType, day: date
) -> Finding:
    """Tell whether one consultant at least may lead the work on a date [SEED]."""
    asked = competencies_to_show(facts, engagement_type, day)
    exams = {exam for each in asked for exam in facts.exams_of(each, day)}
    rule = _("Consultant")
    needed = _("A consultant with an exam of %(competencies)s.") % {
        "competencies": listed(asked)
    }
    if not exams:
        found = _("The sponsor names no exam for it yet.")
        return Finding(rule, holds=True, found=found, needed=needed)
    good = proving(facts, engagement_type, day)
    if good:
        best = good[0]
        return Finding(
            rule,
            holds=True,
            found=_("%(name)s passed %(exam)s.")
            % {"name": best.consultant, "exam": best.exam.code},
            needed=needed,
            since=best.passed_on,
            until=good_until(best),
        )
    found, fix, who = _why_none(facts, exams, day)
    return Finding(rule, holds=False, found=found, needed=needed, fix=fix, who=who)


def competencies_to_show(
    facts: Facts, engagement_type: EngagementType, day: date
) -> list[Competency]:
    """List whose exams count: what the company holds, else whatever would qualify."""
    held = {
        each.competency_id: each for each in qualifying(facts, engagement_type, day)
    }
    if held:
        return [each.competency for each in held.values()]
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

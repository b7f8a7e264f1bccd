"""The rule of the competency that qualifies, at the level that is needed."""

from datetime import date

from django.utils.translation import gettext as _

from enrollment.eligibility import days, sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.models import EngagementType, HeldCompetency, Level, Qualification
from enrollment.models.competencies import ProofState
from portal.findings import Finding
from portal.text import listed


def qualifying(
    facts: Facts, engagement_type: EngagementType, day: date
) -> list[HeldCompetency]:
    """List what qualifies on a date, verified first, then waiting for review."""
    minimum = _minimum(engagement_type, day)
    enough = [
        held
        for held in facts.held
        if held.level >= minimum.get(held.competency_id, Level.GOLD + 1)
        and held.counts_on(day)
    ]
    return sorted(enough, key=lambda held: held.state != ProofState.VERIFIED)


def rules_on(engagement_type: EngagementType, day: date) -> list[Qualification]:
    """List the qualifications of an engagement type that are in force on a date."""
    rules = engagement_type.qualifications.all()
    return [rule for rule in rules if rule.is_in_force(day)]


def _minimum(engagement_type: EngagementType, day: date) -> dict[int, int]:
    rules = rules_on(engagement_type, day)
    return {rule.competency_id: rule.minimum_level for rule in rules}


def qualified_days(
    facts: Facts, engagement_type: EngagementType, state: str = ProofState.VERIFIED
) -> dict[int, Days]:
    """Give, by competency, the days on which what the company holds of it qualifies."""
    found: dict[int, Days] = {}
    for rule in engagement_type.qualifications.all():
        in_force = Days.between(rule.valid_from, rule.valid_until)
        held = days.any_of(
            Days.between(each.valid_from, each.counts_until)
            for each in facts.held
            if each.competency_id == rule.competency_id
            and each.level >= rule.minimum_level
            and each.state == state
        )
        found[rule.competency_id] = found.get(rule.competency_id, days.NEVER) | (
            held & in_force
        )
    return found


def competent_days(facts: Facts, engagement_type: EngagementType) -> Days:
    """Return the days on which a verified competency qualifies."""
    return days.any_of(qualified_days(facts, engagement_type).values())


def competency_held(
    facts: Facts, engagement_type: EngagementType, day: date
) -> Finding:
    """Tell which verified competency qualifies on a date, or why none does."""
    enough = qualifying(facts, engagement_type, day)
    verified = [each for each in enough if each.state == ProofState.VERIFIED]
    if verified:
        best = max(verified, key=lambda held: held.counts_until)
        found, fix, who = _verified(best, day), _renew_soon(best, day), ""
    elif enough:
        found = _("%(held)s waits for review.") % {"held": enough[0]}
        fix = _("The sponsor checks the proof. You get a mail when it is done.")
        who = sentences.sponsor()
    else:
        found, fix = _why_not_competent(facts, engagement_type, day)
        who = sentences.admin()
    return Finding(
        _("Competency"),
        **sentences.dated(competent_days(facts, engagement_type), day),
        found=found,
        needed=_needed(engagement_type, day),
        fix=fix,
        who=who,
        code="competency",
    )


def _verified(held: HeldCompetency, day: date) -> str:
    if held.is_valid(day):
        return _("%(held)s, verified.") % {"held": held}
    return _("%(held)s ended on %(end)s and counts until %(date)s.") % {
        "held": held,
        "end": sentences.words(held.valid_until),
        "date": sentences.words(held.counts_until),
    }


def _renew_soon(held: HeldCompetency, day: date) -> str:
    return "" if held.is_valid(day) else _("Renew it before that date has passed.")


def _needed(engagement_type: EngagementType, day: date) -> str:
    rules = [str(rule) for rule in rules_on(engagement_type, day)]
    if not rules:
        return _("A competency that the sponsor has yet to name.")
    if len(rules) == 1:
        return rules[0]
    return _("One of: %(competencies)s.") % {"competencies": listed(rules)}


def _why_not_competent(
    facts: Facts, engagement_type: EngagementType, day: date
) -> tuple[str, str]:
    minimum = _minimum(engagement_type, day)
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
    if held.counts_until < day:
        return (
            _("%(held)s ended on %(date)s.")
            % {"held": held, "date": sentences.words(held.valid_until)},
            _("Renew the competency and add it with its new dates."),
        )
    return (
        _("%(held)s starts on %(date)s.")
        % {"held": held, "date": sentences.words(held.valid_from)},
        _("Wait for that date, or add another competency."),
    )

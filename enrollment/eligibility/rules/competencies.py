"""The rule of the competency that qualifies, at the level that is needed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.eligibility import days, sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rule import (
    Demand,
    EngagementTypeRule,
    Step,
    StepPage,
    step_of_sponsor,
)
from enrollment.models import HeldCompetency, Level, Qualification
from enrollment.models.competencies import ProofState
from portal.findings import Finding
from portal.text import listed

BEGINNING, IN_FORCE = "beginning", "rule in force"


class CompetencyHeld(EngagementTypeRule):
    """Which verified competency qualifies on a date, or why none does."""

    code = "competency"
    title = gettext_lazy("Competency")

    def days(self, facts: Facts, asked: Demand) -> Days:
        return days.any_of(qualified_days(facts, asked.qualifications).values())

    def finding(self, facts: Facts, asked: Demand, day: date) -> Finding:
        enough = qualifying(facts, asked.qualifications, day)
        verified = [each for each in enough if each.state == ProofState.VERIFIED]
        if verified:
            best = max(verified, key=lambda held: held.counts_until)
            found, fix, who = _verified(best, day), _renew_soon(best, day), ""
        elif enough:
            found = _("%(held)s waits for review.") % {"held": enough[0]}
            fix = _("The sponsor checks the proof. You get a mail when it is done.")
            who = sentences.sponsor()
        else:
            found, fix = _why_not_competent(facts, asked.qualifications, day)
            who = sentences.admin()
        needed = _needed(asked.qualifications, day)
        return Finding(
            **self.dated(facts, asked, day),
            found=found,
            needed=needed,
            fix=fix,
            who=who,
        )

    def steps(self, facts: Facts, asked: Demand, day: date) -> Iterator[Step]:
        ways = [list(_steps_by(facts, each, day)) for each in asked.qualifications]
        yield from min(ways, key=len, default=[no_competency_named()])


def qualifying(
    facts: Facts, qualifications: Iterable[Qualification], day: date
) -> list[HeldCompetency]:
    """List what qualifies on a date, verified first, then waiting for review."""
    minimum = _minimum(qualifications, day)
    enough = [
        held
        for held in facts.held
        if held.level >= minimum.get(held.competency_id, Level.GOLD + 1)
        and held.counts_on(day)
    ]
    return sorted(enough, key=lambda held: held.state != ProofState.VERIFIED)


def _minimum(qualifications: Iterable[Qualification], day: date) -> dict[int, int]:
    return {
        each.competency_id: each.minimum_level
        for each in qualifications
        if each.is_in_force(day)
    }


def qualified_days(
    facts: Facts,
    qualifications: Iterable[Qualification],
    state: str = ProofState.VERIFIED,
) -> dict[int, Days]:
    """Give, by competency, the days on which what the company holds of it qualifies."""
    found: dict[int, Days] = defaultdict(Days)
    for rule in qualifications:
        held = days.any_of(
            Days.between(each.valid_from, each.counts_until)
            for each in facts.held
            if each.competency_id == rule.competency_id
            and each.level >= rule.minimum_level
            and each.state == state
        )
        in_force = Days.between(rule.valid_from, rule.valid_until)
        found[rule.competency_id] |= held & in_force
    return found


def days_in_force(qualifications: Iterable[Qualification]) -> dict[int, Days]:
    """Return, by competency, the days on which it is named."""
    found: dict[int, Days] = defaultdict(Days)
    for rule in qualifications:
        found[rule.competency_id] |= Days.between(rule.valid_from, rule.valid_until)
    return found


def no_competency_named() -> Step:
    what = _("The sponsor names the competencies that qualify.")
    return step_of_sponsor(CompetencyHeld.code, what)


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


def _needed(qualifications: Iterable[Qualification], day: date) -> str:
    rules = [str(each) for each in qualifications if each.is_in_force(day)]
    if not rules:
        return _("A competency that the sponsor has yet to name.")
    if len(rules) == 1:
        return rules[0]
    return _("One of: %(competencies)s.") % {"competencies": listed(rules)}


def _why_not_competent(
    facts: Facts, qualifications: Iterable[Qualification], day: date
) -> tuple[str, str]:
    minimum = _minimum(qualifications, day)
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


def _steps_by(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
    if rule.valid_from and day < rule.valid_from:
        what = _("%(rule)s qualifies from %(date)s on.")
        named = {"rule": rule, "date": sentences.words(rule.valid_from)}
        yield Step(IN_FORCE, what % named, on=rule.valid_from)
        return
    if rule.valid_until and rule.valid_until < day:
        what = _(
            "%(rule)s qualifies until %(date)s only: the sponsor would prolong it."
        )
        named = {"rule": rule, "date": sentences.words(rule.valid_until)}
        yield step_of_sponsor(CompetencyHeld.code, what % named)
        return
    yield from _steps_to_hold(facts, rule, day)


def _steps_to_hold(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
    enough = [
        each
        for each in facts.held
        if each.competency_id == rule.competency_id
        and each.level >= rule.minimum_level
        and each.counts_until >= day
    ]
    verified = [each for each in enough if each.state == ProofState.VERIFIED]
    claimed = [each for each in enough if each.state == ProofState.CLAIMED]
    if verified:
        yield from _begun(verified, day)
    elif claimed:
        yield from _reviewed(claimed, day)
    else:
        yield from _added(facts, rule)


def _begun(verified: list[HeldCompetency], day: date) -> Iterator[Step]:
    begins = days.any_of(Days.between(h.valid_from, h.counts_until) for h in verified)
    first = begins.first_from(day)
    if first and first > day:
        what = _("%(held)s begins on %(date)s.")
        named = {"held": verified[0], "date": sentences.words(first)}
        yield Step(CompetencyHeld.code, what % named, on=first)


def _reviewed(claimed: list[HeldCompetency], day: date) -> Iterator[Step]:
    held = min(claimed, key=lambda each: each.valid_from)
    what = _("The sponsor checks the proof of %(held)s.") % {"held": held}
    yield step_of_sponsor(CompetencyHeld.code, what)
    if day < held.valid_from:
        what = _("%(held)s begins on %(date)s.")
        named = {"held": held, "date": sentences.words(held.valid_from)}
        yield Step(BEGINNING, what % named, on=held.valid_from)


def _added(facts: Facts, rule: Qualification) -> Iterator[Step]:
    own = [h for h in facts.held if h.competency_id == rule.competency_id]
    ended = [h for h in own if h.level >= rule.minimum_level]
    if ended:
        key = f"renew={ended[0].pk}"
        what = _("Renew %(held)s and add it with its new proof.") % {"held": ended[0]}
    else:
        key = f"competency={rule.competency_id}"
        what = _("Reach and add %(rule)s with its proof.") % {"rule": rule}
    yield Step(CompetencyHeld.code, what, sentences.admin(), StepPage.COMPETENCY, key)
    yield step_of_sponsor(CompetencyHeld.code, _("The sponsor checks its proof."))

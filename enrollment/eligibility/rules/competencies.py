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
from portal.findings import Words
from portal.text import join_words

BEGINNING, IN_FORCE = "beginning", "rule in force"


class CompetencyHeld(EngagementTypeRule):
    """Which verified competency qualifies on a date, or why none does."""

    code = "competency"
    title = gettext_lazy("Competency")

    def days(self, facts: Facts, demand: Demand) -> Days:
        return days.any_of(qualified_days(facts, demand.qualifications).values())

    def words(self, facts: Facts, demand: Demand, day: date) -> Words:
        enough = qualifying_competencies(facts, demand.qualifications, day)
        verified = [
            held_competency
            for held_competency in enough
            if held_competency.state == ProofState.VERIFIED
        ]
        if verified:
            best = max(
                verified, key=lambda held_competency: held_competency.counts_until
            )
            found, fix, who = _verified_text(best, day), _renew_soon(best, day), ""
        elif enough:
            found = _("%(held)s waits for review.") % {"held": enough[0]}
            fix = _("The sponsor checks the proof. You get a mail when it is done.")
            who = sentences.sponsor()
        else:
            found, fix = _why_not_competent(facts, demand.qualifications, day)
            who = sentences.admin()
        return Words(found, _needed_text(demand.qualifications, day), fix, who)

    def steps(self, facts: Facts, demand: Demand, day: date) -> Iterator[Step]:
        ways = [
            list(_steps_by(facts, qualification, day))
            for qualification in demand.qualifications
        ]
        yield from min(ways, key=len, default=[no_competency_named()])


def qualifying_competencies(
    facts: Facts, qualifications: Iterable[Qualification], day: date
) -> list[HeldCompetency]:
    """List what qualifies on a date, verified first, then waiting for review."""
    minimum = _minimum(qualifications, day)
    enough = [
        held_competency
        for held_competency in facts.held_competencies
        if held_competency.level
        >= minimum.get(held_competency.competency_id, Level.GOLD + 1)
        and held_competency.counts_on(day)
    ]
    return sorted(
        enough, key=lambda held_competency: held_competency.state != ProofState.VERIFIED
    )


def _minimum(qualifications: Iterable[Qualification], day: date) -> dict[int, int]:
    return {
        qualification.competency_id: qualification.minimum_level
        for qualification in qualifications
        if qualification.is_in_force(day)
    }


def qualified_days(
    facts: Facts,
    qualifications: Iterable[Qualification],
    state: str = ProofState.VERIFIED,
) -> dict[int, Days]:
    """Return, by competency, the days on which what the company holds qualifies."""
    days_by_competency: dict[int, Days] = defaultdict(Days)
    for rule in qualifications:
        days_held = days.any_of(
            Days.between(held_competency.valid_from, held_competency.counts_until)
            for held_competency in facts.held_competencies
            if held_competency.competency_id == rule.competency_id
            and held_competency.level >= rule.minimum_level
            and held_competency.state == state
        )
        in_force = Days.between(rule.valid_from, rule.valid_until)
        days_by_competency[rule.competency_id] |= days_held & in_force
    return days_by_competency


def days_in_force(qualifications: Iterable[Qualification]) -> dict[int, Days]:
    """Return, by competency, the days on which it is named."""
    days_by_competency: dict[int, Days] = defaultdict(Days)
    for rule in qualifications:
        days_by_competency[rule.competency_id] |= Days.between(
            rule.valid_from, rule.valid_until
        )
    return days_by_competency


def no_competency_named() -> Step:
    what = _("The sponsor names the competencies that qualify.")
    return step_of_sponsor(CompetencyHeld.code, what)


def _verified_text(held_competency: HeldCompetency, day: date) -> str:
    if held_competency.is_valid(day):
        return _("%(held)s, verified.") % {"held": held_competency}
    return _("%(held)s ended on %(end)s and counts until %(date)s.") % {
        "held": held_competency,
        "end": sentences.words(held_competency.valid_until),
        "date": sentences.words(held_competency.counts_until),
    }


def _renew_soon(held_competency: HeldCompetency, day: date) -> str:
    return (
        ""
        if held_competency.is_valid(day)
        else _("Renew it before that date has passed.")
    )


def _needed_text(qualifications: Iterable[Qualification], day: date) -> str:
    rules = [
        str(qualification)
        for qualification in qualifications
        if qualification.is_in_force(day)
    ]
    if not rules:
        return _("A competency that the sponsor has yet to name.")
    if len(rules) == 1:
        return rules[0]
    return _("One of: %(competencies)s.") % {"competencies": join_words(rules)}


def _why_not_competent(
    facts: Facts, qualifications: Iterable[Qualification], day: date
) -> tuple[str, str]:
    minimum = _minimum(qualifications, day)
    near = [
        held_competency
        for held_competency in facts.held_competencies
        if held_competency.competency_id in minimum
    ]
    high = [
        held_competency
        for held_competency in near
        if held_competency.level >= minimum[held_competency.competency_id]
    ]
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


def _out_of_dates(held_competency: HeldCompetency, day: date) -> tuple[str, str]:
    if held_competency.counts_until < day:
        return (
            _("%(held)s ended on %(date)s.")
            % {
                "held": held_competency,
                "date": sentences.words(held_competency.valid_until),
            },
            _("Renew the competency and add it with its new dates."),
        )
    return (
        _("%(held)s starts on %(date)s.")
        % {
            "held": held_competency,
            "date": sentences.words(held_competency.valid_from),
        },
        _("Wait for that date, or add another competency."),
    )


def _steps_by(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
    if rule.valid_from and day < rule.valid_from:
        what = _("%(rule)s qualifies from %(date)s on.")
        words = {"rule": rule, "date": sentences.words(rule.valid_from)}
        yield Step(IN_FORCE, what % words, on=rule.valid_from)
        return
    if rule.valid_until and rule.valid_until < day:
        what = _(
            "%(rule)s qualifies until %(date)s only: the sponsor would prolong it."
        )
        words = {"rule": rule, "date": sentences.words(rule.valid_until)}
        yield step_of_sponsor(CompetencyHeld.code, what % words)
        return
    yield from _steps_to_hold(facts, rule, day)


def _steps_to_hold(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
    enough = [
        held_competency
        for held_competency in facts.held_competencies
        if held_competency.competency_id == rule.competency_id
        and held_competency.level >= rule.minimum_level
        and held_competency.counts_until >= day
    ]
    verified = [
        held_competency
        for held_competency in enough
        if held_competency.state == ProofState.VERIFIED
    ]
    claimed = [
        held_competency
        for held_competency in enough
        if held_competency.state == ProofState.CLAIMED
    ]
    if verified:
        yield from _steps_until_begin(verified, day)
    elif claimed:
        yield from _steps_of_review(claimed, day)
    else:
        yield from _steps_to_add(facts, rule)


def _steps_until_begin(verified: list[HeldCompetency], day: date) -> Iterator[Step]:
    begins = days.any_of(Days.between(h.valid_from, h.counts_until) for h in verified)
    first = begins.first_from(day)
    if first and first > day:
        what = _("%(held)s begins on %(date)s.")
        words = {"held": verified[0], "date": sentences.words(first)}
        yield Step(CompetencyHeld.code, what % words, on=first)


def _steps_of_review(claimed: list[HeldCompetency], day: date) -> Iterator[Step]:
    first_claim = min(claimed, key=lambda claim: claim.valid_from)
    what = _("The sponsor checks the proof of %(held)s.") % {"held": first_claim}
    yield step_of_sponsor(CompetencyHeld.code, what)
    if day < first_claim.valid_from:
        what = _("%(held)s begins on %(date)s.")
        words = {"held": first_claim, "date": sentences.words(first_claim.valid_from)}
        yield Step(BEGINNING, what % words, on=first_claim.valid_from)


def _steps_to_add(facts: Facts, rule: Qualification) -> Iterator[Step]:
    own = [h for h in facts.held_competencies if h.competency_id == rule.competency_id]
    ended = [h for h in own if h.level >= rule.minimum_level]
    if ended:
        key = f"renew={ended[0].pk}"
        what = _("Renew %(held)s and add it with its new proof.") % {"held": ended[0]}
    else:
        key = f"competency={rule.competency_id}"
        what = _("Reach and add %(rule)s with its proof.") % {"rule": rule}
    yield Step(CompetencyHeld.code, what, sentences.admin(), StepPage.COMPETENCY, key)
    yield step_of_sponsor(CompetencyHeld.code, _("The sponsor checks its proof."))

"""Steps to the competency of one qualification."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from enrollment.facts import Facts
from enrollment.models import HeldCompetency, Qualification
from enrollment.models.proofs import ProofState
from enrollment.rules.words import admin, words
from enrollment.spans import Days, any_of
from enrollment.steps.step import Page, Step, checked_by_sponsor

COMPETENCY, BEGINNING, IN_FORCE = "competency", "beginning", "rule in force"


def competency(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
    if rule.valid_from and day < rule.valid_from:
        what = _("%(rule)s qualifies from %(date)s on.")
        named = {"rule": rule, "date": words(rule.valid_from)}
        yield Step(IN_FORCE, what % named, on=rule.valid_from)
        return
    if rule.valid_until and rule.valid_until < day:
        what = _(
            "%(rule)s qualifies until %(date)s only: the sponsor would prolong it."
        )
        named = {"rule": rule, "date": words(rule.valid_until)}
        yield checked_by_sponsor(COMPETENCY, what % named)
        return
    yield from _held(facts, rule, day)


def _held(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
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
        yield from _checked(claimed, day)
    else:
        yield from _added(facts, rule)


def _begun(verified: list[HeldCompetency], day: date) -> Iterator[Step]:
    begins = any_of(Days.between(h.valid_from, h.counts_until) for h in verified)
    first = begins.first_from(day)
    if first and first > day:
        what = _("%(held)s begins on %(date)s.")
        named = {"held": verified[0], "date": words(first)}
        yield Step(COMPETENCY, what % named, on=first)


def _checked(claimed: list[HeldCompetency], day: date) -> Iterator[Step]:
    held = min(claimed, key=lambda each: each.valid_from)
    what = _("The sponsor checks the proof of %(held)s.") % {"held": held}
    yield checked_by_sponsor(COMPETENCY, what)
    if day < held.valid_from:
        what = _("%(held)s begins on %(date)s.")
        named = {"held": held, "date": words(held.valid_from)}
        yield Step(BEGINNING, what % named, on=held.valid_from)


def _added(facts: Facts, rule: Qualification) -> Iterator[Step]:
    own = [h for h in facts.held if h.competency_id == rule.competency_id]
    ended = [h for h in own if h.level >= rule.minimum_level]
    key = ""
    if ended:
        key = f"renew={ended[0].pk}"
        what = _("Renew %(held)s and add it with its new proof.") % {"held": ended[0]}
    else:
        key = f"competency={rule.competency_id}"
        what = _("Reach and add %(rule)s with its proof.") % {"rule": rule}
    yield Step(COMPETENCY, what, admin(), Page.COMPETENCY, key)
    yield checked_by_sponsor(COMPETENCY, _("The sponsor checks its proof."))


def no_competency_named() -> Step:
    what = _("The sponsor names the competencies that qualify.")
    return checked_by_sponsor(COMPETENCY, what)

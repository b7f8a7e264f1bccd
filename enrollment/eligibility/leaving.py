"""What a partner loses when somebody leaves or a proof lapses: tried, never done.

The eligibility engine judges the facts as they are and as they would be, on the day
after the last one.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from enrollment.eligibility import coverage, engine, facts
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rules import consultants
from enrollment.eligibility.rules.consultants import ConsultantCertified
from enrollment.models import EngagementType, Offering, Program
from portal.findings import Finding, all_hold
from portal.models import Organization

Change = Callable[[Facts], Facts]


@dataclass(frozen=True)
class Loss:
    """An engagement type that stops to hold, with the rules that break.

    ``is_new`` is false when it could not be delivered on that day anyway.
    """

    engagement_type: EngagementType
    broken: list[Finding]
    exams: list[str]
    is_new: bool


@dataclass(frozen=True)
class Losses:
    """What one program loses by a change."""

    program: Program
    lost: list[Loss]
    offerings: list[Offering]

    @property
    def types(self) -> list[int]:
        return [each.engagement_type.pk for each in self.lost if each.is_new]

    @property
    def exams(self) -> list[tuple[str, list[EngagementType]]]:
        """List which exams a consultant would have to pass, for which types."""
        found: dict[str, list[EngagementType]] = {}
        for each in self.lost:
            if each.exams:
                found.setdefault(coverage.either(each.exams), []).append(
                    each.engagement_type
                )
        return sorted(found.items())


def without_person(person_id: int, last_day: date) -> Change:
    """Let a person stop to work for the company after a date."""

    def change(facts: Facts) -> Facts:
        leaving = {
            each.pk: _with(each, until=last_day)
            for each in facts.consultants
            if each.person_id == person_id and not each.has_left(last_day)
        }
        return replace(
            facts,
            consultants=[leaving.get(each.pk, each) for each in facts.consultants],
            certificates=[
                _with(each, consultant=leaving[each.consultant_id])
                if each.consultant_id in leaving
                else each
                for each in facts.certificates
            ],
        )

    return change


def without_certificate(pk: int, last_day: date) -> Change:
    """Let a certificate end on a date."""

    def change(facts: Facts) -> Facts:
        ended = [
            _with(each, valid_until=last_day) if each.pk == pk else each
            for each in facts.certificates
        ]
        return replace(facts, certificates=ended)

    return change


def without_competency(pk: int, last_day: date) -> Change:
    """Let a held competency count until a date and no longer."""

    def change(facts: Facts) -> Facts:
        ended = [
            _with(each, valid_until=_anniversary(each, last_day))
            if each.pk == pk
            else each
            for each in facts.held
        ]
        return replace(facts, held=ended)

    return change


def _anniversary(held: Any, last_day: date) -> date:
    """Return the end with which its days of grace are over on that date."""
    grace = timedelta(days=held.competency.grace_days)
    end: date = last_day - grace
    return end


def _with(row: Any, **values: Any) -> Any:
    """Return a copy of a row that is never saved."""
    changed = copy(row)
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def losses_of(
    partner: Organization, program: Program, change: Change, last_day: date
) -> Losses:
    """Judge every engagement type with and without the change, the day after."""
    before = facts.facts_of(partner, program)
    after, day = change(before), last_day + timedelta(days=1)
    lost: list[Loss] = []
    offerings: list[Offering] = []
    for offering in facts.offerings_of(program):
        types = list(offering.engagement_types.all())
        found = [_loss(before, after, each, day) for each in types]
        new = [each for each in found if each and each.is_new]
        lost += [each for each in found if each]
        if new and len(new) == _deliverable(before, types, day):
            offerings.append(offering)
    return Losses(program, lost, offerings)


def _deliverable(facts: Facts, types: list[EngagementType], day: date) -> int:
    return sum(all_hold(engine.check_facts(facts, each, day)) for each in types)


def _loss(
    before: Facts, after: Facts, engagement_type: EngagementType, day: date
) -> Loss | None:
    early = engine.check_facts(before, engagement_type, day)
    late = engine.check_facts(after, engagement_type, day)
    broken = [b for a, b in zip(early, late, strict=True) if a.holds and not b.holds]
    if not broken:
        return None
    exams = consultants.asked_for(after, engagement_type, day).open_on(day)
    is_about_exams = ConsultantCertified.code in {each.code for each in broken}
    codes = [exam.code for exam in exams] if is_about_exams else []
    return Loss(engagement_type, broken, codes, is_new=all_hold(early))

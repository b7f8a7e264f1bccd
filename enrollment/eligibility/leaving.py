"""What a partner would lose if somebody left or a proof lapsed; changes nothing.

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
    """An engagement type that can no longer be delivered, with the rules that fail.

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
        return [loss.engagement_type.pk for loss in self.lost if loss.is_new]

    @property
    def exams(self) -> list[tuple[str, list[EngagementType]]]:
        """List which exams a consultant would have to pass, for which types."""
        types_by_exam: dict[str, list[EngagementType]] = {}
        for loss in self.lost:
            if loss.exams:
                types_by_exam.setdefault(coverage.join_with_or(loss.exams), []).append(
                    loss.engagement_type
                )
        return sorted(types_by_exam.items())


def without_person(person_id: int, last_day: date) -> Change:
    """Return the change by which a person stops working for the company."""

    def change(facts: Facts) -> Facts:
        leaving = {
            consultant.pk: _copy_with(consultant, until=last_day)
            for consultant in facts.consultants
            if consultant.person_id == person_id and not consultant.has_left(last_day)
        }
        return replace(
            facts,
            consultants=[
                leaving.get(consultant.pk, consultant)
                for consultant in facts.consultants
            ],
            certificates=[
                _copy_with(certificate, consultant=leaving[certificate.consultant_id])
                if certificate.consultant_id in leaving
                else certificate
                for certificate in facts.certificates
            ],
        )

    return change


def without_certificate(pk: int, last_day: date) -> Change:
    """Return the change by which a certificate ends on a date."""

    def change(facts: Facts) -> Facts:
        ended = [
            _copy_with(certificate, valid_until=last_day)
            if certificate.pk == pk
            else certificate
            for certificate in facts.certificates
        ]
        return replace(facts, certificates=ended)

    return change


def without_competency(pk: int, last_day: date) -> Change:
    """Return the change by which a held competency counts until a date only."""

    def change(facts: Facts) -> Facts:
        ended = [
            _copy_with(
                held_competency, valid_until=_anniversary(held_competency, last_day)
            )
            if held_competency.pk == pk
            else held_competency
            for held_competency in facts.held_competencies
        ]
        return replace(facts, held_competencies=ended)

    return change


def _anniversary(held_competency: Any, last_day: date) -> date:
    """Return the end with which its days of grace are over on that date."""
    grace = timedelta(days=held_competency.competency.grace_days)
    end: date = last_day - grace
    return end


def _copy_with(row: Any, **values: Any) -> Any:
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
        losses = [
            _loss(before, after, engagement_type, day) for engagement_type in types
        ]
        new = [loss for loss in losses if loss and loss.is_new]
        lost += [loss for loss in losses if loss]
        if new and len(new) == _count_deliverable(before, types, day):
            offerings.append(offering)
    return Losses(program, lost, offerings)


def _count_deliverable(facts: Facts, types: list[EngagementType], day: date) -> int:
    return sum(
        all_hold(engine.check_facts(facts, engagement_type, day))
        for engagement_type in types
    )


def _loss(
    before: Facts, after: Facts, engagement_type: EngagementType, day: date
) -> Loss | None:
    early = engine.check_facts(before, engagement_type, day)
    late = engine.check_facts(after, engagement_type, day)
    broken = [b for a, b in zip(early, late, strict=True) if a.holds and not b.holds]
    if not broken:
        return None
    exams = consultants.exam_demand_for(after, engagement_type, day).open_on(day)
    is_about_exams = ConsultantCertified.code in {finding.code for finding in broken}
    codes = [exam.code for exam in exams] if is_about_exams else []
    return Loss(engagement_type, broken, codes, is_new=all_hold(early))

"""The rule of the consultant who has passed an exam of the competency."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, auto

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
from enrollment.eligibility.rules import competencies
from enrollment.models import (
    Certificate,
    Competency,
    Consultant,
    EngagementType,
    Exam,
    Qualification,
    RequirementKind,
)
from enrollment.models.competencies import ProofState
from portal.findings import Finding, Words
from portal.models import User
from portal.text import join_words


class ConsultantCertified(EngagementTypeRule):
    """Whether one consultant at least may lead the work on a date [SEED].

    Exams of what the company holds count; while it holds nothing that qualifies, those
    of what it waits for; else those of whatever would qualify. A way in by one
    qualification asks for its exams, whatever its dates.
    """

    code = switch = RequirementKind.CONSULTANT
    title = gettext_lazy("Consultant")

    def days(self, facts: Facts, demand: Demand) -> Days:
        off = ~self.days_on(facts)
        if demand.by:
            return _shown_days(facts, demand.by.competency_id) | off
        days_in_force = competencies.days_in_force(demand.qualifications)
        verified, claimed = (
            competencies.qualified_days(facts, demand.qualifications, state)
            for state in (ProofState.VERIFIED, ProofState.CLAIMED)
        )
        days_shown = {
            competency: _shown_days(facts, competency) for competency in days_in_force
        }
        good_days, passed_over = ~days.any_of(days_in_force.values()), days.NEVER
        for days_by_competency in (verified, claimed, days_in_force):
            good_days |= (
                days.any_of(
                    days_by_competency[competency] & days_shown[competency]
                    for competency in days_by_competency
                )
                - passed_over
            )
            passed_over |= days.any_of(days_by_competency.values())
        return good_days | off

    def words(self, facts: Facts, demand: Demand, day: date) -> Words:
        if day not in self.days_on(facts):
            return self.words_while_off(facts, day)
        exam_demand = _exam_demand(facts, _competencies_asked(facts, demand, day), day)
        good = _proving_certificates(facts, exam_demand.exams, day)
        fix = who = ""
        if good:
            best = {"name": good[0].consultant, "exam": good[0].exam.code}
            found = _("%(name)s passed %(exam)s.") % best
        elif not exam_demand.needs_exam:
            found = _("The sponsor names no exam for it yet.")
        else:
            found, fix, who = _why_none(facts, exam_demand.exams, day)
        needed = _("A consultant with an exam of %(competencies)s.")
        names = {"competencies": join_words(exam_demand.competencies)}
        return Words(found, needed % names, fix, who)

    def steps(self, facts: Facts, demand: Demand, day: date) -> Iterator[Step]:
        if day not in self.days_on(facts):
            return
        ways = [
            list(
                steps_to_exam(
                    self.code, facts, facts.exams_of(competency, day).values(), day
                )
            )
            for competency in _competencies_asked(facts, demand, day)
        ]
        yield from min(ways, key=len, default=[])


def _competencies_asked(facts: Facts, demand: Demand, day: date) -> list[Competency]:
    if demand.by:
        return [demand.by.competency]
    return competencies_to_show(facts, demand.qualifications, day)


def steps_to_exam(
    rule: str, facts: Facts, exams: Collection[Exam], day: date
) -> Iterator[Step]:
    """List what is left until one of these exams, where there are any, is passed."""
    passed = days.any_of(facts.days_passed(exam.pk) for exam in exams)
    first = passed.first_from(day)
    exam_ids = [exam.pk for exam in exams]
    claimed = facts.certificates_of(exam_ids, ProofState.CLAIMED, day)
    if not exams or first == day:
        return
    if claimed:
        what = _("The sponsor checks the proof of %(certificate)s.")
        words = {"certificate": claimed[0]}
        yield step_of_sponsor(rule, what % words)
    elif first:
        what = _("The first certificate counts from %(date)s on.")
        yield Step(rule, what % {"date": sentences.words(first)}, on=first)
    else:
        yield from _steps_to_pass(rule, facts, exams, day)


def _steps_to_pass(
    rule: str, facts: Facts, exams: Collection[Exam], day: date
) -> Iterator[Step]:
    codes = {"exams": join_words(exam.code for exam in exams)}
    if any(consultant.works_on(day) for consultant in facts.consultants):
        what = _("Let a consultant add a passed exam with its proof: %(exams)s.")
        yield Step(rule, what % codes, sentences.consultant(), StepPage.CONSULTANTS)
    else:
        what = _("Invite a consultant.")
        yield Step(rule, what, sentences.admin(), StepPage.INVITE)
        what = _("Let the consultant confirm and add a passed exam: %(exams)s.")
        yield Step(rule, what % codes, sentences.consultant(), StepPage.CONSULTANTS)
    yield step_of_sponsor(rule, _("The sponsor checks the proof of the exam."))


def _shown_days(facts: Facts, competency_id: int) -> Days:
    """Return the days on which an exam of a competency is passed, or none is named."""
    rules = [rule for rule in facts.exam_rules if rule.competency_id == competency_id]
    in_force = [Days.between(rule.valid_from, rule.valid_until) for rule in rules]
    passed = [
        span & facts.days_passed(rule.exam_id)
        for rule, span in zip(rules, in_force, strict=True)
    ]
    return days.any_of(passed) | ~days.any_of(in_force)


def competencies_to_show(
    facts: Facts, qualifications: Iterable[Qualification], day: date
) -> list[Competency]:
    """List whose exams count: what the company holds, else whatever would qualify."""
    held_competencies = competencies.qualifying_competencies(facts, qualifications, day)
    best = [
        held_competency
        for held_competency in held_competencies
        if held_competency.state == held_competencies[0].state
    ]
    if best:
        return list(
            {
                held_competency.competency_id: held_competency.competency
                for held_competency in best
            }.values()
        )
    return [
        qualification.competency
        for qualification in qualifications
        if qualification.is_in_force(day)
    ]


def _proving_certificates(
    facts: Facts, exams: Collection[int], day: date
) -> list[Certificate]:
    """List the certificates that show one of these exams, the longest first."""
    return sorted(
        facts.certificates_of(exams, ProofState.VERIFIED, day),
        key=lambda certificate: good_until(certificate) or date.max,
        reverse=True,
    )


def good_until(certificate: Certificate) -> date | None:
    """Return the last day on which a certificate and its consultant both serve."""
    ends = [day for day in (certificate.ends_on, certificate.consultant.until) if day]
    return min(ends, default=None)


def _why_none(facts: Facts, exams: Collection[int], day: date) -> tuple[str, str, str]:
    passed = [
        certificate
        for certificate in facts.certificates
        if certificate.exam_id in exams
    ]
    certificates_here = [
        certificate for certificate in passed if certificate.consultant.works_on(day)
    ]
    claimed = [
        certificate
        for certificate in certificates_here
        if certificate.state == ProofState.CLAIMED
    ]
    if claimed:
        return _waits_for_review(claimed[0])
    if certificates_here:
        ended = max(
            certificates_here, key=lambda certificate: certificate.ends_on or date.max
        )
        return (
            _("%(certificate)s does not count on %(date)s.")
            % {"certificate": ended, "date": sentences.words(day)},
            _("Let a consultant pass the exam anew and add it with its proof."),
            sentences.consultant(),
        )
    return _why_nobody(facts, passed, day)


def _waits_for_review(certificate: Certificate) -> tuple[str, str, str]:
    return (
        _("%(certificate)s waits for review.") % {"certificate": certificate},
        _("The sponsor checks the proof. You get a mail when it is done."),
        sentences.sponsor(),
    )


def _why_nobody(
    facts: Facts, passed: list[Certificate], day: date
) -> tuple[str, str, str]:
    if passed:
        return (
            _("%(name)s has left your company.") % {"name": passed[0].consultant},
            _("Let another consultant pass an exam and add it with its proof."),
            sentences.consultant(),
        )
    if any(consultant.works_on(day) for consultant in facts.consultants):
        return (
            _("No consultant of your company has added such an exam."),
            _("Let a consultant add a passed exam with its proof."),
            sentences.consultant(),
        )
    return (
        _("No consultant has confirmed to work for your company."),
        _("Invite a consultant, who confirms and adds a passed exam."),
        sentences.admin(),
    )


class ProofStatus(StrEnum):
    """How a consultant stands to an engagement type on a date."""

    GOOD = auto()
    UNASKED = auto()
    WAITING = auto()
    EARLY = auto()
    ENDED = auto()
    MISSING = auto()


@dataclass(frozen=True)
class ExamDemand:
    """Whose exams count for an engagement type on a date, and which they are.

    ``needs_exam`` is false while the sponsor names none for one of the competencies.
    """

    competencies: list[Competency]
    exams: dict[int, Exam]
    needs_exam: bool

    def open_on(self, day: date) -> list[Exam]:
        """List the exams that can still be passed, by code."""
        exams = sorted(self.exams.values(), key=lambda exam: exam.code)
        return [exam for exam in exams if not exam.retired_on or day <= exam.retired_on]


@dataclass(frozen=True)
class ExamProof:
    """What a consultant shows: the standing, the certificate behind it, its end."""

    standing: ProofStatus
    certificate: Certificate | None = None
    until: date | None = None
    exams: list[Exam] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return self.standing in (ProofStatus.GOOD, ProofStatus.UNASKED)


def exam_demand_for(
    facts: Facts, engagement_type: EngagementType, day: date
) -> ExamDemand:
    """Tell whose exams count: of what the company holds, else of what would qualify."""
    qualifications = engagement_type.known_qualifications
    return _exam_demand(facts, competencies_to_show(facts, qualifications, day), day)


def _exam_demand(facts: Facts, to_show: list[Competency], day: date) -> ExamDemand:
    exams_by_competency = [facts.exams_of(competency, day) for competency in to_show]
    return ExamDemand(
        to_show,
        {pk: exam for exams in exams_by_competency for pk, exam in exams.items()},
        needs_exam=bool(exams_by_competency) and all(exams_by_competency),
    )


def exam_proof_of(
    consultant: Consultant,
    certificates: Iterable[Certificate],
    demand: ExamDemand,
    day: date,
) -> ExamProof:
    """Judge a consultant, who works here on that date, by all its certificates."""
    fitting = [
        certificate
        for certificate in certificates
        if certificate.exam_id in demand.exams
    ]
    verified = [
        certificate
        for certificate in fitting
        if certificate.state == ProofState.VERIFIED
    ]
    good = [certificate for certificate in verified if certificate.is_valid(day)]
    if good:
        best = max(good, key=lambda certificate: good_until(certificate) or date.max)
        return ExamProof(ProofStatus.GOOD, best, good_until(best))
    if not demand.needs_exam:
        return ExamProof(ProofStatus.UNASKED, until=consultant.until)
    claimed = [
        certificate
        for certificate in fitting
        if certificate.state == ProofState.CLAIMED
    ]
    if claimed:
        return ExamProof(ProofStatus.WAITING, claimed[0])
    return _out_of_date(verified, demand, day)


def _out_of_date(
    verified: list[Certificate], demand: ExamDemand, day: date
) -> ExamProof:
    exams = demand.open_on(day)
    ended = [certificate for certificate in verified if certificate.passed_on <= day]
    if ended:
        last = max(ended, key=lambda certificate: certificate.ends_on or date.max)
        return ExamProof(ProofStatus.ENDED, last, last.ends_on, exams)
    if verified:
        first = min(verified, key=lambda certificate: certificate.passed_on)
        return ExamProof(ProofStatus.EARLY, first, exams=exams)
    return ExamProof(ProofStatus.MISSING, exams=exams)


def lead_certified(
    facts: Facts, engagement_type: EngagementType, person: User, day: date
) -> Finding:
    """Tell whether one person may lead the work that begins on a date [SEED]."""
    demand = exam_demand_for(facts, engagement_type, day)
    rule = _("Lead consultant")
    needed = _(
        "A consultant of your company with an exam of %(competencies)s, on %(date)s."
    ) % {"competencies": join_words(demand.competencies), "date": sentences.words(day)}
    employments = [
        consultant
        for consultant in facts.consultants
        if consultant.person_id == person.pk and consultant.works_on(day)
    ]
    if not employments:
        found, fix, who = _not_here(person, day)
        return Finding(
            rule, holds=False, found=found, needed=needed, fix=fix, who=who, code="lead"
        )
    own = [
        certificate
        for certificate in facts.certificates
        if certificate.consultant_id == employments[0].pk
    ]
    proof = exam_proof_of(employments[0], own, demand, day)
    if proof.is_good:
        return Finding(
            rule,
            holds=True,
            found=_good_text(person, proof),
            needed=needed,
            since=proof.certificate.passed_on
            if proof.certificate
            else employments[0].since,
            until=proof.until,
            code="lead",
        )
    found, fix, who = _why_not(person, proof, demand, day)
    return Finding(
        rule, holds=False, found=found, needed=needed, fix=fix, who=who, code="lead"
    )


def _good_text(person: User, proof: ExamProof) -> str:
    if proof.certificate is None:
        return _("%(name)s; the sponsor names no exam for it yet.") % {"name": person}
    return _("%(name)s passed %(exam)s.") % {
        "name": person,
        "exam": proof.certificate.exam.code,
    }


def _not_here(person: User, day: date) -> tuple[str, str, str]:
    return (
        _("%(name)s is no consultant of your company on %(date)s.")
        % {"name": person, "date": sentences.words(day)},
        _(
            "Choose another lead, or let %(name)s confirm on the page “Consultants”"
            " since when."
        )
        % {"name": person},
        sentences.consultant(),
    )


def _why_not(
    person: User, proof: ExamProof, demand: ExamDemand, day: date
) -> tuple[str, str, str]:
    other = _("Choose another lead, or let %(name)s pass an exam and add its proof.")
    fix = other % {"name": person}
    if proof.certificate is None:
        found = _("%(name)s has added no exam of %(competencies)s.")
        words = {"name": person, "competencies": join_words(demand.competencies)}
        return found % words, fix, sentences.consultant()
    if proof.standing == ProofStatus.WAITING:
        return _waits_for_review(proof.certificate)
    found = _("%(certificate)s does not count on %(date)s.")
    words = {"certificate": proof.certificate, "date": sentences.words(day)}
    return found % words, fix, sentences.consultant()

"""The rule of the consultant who has passed an exam of the competency."""

from collections.abc import Iterable, Iterator
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
from portal.findings import Finding
from portal.models import User
from portal.text import listed


class ConsultantCertified(EngagementTypeRule):
    """Whether one consultant at least may lead the work on a date [SEED].

    Exams of what the company holds count; while it holds nothing that qualifies, those
    of what it waits for; else those of whatever would qualify. A way in by one
    qualification asks for its exams, whatever its dates.
    """

    code = switch = RequirementKind.CONSULTANT
    title = gettext_lazy("Consultant")

    def days(self, facts: Facts, asked: Demand) -> Days:
        off = ~self.days_on(facts)
        if asked.by:
            return _shown_days(facts, asked.by.competency_id) | off
        named = competencies.days_in_force(asked.qualifications)
        verified, claimed = (
            competencies.qualified_days(facts, asked.qualifications, state)
            for state in (ProofState.VERIFIED, ProofState.CLAIMED)
        )
        shown = {each: _shown_days(facts, each) for each in named}
        found, passed_over = ~days.any_of(named.values()), days.NEVER
        for held in (verified, claimed, named):
            found |= (
                days.any_of(held[each] & shown[each] for each in held) - passed_over
            )
            passed_over |= days.any_of(held.values())
        return found | off

    def finding(self, facts: Facts, asked: Demand, day: date) -> Finding:
        if day not in self.days_on(facts):
            return self.finding_while_off(facts, asked, day)
        to_show = _competencies_asked(facts, asked, day)
        exams = {exam for each in to_show for exam in facts.exams_of(each, day)}
        without = [each for each in to_show if not facts.exams_of(each, day)]
        good = _proving(facts, exams, day)
        fix = who = ""
        if good:
            best = {"name": good[0].consultant, "exam": good[0].exam.code}
            found = _("%(name)s passed %(exam)s.") % best
        elif without or not to_show:
            found = _("The sponsor names no exam for it yet.")
        else:
            found, fix, who = _why_none(facts, exams, day)
        needed = _("A consultant with an exam of %(competencies)s.")
        named = {"competencies": listed(to_show)}
        return Finding(
            **self.dated(facts, asked, day),
            found=found,
            needed=needed % named,
            fix=fix,
            who=who,
        )

    def steps(self, facts: Facts, asked: Demand, day: date) -> Iterator[Step]:
        if day not in self.days_on(facts):
            return
        ways = [
            list(steps_to_exam(self.code, facts, _exams_of(facts, each, day), day))
            for each in _competencies_asked(facts, asked, day)
        ]
        yield from min(ways, key=len, default=[])


def _competencies_asked(facts: Facts, asked: Demand, day: date) -> list[Competency]:
    if asked.by:
        return [asked.by.competency]
    return competencies_to_show(facts, asked.qualifications, day)


def _exams_of(facts: Facts, competency: Competency, day: date) -> list[Exam]:
    return [
        each.exam
        for each in facts.exam_rules
        if each.competency_id == competency.pk and each.is_in_force(day)
    ]


def steps_to_exam(
    rule: str, facts: Facts, exams: list[Exam], day: date
) -> Iterator[Step]:
    """List what is left until one of these exams, where there are any, is passed."""
    passed = days.any_of(facts.days_passed(exam.pk) for exam in exams)
    first = passed.first_from(day)
    claimed = _claimed(facts, exams, day)
    if not exams or first == day:
        return
    if claimed:
        what = _("The sponsor checks the proof of %(certificate)s.")
        named = {"certificate": claimed[0]}
        yield step_of_sponsor(rule, what % named)
    elif first:
        what = _("The first certificate counts from %(date)s on.")
        yield Step(rule, what % {"date": sentences.words(first)}, on=first)
    else:
        yield from _steps_to_pass(rule, facts, exams, day)


def _claimed(facts: Facts, exams: list[Exam], day: date) -> list[Certificate]:
    wanted = {exam.pk for exam in exams}
    return [
        each
        for each in facts.certificates
        if each.exam_id in wanted
        and each.state == ProofState.CLAIMED
        and each.is_valid(day)
        and each.consultant.works_on(day)
    ]


def _steps_to_pass(
    rule: str, facts: Facts, exams: list[Exam], day: date
) -> Iterator[Step]:
    codes = {"exams": listed(exam.code for exam in exams)}
    if any(each.works_on(day) for each in facts.consultants):
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
    rules = [each for each in facts.exam_rules if each.competency_id == competency_id]
    in_force = [Days.between(each.valid_from, each.valid_until) for each in rules]
    passed = [
        span & facts.days_passed(rule.exam_id)
        for rule, span in zip(rules, in_force, strict=True)
    ]
    return days.any_of(passed) | ~days.any_of(in_force)


def competencies_to_show(
    facts: Facts, qualifications: Iterable[Qualification], day: date
) -> list[Competency]:
    """List whose exams count: what the company holds, else whatever would qualify."""
    held = competencies.qualifying(facts, qualifications, day)
    best = [each for each in held if each.state == held[0].state]
    if best:
        return list({each.competency_id: each.competency for each in best}.values())
    return [each.competency for each in qualifications if each.is_in_force(day)]


def _proving(facts: Facts, exams: set[int], day: date) -> list[Certificate]:
    """List the certificates that show one of these exams, the longest first."""
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
    """Return the last day on which a certificate and its consultant both serve."""
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
            sentences.sponsor(),
        )
    if here:
        ended = max(here, key=lambda each: each.ends_on or date.max)
        return (
            _("%(certificate)s does not count on %(date)s.")
            % {"certificate": ended, "date": sentences.words(day)},
            _("Let a consultant pass the exam anew and add it with its proof."),
            sentences.consultant(),
        )
    return _why_nobody(facts, passed, day)


def _why_nobody(
    facts: Facts, passed: list[Certificate], day: date
) -> tuple[str, str, str]:
    if passed:
        return (
            _("%(name)s has left your company.") % {"name": passed[0].consultant},
            _("Let another consultant pass an exam and add it with its proof."),
            sentences.consultant(),
        )
    if any(each.works_on(day) for each in facts.consultants):
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
class Asked:
    """Whose exams count for an engagement type on a date, and which they are.

    ``needs_exam`` is false while the sponsor names none for one of the competencies.
    """

    competencies: list[Competency]
    exams: dict[int, Exam]
    needs_exam: bool

    def open_on(self, day: date) -> list[Exam]:
        """List the exams that can still be passed, by code."""
        exams = sorted(self.exams.values(), key=lambda exam: exam.code)
        return [each for each in exams if not each.retired_on or day < each.retired_on]


@dataclass(frozen=True)
class Shown:
    """What a consultant shows: the standing, the certificate behind it, its end."""

    standing: ProofStatus
    certificate: Certificate | None = None
    until: date | None = None
    exams: list[Exam] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return self.standing in (ProofStatus.GOOD, ProofStatus.UNASKED)


def asked_for(facts: Facts, engagement_type: EngagementType, day: date) -> Asked:
    """Tell whose exams count: of what the company holds, else of what would qualify."""
    to_show = competencies_to_show(facts, engagement_type.qualifications.all(), day)
    wanted = {each.pk for each in to_show}
    exams = {
        rule.exam_id: rule.exam
        for rule in facts.exam_rules
        if rule.competency_id in wanted and rule.is_in_force(day)
    }
    named = [facts.exams_of(each, day) for each in to_show]
    return Asked(to_show, exams, needs_exam=bool(named) and all(named))


def shown_by(
    consultant: Consultant, certificates: Iterable[Certificate], asked: Asked, day: date
) -> Shown:
    """Judge a consultant, who works here on that date, by all its certificates."""
    fitting = [each for each in certificates if each.exam_id in asked.exams]
    verified = [each for each in fitting if each.state == ProofState.VERIFIED]
    good = [each for each in verified if each.is_valid(day)]
    if good:
        best = max(good, key=lambda each: good_until(each) or date.max)
        return Shown(ProofStatus.GOOD, best, good_until(best))
    if not asked.needs_exam:
        return Shown(ProofStatus.UNASKED, until=consultant.until)
    claimed = [each for each in fitting if each.state == ProofState.CLAIMED]
    if claimed:
        return Shown(ProofStatus.WAITING, claimed[0])
    return _out_of_date(verified, asked, day)


def _out_of_date(verified: list[Certificate], asked: Asked, day: date) -> Shown:
    exams = asked.open_on(day)
    ended = [each for each in verified if each.passed_on <= day]
    if ended:
        last = max(ended, key=lambda each: each.ends_on or date.max)
        return Shown(ProofStatus.ENDED, last, last.ends_on, exams)
    if verified:
        first = min(verified, key=lambda each: each.passed_on)
        return Shown(ProofStatus.EARLY, first, exams=exams)
    return Shown(ProofStatus.MISSING, exams=exams)


def lead_certified(
    facts: Facts, engagement_type: EngagementType, person: User, day: date
) -> Finding:
    """Tell whether one person may lead the work that begins on a date [SEED]."""
    asked = asked_for(facts, engagement_type, day)
    rule = _("Lead consultant")
    needed = _(
        "A consultant of your company with an exam of %(competencies)s, on %(date)s."
    ) % {"competencies": listed(asked.competencies), "date": sentences.words(day)}
    here = [
        each
        for each in facts.consultants
        if each.person_id == person.pk and each.works_on(day)
    ]
    if not here:
        found, fix, who = _not_here(person, day)
        return Finding(
            rule, holds=False, found=found, needed=needed, fix=fix, who=who, code="lead"
        )
    own = [each for each in facts.certificates if each.consultant_id == here[0].pk]
    shown = shown_by(here[0], own, asked, day)
    if shown.is_good:
        return Finding(
            rule,
            holds=True,
            found=_said_of_good(person, shown),
            needed=needed,
            since=shown.certificate.passed_on if shown.certificate else here[0].since,
            until=shown.until,
            code="lead",
        )
    found, fix, who = _why_not(person, shown, asked, day)
    return Finding(
        rule, holds=False, found=found, needed=needed, fix=fix, who=who, code="lead"
    )


def _said_of_good(person: User, shown: Shown) -> str:
    if shown.certificate is None:
        return _("%(name)s; the sponsor names no exam for it yet.") % {"name": person}
    return _("%(name)s passed %(exam)s.") % {
        "name": person,
        "exam": shown.certificate.exam.code,
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
    person: User, shown: Shown, asked: Asked, day: date
) -> tuple[str, str, str]:
    other = _("Choose another lead, or let %(name)s pass an exam and add its proof.")
    fix = other % {"name": person}
    if shown.certificate is None:
        found = _("%(name)s has added no exam of %(competencies)s.")
        named = {"name": person, "competencies": listed(asked.competencies)}
        return found % named, fix, sentences.consultant()
    if shown.standing == ProofStatus.WAITING:
        return (
            _("%(certificate)s waits for review.") % {"certificate": shown.certificate},
            _("The sponsor checks the proof. You get a mail when it is done."),
            sentences.sponsor(),
        )
    found = _("%(certificate)s does not count on %(date)s.")
    named = {"certificate": shown.certificate, "date": sentences.words(day)}
    return found % named, fix, sentences.consultant()

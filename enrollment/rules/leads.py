"""What one consultant can show for an engagement type, and the rule of the lead."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, auto

from django.utils.translation import gettext as _

from enrollment.facts import Facts
from enrollment.models import (
    Certificate,
    Competency,
    Consultant,
    EngagementType,
    Exam,
)
from enrollment.models.proofs import ProofState
from enrollment.rules.consultants import competencies_to_show, good_until
from enrollment.rules.words import consultant as of_consultants
from enrollment.rules.words import sponsor, words
from portal.findings import Finding
from portal.models import User
from portal.words import listed


class Standing(StrEnum):
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

    standing: Standing
    certificate: Certificate | None = None
    until: date | None = None
    exams: list[Exam] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return self.standing in (Standing.GOOD, Standing.UNASKED)


def asked_for(facts: Facts, engagement_type: EngagementType, day: date) -> Asked:
    """Tell whose exams count: of what the company holds, else of what would qualify."""
    competencies = competencies_to_show(facts, engagement_type, day)
    wanted = {each.pk for each in competencies}
    exams = {
        rule.exam_id: rule.exam
        for rule in facts.exam_rules
        if rule.competency_id in wanted and rule.is_in_force(day)
    }
    named = [facts.exams_of(each, day) for each in competencies]
    return Asked(competencies, exams, needs_exam=bool(named) and all(named))


def shown_by(
    consultant: Consultant, certificates: Iterable[Certificate], asked: Asked, day: date
) -> Shown:
    """Judge a consultant, who works here on that date, by all its certificates."""
    fitting = [each for each in certificates if each.exam_id in asked.exams]
    verified = [each for each in fitting if each.state == ProofState.VERIFIED]
    good = [each for each in verified if each.is_valid(day)]
    if good:
        best = max(good, key=lambda each: good_until(each) or date.max)
        return Shown(Standing.GOOD, best, good_until(best))
    if not asked.needs_exam:
        return Shown(Standing.UNASKED, until=consultant.until)
    claimed = [each for each in fitting if each.state == ProofState.CLAIMED]
    if claimed:
        return Shown(Standing.WAITING, claimed[0])
    return _out_of_date(verified, asked, day)


def _out_of_date(verified: list[Certificate], asked: Asked, day: date) -> Shown:
    exams = asked.open_on(day)
    ended = [each for each in verified if each.passed_on <= day]
    if ended:
        last = max(ended, key=lambda each: each.ends_on or date.max)
        return Shown(Standing.ENDED, last, last.ends_on, exams)
    if verified:
        first = min(verified, key=lambda each: each.passed_on)
        return Shown(Standing.EARLY, first, exams=exams)
    return Shown(Standing.MISSING, exams=exams)


def lead_certified(
    facts: Facts, engagement_type: EngagementType, person: User, day: date
) -> Finding:
    """Tell whether one person may lead the work that begins on a date [SEED]."""
    asked = asked_for(facts, engagement_type, day)
    rule = _("Lead consultant")
    needed = _(
        "A consultant of your company with an exam of %(competencies)s, on %(date)s."
    ) % {"competencies": listed(asked.competencies), "date": words(day)}
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
        % {"name": person, "date": words(day)},
        _(
            "Choose another lead, or let %(name)s confirm on the page “Consultants”"
            " since when."
        )
        % {"name": person},
        of_consultants(),
    )


def _why_not(
    person: User, shown: Shown, asked: Asked, day: date
) -> tuple[str, str, str]:
    other = _("Choose another lead, or let %(name)s pass an exam and add its proof.")
    fix = other % {"name": person}
    if shown.certificate is None:
        found = _("%(name)s has added no exam of %(competencies)s.")
        named = {"name": person, "competencies": listed(asked.competencies)}
        return found % named, fix, of_consultants()
    if shown.standing == Standing.WAITING:
        return (
            _("%(certificate)s waits for review.") % {"certificate": shown.certificate},
            _("The sponsor checks the proof. You get a mail when it is done."),
            sponsor(),
        )
    found = _("%(certificate)s does not count on %(date)s.")
    named = {"certificate": shown.certificate, "date": words(day)}
    return found % named, fix, of_consultants()

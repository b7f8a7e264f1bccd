"""Who of a partner's consultants can lead which engagement type, and until when.

Pure once the facts are loaded: consultants and engagement types, said in words.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.eligibility import facts, sentences
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rules import consultants
from enrollment.eligibility.rules.consultants import ExamDemand, ExamProof, ProofStatus
from enrollment.models import Certificate, Consultant, EngagementType, Offering, Program
from portal import clock
from portal.models import Organization
from portal.text import join_words

SOON_DAYS = 60


@dataclass(frozen=True)
class CoverageCell:
    """How one consultant stands to one engagement type, in words and a tone."""

    engagement_type: EngagementType
    words: str
    tone: str
    detail: str = ""


@dataclass(frozen=True)
class CoverageRow:
    """One consultant's cells in one offering."""

    consultant: Consultant
    cells: list[CoverageCell]


@dataclass(frozen=True)
class CoverageSection:
    """An offering: its engagement types, the company's cells, and each consultant's."""

    offering: Offering
    engagement_types: list[EngagementType]
    company: list[CoverageCell]
    lines: list[CoverageRow]


class Coverage:
    """A partner's matrix in one program, as of a date."""

    def __init__(self, facts: Facts, day: date) -> None:
        self.facts = facts
        self.day = day
        staff = [
            consultant for consultant in facts.consultants if consultant.works_on(day)
        ]
        self.consultants = sorted(staff, key=lambda consultant: consultant.person.name)
        self._own: dict[int, list[Certificate]] = defaultdict(list)
        for certificate in facts.certificates:
            self._own[certificate.consultant_id].append(certificate)

    def sections(self) -> list[CoverageSection]:
        return [
            self._section(offering)
            for offering in facts.offerings_of(self.facts.program)
        ]

    def _section(self, offering: Offering) -> CoverageSection:
        types = list(offering.engagement_types.all())
        demands = [
            consultants.exam_demand_for(self.facts, engagement_type, self.day)
            for engagement_type in types
        ]
        proofs = {
            consultant.pk: [self._proof_of(consultant, demand) for demand in demands]
            for consultant in self.consultants
        }
        lines = [
            CoverageRow(consultant, list(map(self._cell, types, proofs[consultant.pk])))
            for consultant in self.consultants
        ]
        company = [
            self._company_cell(
                engagement_type, demands[index], [s[index] for s in proofs.values()]
            )
            for index, engagement_type in enumerate(types)
        ]
        return CoverageSection(offering, types, company, lines)

    def _proof_of(self, consultant: Consultant, demand: ExamDemand) -> ExamProof:
        return consultants.exam_proof_of(
            consultant, self._own[consultant.pk], demand, self.day
        )

    def _cell(self, engagement_type: EngagementType, proof: ExamProof) -> CoverageCell:
        sentence, tone = self._sentence(proof)
        detail = proof.certificate.exam.code if proof.certificate else ""
        return CoverageCell(engagement_type, sentence, tone, detail)

    def _sentence(self, proof: ExamProof) -> tuple[str, str]:
        if proof.is_good:
            return self._sentence_until(proof)
        if proof.standing == ProofStatus.WAITING:
            return _("Waiting for review"), "info"
        if proof.certificate:
            is_over = proof.standing == ProofStatus.ENDED
            sentence = _("Ended on %(date)s") if is_over else _("From %(date)s")
            day = proof.until if is_over else proof.certificate.passed_on
            return sentence % {
                "date": sentences.words(day)
            }, "bad" if is_over else "info"
        codes = [exam.code for exam in proof.exams]
        return _("Missing: exam %(exams)s") % {"exams": join_with_or(codes)}, ""

    def _sentence_until(self, proof: ExamProof) -> tuple[str, str]:
        if proof.until is None:
            unasked = proof.standing == ProofStatus.UNASKED
            return (_("No exam is asked yet") if unasked else _("No end")), "good"
        left = (proof.until - self.day).days
        if left == 0:
            return _("Ends today"), "warn"
        if left <= SOON_DAYS:
            ends = ngettext(
                "Ends in %(days)s day (%(date)s)",
                "Ends in %(days)s days (%(date)s)",
                left,
            )
            return ends % {"date": sentences.words(proof.until), "days": left}, "warn"
        until = _("Until %(date)s (%(days)s days)")
        return until % {"date": sentences.words(proof.until), "days": left}, "good"

    def _company_cell(
        self,
        engagement_type: EngagementType,
        demand: ExamDemand,
        proofs: list[ExamProof],
    ) -> CoverageCell:
        """Say whether somebody can lead it, and whether all hangs on one person."""
        able = [
            consultant
            for consultant, proof in zip(self.consultants, proofs, strict=True)
            if proof.is_good
        ]
        detail = join_words(demand.competencies)
        if not able:
            return CoverageCell(engagement_type, _("Nobody"), "bad", detail)
        if len(able) == 1:
            only = _("Only %(name)s") % {"name": able[0]}
            return CoverageCell(engagement_type, only, "warn", detail)
        people = _("%(count)s people") % {"count": len(able)}
        return CoverageCell(engagement_type, people, "good", detail)


def join_with_or(codes: list[str]) -> str:
    """Join codes of which any one will do."""
    if len(codes) < 2:
        return join_words(codes)
    return _("%(first)s or %(last)s") % {
        "first": join_words(codes[:-1]),
        "last": codes[-1],
    }


def coverage_of(partner: Organization, program: Program) -> Coverage:
    """Load a partner's matrix as of today, in a constant number of queries."""
    return Coverage(facts.facts_of(partner, program), clock.today(partner.time_zone))

"""What is known of a partner in a program, loaded at once for rules to judge."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import chain
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from enrollment.eligibility import days
from enrollment.eligibility.days import Days
from enrollment.models import (
    Certificate,
    Competency,
    CompetencyExam,
    Consultant,
    EngagementType,
    Enrollment,
    EnrollmentLine,
    Exam,
    HeldCompetency,
    Offering,
    Program,
    ProgramAgreement,
    ProgramRequirement,
    Qualification,
    RequirementKind,
    Signature,
)
from enrollment.models.competencies import ProofState
from enrollment.models.states import EnrollmentState
from portal import clock
from portal.models import Domain, Location, Organization
from portal.tenancy import reading_facts_of

# Switches that ask for consultants or what they passed.
OF_PEOPLE = {RequirementKind.CONSULTANT, RequirementKind.TRAINING}


@dataclass(frozen=True)
class Papers:
    """What a partner has signed, and the countries in which it has locations.

    ``agreements`` begin with the latest. Without ``countries`` nobody asks for a place.
    """

    agreements: list[ProgramAgreement]
    signatures: dict[int, Signature]
    countries: frozenset[str] | None = None


@dataclass(frozen=True)
class Facts:
    """What a partner holds, has signed and is enrolled for in one program.

    ``held_competencies`` and ``certificates`` leave out what was returned;
    ``enrollments`` begin with the latest. Delivering what was promised asks for no
    papers: they are not loaded then.
    """

    partner: Organization
    program: Program
    held_competencies: list[HeldCompetency]
    papers: Papers | None
    enrollments: list[Enrollment]
    consultants: list[Consultant] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    exam_rules: list[CompetencyExam] = field(default_factory=list)
    requirements: list[ProgramRequirement] = field(default_factory=list)
    domains: list[Domain] = field(default_factory=list)

    @property
    def agreements(self) -> list[ProgramAgreement]:
        return self._papers.agreements

    @property
    def signatures(self) -> dict[int, Signature]:
        return self._papers.signatures

    @property
    def countries(self) -> frozenset[str]:
        if self._papers.countries is None:
            raise LookupError("These facts were loaded to judge no place.")
        return self._papers.countries

    @property
    def _papers(self) -> Papers:
        if self.papers is None:
            raise LookupError("These facts were loaded to judge a delivery alone.")
        return self.papers

    @property
    def today(self) -> date:
        """Return the date at the partner's own place, for which it is judged."""
        return clock.today(self.partner.time_zone)

    def agreement_on(self, day: date) -> ProgramAgreement | None:
        """Return the version of the agreement in force on a date."""
        begun = (
            agreement for agreement in self.agreements if agreement.effective_on <= day
        )
        return next(begun, None)

    def signature_on(self, day: date) -> Signature | None:
        """Return the partner's newest signature that counts on a date."""
        for agreement in self.agreements:
            if day in self.days_by_agreement.get(agreement.pk, days.NEVER):
                return self.signatures[agreement.pk]
        return None

    @cached_property
    def days_by_agreement(self) -> dict[int, Days]:
        """Return, by version, the days on which its signature counts."""
        return {
            agreement: self._days_signed(signature)
            for agreement, signature in self.signatures.items()
        }

    def _days_signed(self, signature: Signature) -> Days:
        signed = clock.day_of(signature.signed_at, self.partner.time_zone)
        in_force = self._version(signature).effective_on
        until = self.signature_counts_until(signature)
        return Days.between(max(signed, in_force), until)

    def _version(self, signature: Signature) -> ProgramAgreement:
        return next(a for a in self.agreements if a.pk == signature.agreement_id)

    def signature_counts_until(self, signature: Signature) -> date | None:
        """Return the last day before a newer version must be signed; or nothing."""
        signed = self._version(signature)
        newer = [a for a in self.agreements if a.effective_on > signed.effective_on]
        ends = [a.sign_by or a.effective_on - timedelta(days=1) for a in newer]
        return min(ends, default=None)

    def enrollment_on(self, day: date) -> Enrollment | None:
        """Return the period under which the partner could work on a date."""
        return next(
            (
                enrollment
                for enrollment in self.enrollments
                if enrollment.is_good_on(day)
            ),
            None,
        )

    def suspended_on(self, day: date) -> Enrollment | None:
        """Return the suspended period that would be good on a date, or is to come."""
        suspended = EnrollmentState.SUSPENDED
        return next(
            (
                enrollment
                for enrollment in self.enrollments
                if enrollment.state == suspended
                and enrollment.good_until
                and day <= enrollment.good_until
            ),
            None,
        )

    def loaded_enrollment(self, enrollment: Enrollment) -> Enrollment:
        """Return the same enrollment as it was loaded here, with its lines."""
        return next(row for row in self.enrollments if row.pk == enrollment.pk)

    @property
    def latest(self) -> Enrollment | None:
        return self.enrollments[0] if self.enrollments else None

    def exams_of(self, competency: Competency, day: date) -> dict[int, Exam]:
        """Return, by key, the exams that show skill in a competency on a date."""
        return {
            rule.exam_id: rule.exam
            for rule in self.exam_rules
            if rule.competency_id == competency.pk and rule.is_in_force(day)
        }

    def knows(self, kind: str) -> bool:
        """Tell whether the program has, had or will have a switch of a kind."""
        return any(requirement.kind == kind for requirement in self.requirements)

    def requirement(self, kind: str, day: date) -> ProgramRequirement | None:
        """Return the program's switch of a kind that is on on a date."""
        requirements = (
            r for r in self.requirements if r.kind == kind and r.is_in_force(day)
        )
        return next(requirements, None)

    def certificates_of(
        self, exams: Collection[int | None], state: ProofState, day: date
    ) -> list[Certificate]:
        """List the certificates of some exams in a state that count on a date."""
        return [
            certificate
            for certificate in self.certificates
            if certificate.exam_id in exams
            and certificate.state == state
            and certificate.counts_on(day)
        ]

    def days_passed(self, exam_id: int) -> Days:
        """Return the days on which a consultant at work has passed an exam."""
        return days.any_of(
            Days.between(certificate.passed_on, certificate.ends_on)
            & Days.between(certificate.consultant.since, certificate.consultant.until)
            for certificate in self.certificates
            if certificate.exam_id == exam_id
            and certificate.state == ProofState.VERIFIED
        )


# What a decision reads; a rule that reads one more asks for each row again.
DECISIVE_OF_COMPETENCY = (
    *("partner", "level", "state", "valid_from", "valid_until"),
    *("competency__name", "competency__grace_days"),
)
DECISIVE_OF_ENROLLMENT = (
    *("partner", "program", "period", "state"),
    *("starts_on", "ends_on", "good_until"),
)
# The lines of an enrollment, with what they are about.
LINES = Prefetch("lines", EnrollmentLine.objects.select_related("offering", "reason"))
BARE_LINES: Prefetch = Prefetch(
    "lines",
    EnrollmentLine.objects.only("enrollment", "offering", "state"),
    to_attr="known_lines",
)
# What qualifies for an engagement type, with the competency of each.
QUALIFICATIONS: Prefetch = Prefetch(
    "qualifications",
    Qualification.objects.select_related("competency"),
    to_attr="known_qualifications",
)
# The engagement types of an offering, with what qualifies for each.
TYPES = Prefetch(
    "engagement_types", EngagementType.objects.prefetch_related(QUALIFICATIONS)
)


def know_qualifications(*engagement_types: EngagementType) -> None:
    """Load what qualifies for engagement types, unless that is known already."""
    prefetch_related_objects(engagement_types, QUALIFICATIONS)


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much of a partner is loaded; unless told, whatever a page may show.

    ``only_asked`` leaves out consultants and domains where no switch of the program
    asks for them: for those who judge, not for those who show. ``for_delivery`` leaves
    out the papers, and the lines of enrollments until somebody asks for them. Without
    ``for_place`` no locations are loaded; without ``for_show`` neither the text of
    agreements nor what the lines of enrollments are about.
    """

    only_asked: bool = False
    for_delivery: bool = False
    for_place: bool = True
    for_show: bool = True

    def narrow(self, rows: QuerySet[Any], *names: str) -> QuerySet[Any]:
        """Load only these fields, unless the rows are shown."""
        return rows if self.for_show else rows.only(*names)


def facts_of(
    partner: Organization, program: Program, extent: Extent = Extent()
) -> Facts:
    """Load the facts of one partner, whoever asks."""
    [facts] = facts_of_all([partner], program, extent)
    return facts


def facts_to_judge(
    partners: Iterable[Organization], program: Program, *, for_place: bool
) -> list[Facts]:
    """Load what a decision takes, of which nothing is shown but why it was taken."""
    extent = Extent(only_asked=True, for_place=for_place, for_show=False)
    return facts_of_all(partners, program, extent)


def facts_of_all(
    partners: Iterable[Organization], program: Program, extent: Extent = Extent()
) -> list[Facts]:
    """Load the facts of many partners with as many queries as for one."""
    partners = list(partners)
    keys = [partner.pk for partner in partners]
    lines = LINES if extent.for_show else BARE_LINES
    with reading_facts_of(partners):
        rules = ProgramRequirement.objects.filter(program=program)
        requirements = list(rules.select_related("exam"))
        kinds = {requirement.kind for requirement in requirements}
        skips_people = extent.only_asked and not kinds & OF_PEOPLE
        skips_domains = extent.only_asked and RequirementKind.DOMAIN not in kinds
        proofs = HeldCompetency.objects.exclude(state=ProofState.RETURNED)
        competencies = _by_partner(
            extent.narrow(proofs.select_related("competency"), *DECISIVE_OF_COMPETENCY)
            .filter(partner__in=keys)
            .order_by("-valid_until", "pk")
        )
        periods = Enrollment.objects.filter(program=program)
        enrollments = _by_partner(
            extent.narrow(periods, *DECISIVE_OF_ENROLLMENT)
            .filter(partner__in=keys)
            .prefetch_related(*[] if extent.for_delivery else [lines])
            .order_by("-period")
        )
        papers = {} if extent.for_delivery else _papers_of(keys, program, extent)
        consultants = (
            {}
            if skips_people
            else _by_partner(
                Consultant.objects.filter(partner__in=keys)
                .select_related("person")
                .defer("person__password")
                .order_by("pk")
            )
        )
        certificates = (
            {}
            if skips_people
            else _by_partner(
                Certificate.objects.exclude(state=ProofState.RETURNED)
                .filter(partner__in=keys)
                .select_related("exam", "consultant__person")
                .defer("consultant__person__password")
                .order_by("pk")
            )
        )
        domains = (
            {}
            if skips_domains
            else _by_partner(
                Domain.objects.verified().filter(organization__in=keys).order_by("name")
            )
        )
        exams = CompetencyExam.objects.select_related("exam")
        exam_rules = [] if skips_people else list(exams)
    for partner in partners:
        for enrollment in enrollments[partner.pk]:
            enrollment.partner, enrollment.program = partner, program
    return [
        Facts(
            partner,
            program,
            competencies[partner.pk],
            papers.get(partner.pk),
            enrollments[partner.pk],
            consultants.get(partner.pk, []),
            certificates.get(partner.pk, []),
            exam_rules,
            requirements,
            domains.get(partner.pk, []),
        )
        for partner in partners
    ]


def _papers_of(keys: list[int], program: Program, extent: Extent) -> dict[int, Papers]:
    versions = ProgramAgreement.objects.filter(program=program)
    if not extent.for_show:
        versions = versions.defer("text")
    agreements = list(versions.order_by("-effective_on"))
    versions_by_key = {agreement.pk: agreement for agreement in agreements}
    signatures = _by_partner(
        Signature.objects.filter(partner__in=keys, agreement__in=versions_by_key)
    )
    for signature in chain.from_iterable(signatures.values()):
        signature.agreement = versions_by_key[signature.agreement_id]
    countries = _countries_of(keys) if extent.for_place else {}
    return {
        key: Papers(
            agreements,
            {signature.agreement_id: signature for signature in signatures[key]},
            countries.get(key),
        )
        for key in keys
    }


def _countries_of(keys: list[int]) -> dict[int, frozenset[str]]:
    places = Location.objects.filter(organization__in=keys)
    countries: dict[int, set[str]] = {key: set() for key in keys}
    for owner, country in places.values_list("organization", "country"):
        countries[owner].add(country)
    return {owner: frozenset(names) for owner, names in countries.items()}


def _by_partner(rows: Iterable[Any]) -> dict[int, list[Any]]:
    rows_by_partner: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        owner = getattr(row, "partner_id", None) or row.organization_id
        rows_by_partner[owner].append(row)
    return rows_by_partner


def offerings_of(program: Program) -> list[Offering]:
    """List a program's offerings with their engagement types and qualifications."""
    return list(program.offerings.prefetch_related(TYPES))


def offerings_asked(facts: Facts) -> list[Offering]:
    """List those of them for which the partner ever asked, whatever was decided."""
    offerings_by_id = {
        line.offering_id: line.offering
        for enrollment in facts.enrollments
        for line in enrollment.lines.all()
    }
    offerings = sorted(offerings_by_id.values(), key=str)
    for offering in offerings:
        offering.program = facts.program
    prefetch_related_objects(offerings, TYPES)
    return offerings


def types_of(program: Program) -> list[EngagementType]:
    """List a program's engagement types with their offerings and qualifications."""
    types = EngagementType.objects.filter(offering__program=program)
    known = list(types.select_related("offering").prefetch_related(QUALIFICATIONS))
    for engagement_type in known:
        engagement_type.offering.program = program
    return known

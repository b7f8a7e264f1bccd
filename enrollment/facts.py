"""What is known of a partner in a program, loaded at once for rules to judge."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from enrollment.models import (
    Enrollment,
    HeldCompetency,
    Offering,
    Program,
    ProgramAgreement,
    Signature,
)
from enrollment.models.proofs import ProofState
from portal.models import Location, Organization
from portal.tenancy import acting_for_all


@dataclass(frozen=True)
class Facts:
    """What a partner holds, has signed and is enrolled for in one program.

    ``held`` leaves out what was returned; ``agreements`` and ``enrollments`` begin with
    the latest.
    """

    partner: Organization
    program: Program
    held: list[HeldCompetency]
    agreements: list[ProgramAgreement]
    signatures: dict[int, Signature]
    enrollments: list[Enrollment]
    countries: frozenset[str]

    def agreement_on(self, day: date) -> ProgramAgreement | None:
        """Give the version of the agreement in force on a date."""
        begun = (each for each in self.agreements if each.effective_on <= day)
        return next(begun, None)

    def signature_on(self, day: date) -> Signature | None:
        """Give the partner's signature under the version in force on a date."""
        agreement = self.agreement_on(day)
        return self.signatures.get(agreement.pk) if agreement else None

    def enrollment_on(self, day: date) -> Enrollment | None:
        """Give the period under which the partner could work on a date."""
        return next((each for each in self.enrollments if each.is_good_on(day)), None)

    @property
    def latest(self) -> Enrollment | None:
        return self.enrollments[0] if self.enrollments else None


def facts_of(partner: Organization, program: Program) -> Facts:
    """Load the facts of one partner, whoever asks."""
    return facts_of_all([partner], program)[0]


def facts_of_all(partners: Iterable[Organization], program: Program) -> list[Facts]:
    """Load the facts of many partners with as many queries as for one."""
    partners = list(partners)
    with acting_for_all():
        held = _by_partner(
            HeldCompetency.objects.exclude(state=ProofState.RETURNED)
            .filter(partner__in=partners)
            .select_related("competency")
            .order_by("-valid_until", "pk")
        )
        signatures = _by_partner(
            Signature.objects.filter(partner__in=partners, agreement__program=program)
        )
        enrollments = _by_partner(
            Enrollment.objects.filter(partner__in=partners, program=program)
            .select_related("program", "partner")
            .prefetch_related("offerings")
            .order_by("-period")
        )
        places = _by_partner(Location.objects.filter(organization__in=partners))
        agreements = list(program.agreements.order_by("-effective_on"))
    return [
        Facts(
            partner,
            program,
            held[partner.pk],
            agreements,
            {each.agreement_id: each for each in signatures[partner.pk]},
            enrollments[partner.pk],
            frozenset(place.country for place in places[partner.pk]),
        )
        for partner in partners
    ]


def _by_partner(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        owner = row.organization_id if isinstance(row, Location) else row.partner_id
        found[owner].append(row)
    return found


def offerings_of(program: Program) -> list[Offering]:
    """List a program's offerings with their engagement types and qualifications."""
    types = "engagement_types__qualifications__competency"
    return list(program.offerings.prefetch_related(types))

"""How the demo's partners came to be enrolled, or not yet, or no longer."""

from datetime import timedelta

from enrollment.models import (
    Competency,
    Enrollment,
    HeldCompetency,
    Level,
    Offering,
    Program,
    ProgramAgreement,
)
from enrollment.services import agreements, competencies, enrollments, reviews, roles
from payments.demo.cast import DemoPlace
from payments.demo.consultants import certify
from payments.demo.profiles import present
from payments.demo.story import days_ago, pdf
from portal.actors import Member, Staff

Claims = dict[str, Level]


def prove(
    place: DemoPlace, claims: Claims, *, ago: int, years: int = 2
) -> list[HeldCompetency]:
    """Let a partner claim competencies that many days ago."""
    with days_ago(ago) as today:
        return [
            competencies.add_competency(
                HeldCompetency(
                    partner=place.organization,
                    competency=Competency.objects.get(name=name),
                    level=level,
                    valid_from=today - timedelta(days=30),
                    valid_until=today + timedelta(days=365 * years),
                ),
                pdf(f"Certificate {name}"),
                by=admin(place),
            )
            for name, level in claims.items()
        ]


def apply(
    place: DemoPlace, claims: Claims, offerings: list[str], *, ago: int, reviewer: Staff
) -> Enrollment:
    """Let a partner prove, sign, choose and send its enrollment for review."""
    for claim in prove(place, claims, ago=ago):
        with days_ago(ago):
            competencies.verify(claim, by=reviewer)
    program = Program.objects.get(code="SADPS")
    with days_ago(ago) as today:
        agreement = ProgramAgreement.objects.in_force(program, today)
        assert agreement is not None, "the catalogue has one"
        by = admin(place)
        signature = agreements.sign(
            agreement,
            name=by.person.name,
            title="Managing director",
            address=None,
            by=by,
        )
        agreements.make_copy(signature)
        enrollment = enrollments.begin(program, by=by)
        applied = Offering.objects.filter(code__in=offerings)
        enrollments.choose_offerings(enrollment, applied, by=by)
        enrollments.submit(enrollment, by=by)
    return enrollment


def enroll(
    place: DemoPlace, claims: Claims, offerings: list[str], *, ago: int, reviewer: Staff
) -> Enrollment:
    """Let a partner apply, be approved and publish its profile."""
    enrollment = apply(place, claims, offerings, ago=ago, reviewer=reviewer)
    certify(place, list(claims), ago=ago, by=reviewer)
    with days_ago(ago):
        reviews.approve(enrollment, by=reviewer)
        present(place, by=admin(place))
    place.organization.refresh_from_db()
    return enrollment


def admin(place: DemoPlace) -> Member:
    return next(a for a in place.people.values() if a.has(*roles.ADMINS))

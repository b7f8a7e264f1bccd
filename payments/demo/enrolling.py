"""How the demo's partners came to be enrolled, or not yet, or no longer."""

from datetime import timedelta

from enrollment import services
from enrollment.models import (
    Certificate,
    Competency,
    CompetencyExam,
    Consultant,
    Enrollment,
    HeldCompetency,
    Level,
    Offering,
    Program,
    ProgramAgreement,
)
from enrollment.models.proofs import ProofState
from payments.demo.cast import Place
from payments.demo.profiles import present
from payments.demo.story import days_ago, pdf
from portal.actors import Actor
from portal.roles import Role

Claims = dict[str, Level]


def prove(
    place: Place, claims: Claims, *, ago: int, years: int = 2
) -> list[HeldCompetency]:
    """Let a partner claim competencies that many days ago."""
    with days_ago(ago) as today:
        return [
            services.add_competency(
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
    place: Place, claims: Claims, offerings: list[str], *, ago: int, reviewer: Actor
) -> Enrollment:
    """Let a partner prove, sign, choose and send its enrollment for review."""
    for held in prove(place, claims, ago=ago):
        with days_ago(ago):
            services.verify(held, by=reviewer)
    program = Program.objects.get(code="SADPS")
    with days_ago(ago) as today:
        agreement = ProgramAgreement.objects.in_force(program, today)
        assert agreement is not None, "the catalogue has one"
        by = admin(place)
        assert by.person is not None, "a member"
        services.sign(
            agreement,
            name=by.person.name,
            title="Managing director",
            address=None,
            by=by,
        )
        enrollment = services.begin(program, by=by)
        chosen = Offering.objects.filter(code__in=offerings)
        services.choose_offerings(enrollment, chosen, by=by)
        services.submit(enrollment, by=by)
    return enrollment


def enroll(
    place: Place, claims: Claims, offerings: list[str], *, ago: int, reviewer: Actor
) -> Enrollment:
    """Let a partner apply, be approved and publish its profile."""
    enrollment = apply(place, claims, offerings, ago=ago, reviewer=reviewer)
    certify(place, claims, ago=ago)
    with days_ago(ago):
        services.approve(enrollment, by=reviewer)
        present(place, by=admin(place))
    place.organization.refresh_from_db()
    return enrollment


def certify(place: Place, claims: Claims, *, ago: int) -> None:
    """Let the delivery lead, or else the admin, be a consultant with every exam."""
    actors = place.people.values()
    lead = next((a for a in actors if a.has(Role.DELIVERY_LEAD)), admin(place))
    assert lead.person is not None, "a member"
    with days_ago(ago) as today:
        consultant = Consultant.objects.create(
            partner=place.organization, person=lead.person, since=today
        )
        Certificate.objects.bulk_create(
            Certificate(
                consultant=consultant,
                partner=place.organization,
                exam=rule.exam,
                passed_on=today,
                valid_until=today + timedelta(days=730),
                state=ProofState.VERIFIED,
            )
            for rule in CompetencyExam.objects.filter(competency__name__in=claims)
            if rule.exam.code.endswith("1")
        )


def admin(place: Place) -> Actor:
    return next(a for a in place.people.values() if a.has(*services.ADMINS))

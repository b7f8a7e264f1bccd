"""The stories in which every action of the eight steps happens."""

from collections.abc import Callable

from bench.crowd import add_people
from bench.story import Story, Way, done_by
from bench.tenants import Tenant
from enrollment.models import Enrollment
from enrollment.services import enrollments, reviews
from portal.roles import Role
from portal.tenancy import acting_for_all
from tests.factories.enrollment import (
    EnrollmentFactory,
    HeldCompetencyFactory,
    SignatureFactory,
    agreement_of,
)
from tests.factories.portal import LocationFactory, PartnerFactory, actor_of

# In the order of the eight steps.
ACTIONS = (
    *("submit enrollment", "approve enrollment"),
    *("create", "assign", "recall", "validate", "reserve", "schedule", "report"),
    *("confirm", "redeem", "request", "approve", "pay"),
    *("release", "cancel", "expire"),
)
# The customer does not confirm a report yet.
NOT_BUILT = ("confirm",)


def stories(tenant: Tenant, people: int = 1) -> list[Story]:
    """Return stories that together hold each action once or more.

    So many people are told at each partner that enrolls.
    """
    paid, released, cancelled, expired = (Way(tenant) for _way in range(4))
    return [
        enrolling(tenant, people),
        told(
            *(paid.create, paid.assign, paid.recall, paid.assign, paid.validate),
            *(paid.reserve, paid.schedule, paid.report, paid.redeem),
            *(paid.ask_for_payment, paid.approve, paid.pay),
        ),
        told(released.create, released.assign, released.reserve, released.release),
        told(cancelled.create, cancelled.cancel),
        told(expired.create, expired.assign, expired.expire),
    ]


def told(*parts: Callable[[], Story]) -> Story:
    for part in parts:
        yield from part()


def enrolling(tenant: Tenant, people: int) -> Story:
    """Let one more partner enroll for what the tenant's partner delivers."""
    with acting_for_all():
        offering = tenant.engagement_type.offering
        partner = PartnerFactory()
        admin = actor_of(partner, Role.PARTNER_ADMIN)
        add_people(partner, people - 1, Role.PARTNER_ADMIN)
        LocationFactory(organization=partner)
        competency = tenant.engagement_type.qualifications.get().competency
        HeldCompetencyFactory(partner=partner, competency=competency, verified=True)
        agreement = agreement_of(offering.program)
        SignatureFactory(partner=partner, agreement=agreement)
        made = EnrollmentFactory(
            partner=partner, program=offering.program, offerings=[offering]
        )
    reviewer = tenant.approver
    yield done_by(admin, "submit enrollment", enrollments.submit, found(made))
    yield done_by(reviewer, "approve enrollment", reviews.approve, found(made))


def found(made: Enrollment) -> Enrollment:
    """Return an enrollment as a page finds it."""
    with acting_for_all():
        row: Enrollment = Enrollment.objects.select_related(
            "partner", "program", "follows"
        ).get(pk=made.pk)
        return row

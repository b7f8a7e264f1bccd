"""Organizations and people beside those that are measured, as a portal has them."""

from collections.abc import Iterable
from typing import Any

from enrollment.models import EngagementType, EnrollmentLine
from portal.models import Membership, Organization, User
from portal.tenancy import acting_for_all
from tests.factories.enrollment import (
    BusinessProfileFactory,
    DocumentFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    ListingFactory,
    SignatureFactory,
    agreement_of,
)
from tests.factories.portal import LocationFactory, PartnerFactory, UserFactory

# The planner counts on so many: a join that keeps one organization in a thousand looks
# as if it left no rows of a long list.
BYSTANDERS = (
    """
    INSERT INTO portal_organization
        (name, slug, kind, country, time_zone, is_listed, created_at)
    SELECT 'Bystander ' || n, 'bystander-' || n,
        (ARRAY['partner', 'customer'])[n % 2 + 1], 'DE', 'UTC', n % 2 = 0, now()
    FROM generate_series(1, 2000) AS n
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO vouchers_customeragreement
        (customer_id, program_id, licensing_id, starts_on, ends_on, accepted_terms,
        created_at)
    SELECT o.id, p.id, o.slug, current_date - 100, current_date + 300, '', now()
    FROM portal_organization o
    CROSS JOIN (SELECT min(id) AS id FROM enrollment_program) AS p
    WHERE o.slug LIKE 'bystander-%' AND o.kind = 'customer'
    ON CONFLICT DO NOTHING
    """,
)
ELIGIBLE = 1000


def add_bystanders(cursor: Any) -> None:
    """Have organizations without vouchers, as a portal has them by the thousand."""
    for statement in BYSTANDERS:
        cursor.execute(statement)


def add_eligible(engagement_type: EngagementType, number: int = ELIGIBLE) -> None:
    """Have partners in the directory that may deliver an engagement type today."""
    with acting_for_all():
        person, offering = UserFactory(), engagement_type.offering
        partners = Organization.objects.bulk_create(
            PartnerFactory.build_batch(number, is_listed=True)
        )
        make_all(LocationFactory, [{"organization": each} for each in partners])
        of_partners = [{"partner": each} for each in partners]
        competency = engagement_type.qualifications.get().competency
        held = {"competency": competency, "proof": DocumentFactory(), "verified": True}
        make_all(HeldCompetencyFactory, of_partners, **held)
        agreement = agreement_of(offering.program)
        make_all(SignatureFactory, of_partners, agreement=agreement, signer=person)
        make_all(BusinessProfileFactory, of_partners)
        make_all(ListingFactory, of_partners, engagement_type=engagement_type)
        people = {"submitted_by": person, "decided_by": person}
        periods = make_all(
            EnrollmentFactory,
            of_partners,
            program=offering.program,
            active=True,
            **people,
        )
        lines = [
            EnrollmentLine(
                enrollment=each,
                partner=each.partner,
                offering=offering,
                state="approved",
            )
            for each in periods
        ]
        EnrollmentLine.objects.bulk_create(lines)


def make_all(factory: Any, parties: Iterable[dict], **fields: Any) -> list[Any]:
    """Make a row for each of the parties by one statement."""
    rows = [factory.build(**party, **fields) for party in parties]
    made: list[Any] = factory._meta.model.objects.bulk_create(rows)
    return made


def add_people(organization: Organization, number: int, *roles: str) -> None:
    """Add so many more people to an organization, all with the same roles."""
    with acting_for_all():
        people = make_people(number)
        memberships = [
            Membership(
                person=person,
                organization=organization,
                organization_kind=organization.kind,
                roles=list(roles),
            )
            for person in people
        ]
        Membership.objects.bulk_create(memberships)


def add_staff(number: int, like: User) -> None:
    """Give the sponsor so many more people, all with the duties of one."""
    with acting_for_all():
        groups, duties = like.groups.all(), User.groups.through
        rows = [
            duties(user=person, group=group)
            for person in make_people(number, is_staff=True)
            for group in groups
        ]
        duties.objects.bulk_create(rows)


def make_people(number: int, **fields: Any) -> list[User]:
    people = UserFactory.build_batch(number, verified=False, **fields)
    return User.objects.bulk_create(people)

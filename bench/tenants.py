"""Customers and partners that share vouchers, and the people on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from enrollment.models import EngagementType
from portal.actors import Actor
from portal.models import Document
from portal.models.organizations import introduce
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from tests.conftest import give_second_factor
from tests.factories.enrollment import (
    DocumentFactory,
    EngagementTypeFactory,
    eligible_partner,
)
from tests.factories.payments import RateFactory
from tests.factories.portal import CustomerFactory, actor_of, staff_actor
from tests.factories.vouchers import CustomerAgreementFactory
from vouchers.models import CustomerAgreement

DAYS = 5
# More days than any measurement turns into vouchers.
PLENTY = 50_000_000
TYPES = 12


@dataclass(frozen=True)
class Tenant:
    """A customer with its agreement, a partner, and the people of both."""

    size: int
    agreement: CustomerAgreement
    engagement_type: EngagementType
    document: Document
    owner: Actor
    manager: Actor
    lead: Actor
    approver: Actor
    releaser: Actor

    @property
    def ids(self) -> dict[str, Any]:
        """Return what the statements below need to know."""
        return {
            "agreement": self.agreement.pk,
            "type": self.engagement_type.pk,
            "document": self.document.pk,
            "customer": self.owner.organization_id,
            "partner": self.lead.organization_id,
            "admin": self.owner.person_id,
            "manager": self.manager.person_id,
            "lead": self.lead.person_id,
            "approver": self.approver.person_id,
            "releaser": self.releaser.person_id,
            "days": DAYS,
        }


def make_tenants(*sizes: int) -> list[Tenant]:
    """Make organizations and people that may do everything with their vouchers."""
    with acting_for_all():
        engagement_type = EngagementTypeFactory()
        offering = engagement_type.offering
        EngagementTypeFactory.create_batch(
            TYPES - 1, offering=offering, qualifications=qualifications(engagement_type)
        )
        RateFactory(offering=offering)
        sponsor = [with_second_factor(staff_actor(*Duty)) for _person in range(2)]
        return [make_tenant(engagement_type, sponsor, size) for size in sizes]


def qualifications(engagement_type: EngagementType) -> list[tuple]:
    rows = engagement_type.qualifications.select_related("competency")
    return [(each.competency, each.minimum_level) for each in rows]


def make_tenant(
    engagement_type: EngagementType, sponsor: Sequence[Actor], size: int
) -> Tenant:
    agreement = CustomerAgreementFactory(
        customer=CustomerFactory(),
        program=engagement_type.offering.program,
        days=DAYS * size + PLENTY,
    )
    partner = eligible_partner(engagement_type)
    introduce(agreement.customer, partner)
    roles = (Role.PARTNER_ADMIN, Role.DELIVERY_LEAD, Role.FINANCE)
    approver, releaser = sponsor
    return Tenant(
        size,
        agreement,
        engagement_type,
        DocumentFactory(parties=[agreement.customer.pk, partner.pk]),
        owner=actor_of(agreement.customer, Role.BENEFIT_ADMIN),
        manager=actor_of(agreement.customer, Role.PROJECT_MANAGER),
        lead=with_second_factor(actor_of(partner, *roles)),
        approver=approver,
        releaser=releaser,
    )


def with_second_factor(actor: Actor) -> Actor:
    """Let somebody in who works with money or decisions."""
    give_second_factor(actor.person)
    return actor

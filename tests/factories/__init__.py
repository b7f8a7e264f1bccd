"""One factory per model, by app; ``VoucherFactory(reserved=True)`` moves one along."""

from tests.factories.portal import (
    CustomerFactory,
    LocationFactory,
    MembershipFactory,
    PartnerFactory,
    StaffFactory,
    UserFactory,
    actor_of,
    staff_actor,
)

PLACES = {"partner": PartnerFactory, "customer": CustomerFactory}

__all__ = [
    "PLACES",
    "CustomerFactory",
    "LocationFactory",
    "MembershipFactory",
    "PartnerFactory",
    "StaffFactory",
    "UserFactory",
    "actor_of",
    "staff_actor",
]

"""One factory per model, by app; ``VoucherFactory(reserved=True)`` moves one along."""

from tests.factories.engagements import CompletionReportFactory, EngagementFactory
from tests.factories.enrollment import (
    BusinessProfileFactory,
    CompetencyFactory,
    DocumentFactory,
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    OfferingFactory,
    ProgramAgreementFactory,
    ProgramFactory,
    SignatureFactory,
    agreement_of,
    eligible_partner,
)
from tests.factories.payments import (
    PaymentFactory,
    PaymentLineFactory,
    PaymentRequestFactory,
    RateFactory,
)
from tests.factories.portal import (
    CustomerFactory,
    InvitationFactory,
    LocationFactory,
    MembershipFactory,
    PartnerFactory,
    StaffFactory,
    UserFactory,
    actor_of,
    staff_actor,
)
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    ReservationFactory,
    VoucherFactory,
    manager_of,
    owner_of,
)

PLACES = {"partner": PartnerFactory, "customer": CustomerFactory}

__all__ = [
    "PLACES",
    "BusinessProfileFactory",
    "CompetencyFactory",
    "CompletionReportFactory",
    "CustomerAgreementFactory",
    "CustomerFactory",
    "DocumentFactory",
    "EngagementFactory",
    "EngagementTypeFactory",
    "EnrollmentFactory",
    "HeldCompetencyFactory",
    "InvitationFactory",
    "LocationFactory",
    "MembershipFactory",
    "OfferingFactory",
    "PartnerFactory",
    "PaymentFactory",
    "PaymentLineFactory",
    "PaymentRequestFactory",
    "ProgramAgreementFactory",
    "ProgramFactory",
    "RateFactory",
    "ReservationFactory",
    "SignatureFactory",
    "StaffFactory",
    "UserFactory",
    "VoucherFactory",
    "actor_of",
    "agreement_of",
    "eligible_partner",
    "manager_of",
    "owner_of",
    "staff_actor",
]

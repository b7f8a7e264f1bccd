"""One row of everything, with its people and those who should not see it."""

from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from portal import clock
from portal.models.invitations import hash_of, new_token
from portal.roles import ROLES_OF, Duty, Role, Side
from portal.tenancy import acting_for_all
from tests.conftest import give_second_factor
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    BusinessProfileFactory,
    CertificateFactory,
    EnquiryFactory,
    EnrollmentFactory,
    ListingFactory,
    ProfileDraftFactory,
    agreement_of,
)
from tests.factories.payments import PaymentRequestFactory
from tests.factories.portal import (
    AdminRecoveryFactory,
    CustomerFactory,
    DomainFactory,
    InvitationFactory,
    MembershipFactory,
    PartnerFactory,
    TableExportFactory,
    TemporaryFileFactory,
    staff_actor,
)
from tests.factories.vouchers import (
    ConversionFactory,
    PurchaseFactory,
    VoucherBatchFactory,
    VoucherImportFactory,
)
from vouchers.services import outlook

KINDS = [Side.PARTNER, Side.CUSTOMER]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@contextmanager
def lasting_story(blocker):
    """Make one row of everything for a file: each test takes its own changes back."""
    with blocker.unblock(), transaction.atomic():
        with acting_for_all():
            yield made_story()
        transaction.set_rollback(True)


def made_story():
    engagement = EngagementFactory(redeemed=True)
    request = PaymentRequestFactory(engagement=engagement)
    voucher = engagement.voucher
    EnrollmentFactory(partner=voucher.partner, program=voucher.agreement.program)
    certificate = CertificateFactory(consultant__partner=voucher.partner)
    DomainFactory(organization=voucher.partner)
    ListingFactory(partner=voucher.partner, engagement_type=voucher.engagement_type)
    profile = BusinessProfileFactory(partner=voucher.partner)
    ProfileDraftFactory(profile=profile)
    enquiry = EnquiryFactory(partner=voucher.partner, customer=voucher.customer)
    conversion = ConversionFactory(source=voucher.agreement)
    purchase = PurchaseFactory(agreement=voucher.agreement)
    parties = {Side.PARTNER: voucher.partner, Side.CUSTOMER: voucher.customer}
    people = {kind: people_of(parties[kind], kind, voucher) for kind in KINDS}
    upload = VoucherImportFactory(
        organization=voucher.customer,
        made_by=people[Side.CUSTOMER][Role.BENEFIT_ADMIN],
    )
    VoucherBatchFactory(customer=voucher.customer)
    outlook.foresee_all()
    rivals = {
        Side.PARTNER: rival(PartnerFactory(), Side.PARTNER),
        Side.CUSTOMER: rival(CustomerFactory(), Side.CUSTOMER),
    }
    return SimpleNamespace(
        organization=parties,
        people=people,
        rivals=rivals,
        strangers={kind: rivals[kind].person for kind in KINDS} | {"sponsor": staff()},
        program=voucher.agreement.program,
        version=agreement_of(voucher.agreement.program).pk,
        rows={
            "colleague": {k: colleague(parties[k], k).pk for k in KINDS},
            "domain": {k: DomainFactory(organization=parties[k]).pk for k in KINDS},
            "proof": {k: proof_of(parties[k]) for k in KINDS},
            "recovery": {
                k: AdminRecoveryFactory(organization=parties[k]).pk for k in KINDS
            },
            "invitation": {k: invitation_of(parties[k], k).pk for k in KINDS},
            "section": dict.fromkeys(KINDS, "company"),
            "document": dict.fromkeys(KINDS, deliverable_of(engagement).pk),
            "agreement": dict.fromkeys(KINDS, voucher.agreement.pk),
            "conversion": dict.fromkeys(KINDS, conversion.pk),
            "purchase": dict.fromkeys(KINDS, purchase.pk),
            "voucher": dict.fromkeys(KINDS, voucher.number),
            "engagement": dict.fromkeys(KINDS, engagement.pk),
            "profile": dict.fromkeys(KINDS, profile.address),
            "enquiry": dict.fromkeys(KINDS, enquiry.pk),
            "consultant": dict.fromkeys(KINDS, certificate.consultant_id),
            "export": {
                k: export_of(parties[k], people[k][ROLES_OF[k][0]]) for k in KINDS
            },
            "import": dict.fromkeys(KINDS, upload.ticket),
            "request": dict.fromkeys(KINDS, request.reference),
        },
    )


def people_of(organization, kind, voucher):
    """Return one person of each role; the project manager is the voucher's."""
    people = {
        role: MembershipFactory(organization=organization, roles=[role]).person
        for role in ROLES_OF[kind]
    }
    if kind == Side.CUSTOMER:
        people[Role.PROJECT_MANAGER] = voucher.project_manager
    for person in people.values():
        give_second_factor(person)
    return people


def rival(organization, kind):
    """Return somebody who may do everything in an organization of the same kind."""
    member = MembershipFactory(organization=organization, roles=ROLES_OF[kind])
    give_second_factor(member.person)
    return member


def staff():
    person = staff_actor(*Duty).person
    give_second_factor(person)
    return person


def deliverable_of(engagement):
    """Return the deliverable of an engagement, with a file behind it."""
    document = engagement.completion_report.deliverable
    storages["documents"].save(document.path, ContentFile(PNG))
    return document


def export_of(organization, person):
    """Return the ticket of a workbook that is made, with a file behind it."""
    file = TemporaryFileFactory(organization=organization, person=person)
    export = TableExportFactory(
        organization=organization, person=person, file=file, finished_at=clock.now()
    )
    storages["documents"].save(file.path, ContentFile(b"a workbook"))
    return export.ticket


def colleague(organization, kind):
    return MembershipFactory(organization=organization, roles=ROLES_OF[kind][:1])


def proof_of(organization):
    """Return the token of a link that waits in a mail."""
    token = new_token()
    DomainFactory(
        organization=organization,
        verified_at=None,
        token_hash=hash_of(token),
        expires_at=clock.now() + timedelta(days=1),
    )
    return token


def invitation_of(organization, kind):
    return InvitationFactory(organization=organization, roles=ROLES_OF[kind][:1])

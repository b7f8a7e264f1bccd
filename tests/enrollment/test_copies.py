"""The signed copy: what stands on it, and that it is made and mailed once."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.conf import settings
from django.core import mail as outbox
from pypdf import PdfReader

from enrollment import tasks
from enrollment.models import Signature
from enrollment.services import agreements
from portal.models import AuditEntry, Document, Email
from portal.roles import Role
from portal.tasks import send_email
from tests.factories.enrollment import ProgramAgreementFactory, SignatureFactory
from tests.factories.portal import MembershipFactory, PartnerFactory

pytestmark = pytest.mark.django_db
ARTICLES = [f"{number}. Article {number} says what is fair." for number in range(1, 61)]


@pytest.fixture
def long_signature(admin):
    admin.organization.time_zone = "Europe/Berlin"
    admin.organization.save()
    agreement = ProgramAgreementFactory(version="2.1", text="\n\n".join(ARTICLES))
    return SignatureFactory(
        partner=admin.organization,
        agreement=agreement,
        signer=admin.person,
        signer_roles=["partner_admin"],
        signed_at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
    )


def read(signature):
    return PdfReader(BytesIO(agreements.render_copy(signature)))


def text_of(signature):
    return "\n".join(page.extract_text() for page in read(signature).pages)


def test_the_copy_holds_all_that_was_signed(long_signature):
    text = text_of(long_signature)

    for part in (
        *ARTICLES,
        str(long_signature.partner),
        "Ana Silva",
        "Director",
        long_signature.signer.email,
        "Partner admin",
        "1 February 2026",
        "Europe/Berlin, UTC+01:00",
        "192.0.2.1",
        "2.1",
        long_signature.text_hash,
    ):
        assert part in text


def test_the_frame_speaks_the_signers_language_and_the_text_stays(long_signature):
    long_signature.signer.language = "zh-hant"

    text = text_of(long_signature)

    assert ARTICLES[0] in text
    assert "2026年2月1日" in text


def test_a_chinese_company_has_its_name(long_signature):
    long_signature.partner.name = "東京製造株式会社"

    assert "東京製造株式会社" in text_of(long_signature)


def test_the_copy_is_made_for_the_archive(signature):
    metadata = read(signature).trailer["/Root"]["/Metadata"].get_data()

    assert b'pdfaid:part="3"' in metadata


def test_the_copy_is_made_and_mailed_once(signature, admin):
    other = MembershipFactory(
        organization=admin.organization, roles=[Role.PARTNER_ADMIN]
    )
    MembershipFactory(organization=admin.organization, roles=[Role.FINANCE])

    tasks.copy_signature(signature.pk)
    tasks.copy_signature(signature.pk)

    copy = Signature.objects.get().copy
    assert copy == Document.objects.get()
    assert copy.parties == [admin.organization_id]
    assert copy.content_type == "application/pdf"
    assert AuditEntry.objects.get().verb == "agreement.copied"
    mails = Email.objects.filter(key__startswith="agreement-signed:")
    assert {mail.to for mail in mails} == {admin.person.email, other.person.email}
    assert {mail.attachment for mail in mails} == {copy}


def test_the_mail_carries_the_copy(signature):
    tasks.copy_signature(signature.pk)

    send_email(Email.objects.get().key)

    [(name, content, content_type)] = outbox.outbox[0].attachments
    assert name.endswith(f"-agreement-{signature.agreement.version}.pdf")
    assert PdfReader(BytesIO(content)).pages
    assert content_type == "application/pdf"


def test_a_signer_who_has_left_gets_no_mail(signature, admin):
    other = MembershipFactory(
        organization=admin.organization, roles=[Role.PARTNER_ADMIN]
    )
    signature.signer.is_active = False
    signature.signer.save()

    tasks.copy_signature(signature.pk)

    assert Email.objects.get().to == other.person.email


def test_the_sweep_asks_for_what_is_missing_only(signature, monkeypatch):
    asked = []

    def ask(args, expires):
        asked.extend(args)

    monkeypatch.setattr(tasks.copy_signature, "apply_async", ask)

    assert tasks.copy_missing_signatures() == 1
    tasks.copy_signature(signature.pk)
    assert tasks.copy_missing_signatures() == 0

    assert asked == [signature.pk]


def test_signs_of_a_version_that_no_file_name_bears_are_left_out(admin):
    agreement = ProgramAgreementFactory(version="../2 β/1")
    signature = SignatureFactory(
        agreement=agreement, partner=PartnerFactory(), signer=admin.person
    )

    tasks.copy_signature(signature.pk)

    assert "/" not in Document.objects.get().name


def test_the_mail_tells_who_signed_what_and_where_the_copies_stand(signature, admin):
    tasks.copy_signature(signature.pk)

    [mail] = Email.objects.all()
    assert mail.body.startswith(f"Hello {admin.person.name},")
    assert f"Ana Silva (Director) signed for {signature.partner} on" in mail.body
    assert f"{settings.ORIGIN}/o/{signature.partner.slug}/enrollment/" in mail.body
    assert str(signature.partner) in mail.subject

"""A program with one offering, and a partner on its way into it."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from pypdf import PdfWriter

from enrollment.models import Section
from enrollment.services import reviews
from enrollment.services.reviews import PinDraft
from portal.roles import Duty, Role
from tests.factories.enrollment import (
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    ProgramAgreementFactory,
    SignatureFactory,
)
from tests.factories.portal import ReasonFactory, actor_of, staff_actor

OF_PROGRAM = {
    "add_offering",
    "agreement",
    "check",
    "offerings",
    "program",
    "sent",
    "signatures",
}


@pytest.fixture
def engagement_type(db):
    return EngagementTypeFactory()


@pytest.fixture
def offering(engagement_type):
    return engagement_type.offering


@pytest.fixture
def program(offering):
    return offering.program


@pytest.fixture
def agreement(program):
    return ProgramAgreementFactory(program=program)


@pytest.fixture
def admin(partner):
    return actor_of(partner, Role.PARTNER_ADMIN)


@pytest.fixture
def lead(partner):
    return actor_of(partner, Role.DELIVERY_LEAD)


@pytest.fixture
def reviewer(db):
    return staff_actor(Duty.ENROLLMENT_REVIEWER)


@pytest.fixture
def reason(db):
    return ReasonFactory(label="No proof behind it", advice="Add the proof.")


@pytest.fixture
def return_for_correction(reviewer, reason):
    """Return an enrollment with a pin at one section."""

    def pin(enrollment, section=Section.COMPETENCIES, note="Add a page."):
        pinned = PinDraft(section, reason, note)
        reviews.return_enrollment(enrollment, pins=[pinned], by=reviewer)

    return pin


@pytest.fixture
def held(partner, engagement_type):
    """Return a verified competency that covers the engagement type."""
    competency = engagement_type.qualifications.get().competency
    return HeldCompetencyFactory(partner=partner, competency=competency, verified=True)


@pytest.fixture
def signature(partner, agreement, admin):
    return SignatureFactory(partner=partner, agreement=agreement, signer=admin.person)


@pytest.fixture
def pdf():
    buffer = BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(buffer)
    return ContentFile(buffer.getvalue(), name="certificate.pdf")


def url(page, organization, program):
    args = [organization.slug, *([program.code] if page in OF_PROGRAM else [])]
    return reverse(f"enrollment:{page}", args=args)


@pytest.fixture
def visit(as_person, program):
    """Open a page as an actor; with ``typed``, post it."""

    def open_page(actor, page, typed=None, organization=None):
        address = url(page, organization or actor.organization, program)
        client = as_person(actor.person)
        if typed is None:
            return client.get(address)
        return client.post(address, typed, follow=True)

    return open_page


@pytest.fixture
def open_enrollment(admin, program, offering):
    return EnrollmentFactory(
        partner=admin.organization, program=program, offerings=[offering]
    )

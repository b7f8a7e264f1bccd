"""The catalogue, and what partners hold, have signed and are enrolled for."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from enrollment.models import (
    BusinessProfile,
    Certificate,
    Competency,
    CompetencyExam,
    Consultant,
    EngagementType,
    Enquiry,
    Enrollment,
    EnrollmentLine,
    Exam,
    HeldCompetency,
    Level,
    Listing,
    Offering,
    ProfileDraft,
    Program,
    ProgramAgreement,
    ProgramRequirement,
    Qualification,
    RequirementKind,
    Signature,
    Tag,
)
from portal import clock
from portal.models import Document
from portal.models.organizations import introduce
from tests.factories.portal import (
    CustomerFactory,
    LocationFactory,
    PartnerFactory,
    ReasonFactory,
    UserFactory,
)


def days_ago(days):
    return factory.LazyFunction(lambda: clock.today() - timedelta(days=days))


def days_ahead(days):
    return days_ago(-days)


class ProgramFactory(DjangoModelFactory):
    """A program without requirements of its own and without days of grace."""

    class Meta:
        model = Program

    grace_days = 0

    code = factory.Sequence(lambda n: f"P{n:05}")
    name = factory.Sequence(lambda n: f"Program {n:05}")


class OfferingFactory(DjangoModelFactory):
    class Meta:
        model = Offering

    program = factory.SubFactory(ProgramFactory)
    code = factory.Sequence(lambda n: f"O{n:05}")
    name = factory.Sequence(lambda n: f"Offering {n:05}")


class CompetencyFactory(DjangoModelFactory):
    """A competency that counts until its anniversary and not a day longer."""

    class Meta:
        model = Competency

    grace_days = 0

    name = factory.Sequence(lambda n: f"Competency {n:05}")


class EngagementTypeFactory(DjangoModelFactory):
    """An engagement type for which one competency qualifies, from silver on.

    ``qualifications=[(competency, level), …]`` names others.
    """

    class Meta:
        model = EngagementType
        skip_postgeneration_save = True

    offering = factory.SubFactory(OfferingFactory)
    slug = factory.Sequence(lambda n: f"engagement-type-{n}")
    name = factory.Sequence(lambda n: f"Engagement type {n:05}")
    lengths = [1, 3, 5, 10, 15]

    @factory.post_generation
    def qualifications(self, create, extracted, **kwargs):
        if extracted is None:
            extracted = [(CompetencyFactory(), Level.SILVER)]
        for competency, level in extracted:
            Qualification.objects.create(
                engagement_type=self, competency=competency, minimum_level=level
            )


class DocumentFactory(DjangoModelFactory):
    """A row without a file behind it."""

    class Meta:
        model = Document

    name = "proof.pdf"
    content_type = "application/pdf"
    size = 100
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    parties = []


class HeldCompetencyFactory(DjangoModelFactory):
    """A competency that waits for review; ``verified=True`` or ``returned=True``."""

    class Meta:
        model = HeldCompetency

    partner = factory.SubFactory(PartnerFactory)
    competency = factory.SubFactory(CompetencyFactory)
    level = Level.GOLD
    valid_from = days_ago(400)
    valid_until = days_ahead(330)
    proof = factory.SubFactory(
        DocumentFactory,
        parties=factory.LazyAttribute(lambda o: [o.factory_parent.partner.pk]),
    )

    class Params:
        verified = factory.Trait(state="verified")
        returned = factory.Trait(state="returned", return_reason="The page is missing.")


class ProgramAgreementFactory(DjangoModelFactory):
    class Meta:
        model = ProgramAgreement

    program = factory.SubFactory(ProgramFactory)
    version = factory.Sequence(lambda n: f"1.{n}")
    title = "Program agreement"
    text = "1. Be fair."
    effective_on = days_ago(800)


class SignatureFactory(DjangoModelFactory):
    class Meta:
        model = Signature

    partner = factory.SubFactory(PartnerFactory)
    agreement = factory.SubFactory(ProgramAgreementFactory)
    signer = factory.SubFactory(UserFactory)
    signer_name = "Ana Silva"
    signer_title = "Director"
    address = "192.0.2.1"
    text_hash = factory.LazyAttribute(lambda o: o.agreement.text_hash)
    signed_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=300))


def grace_of(enrollment):
    return enrollment.ends_on + timedelta(days=enrollment.program.grace_days)


class EnrollmentFactory(DjangoModelFactory):
    """An enrollment in progress; ``submitted=True``, ``active=True`` and so on move it.

    ``offerings=[…]`` gives it its lines, approved once the enrollment is decided.
    """

    class Meta:
        model = Enrollment
        skip_postgeneration_save = True

    partner = factory.SubFactory(PartnerFactory)
    program = factory.SubFactory(ProgramFactory)
    period = 1

    class Params:
        submitted = factory.Trait(
            state="submitted",
            submitted_at=factory.LazyFunction(clock.now),
            submitted_by=factory.SubFactory(UserFactory),
        )
        decided = factory.Trait(
            submitted=True,
            starts_on=days_ago(100),
            ends_on=days_ahead(265),
            good_until=factory.LazyAttribute(grace_of),
            decided_by=factory.SubFactory(UserFactory),
        )
        active = factory.Trait(decided=True, state="active")
        renewal_due = factory.Trait(
            decided=True,
            state="renewal_due",
            starts_on=days_ago(305),
            ends_on=days_ahead(60),
        )
        lapsed = factory.Trait(
            decided=True,
            state="lapsed",
            starts_on=days_ago(366),
            ends_on=days_ago(1),
        )
        suspended = factory.Trait(decided=True, state="suspended")

    @factory.post_generation
    def offerings(self, create, extracted, **kwargs):
        for offering in extracted or []:
            EnrollmentLine.objects.create(
                enrollment=self,
                partner=self.partner,
                offering=offering,
                state="approved" if self.starts_on else "asked",
            )


class ExamFactory(DjangoModelFactory):
    class Meta:
        model = Exam

    code = factory.Sequence(lambda n: f"EX-{n:05}")
    name = factory.Sequence(lambda n: f"Exam {n:05}")


class CompetencyExamFactory(DjangoModelFactory):
    class Meta:
        model = CompetencyExam

    competency = factory.SubFactory(CompetencyFactory)
    exam = factory.SubFactory(ExamFactory)


class ProgramRequirementFactory(DjangoModelFactory):
    class Meta:
        model = ProgramRequirement

    program = factory.SubFactory(ProgramFactory)
    kind = RequirementKind.CONSULTANT


class ConsultantFactory(DjangoModelFactory):
    """A person who has confirmed to work for a partner."""

    class Meta:
        model = Consultant

    partner = factory.SubFactory(PartnerFactory)
    person = factory.SubFactory(UserFactory)
    since = days_ago(500)


class CertificateFactory(DjangoModelFactory):
    """A passed exam that waits for review; ``verified=True`` or ``returned=True``."""

    class Meta:
        model = Certificate

    consultant = factory.SubFactory(ConsultantFactory)
    partner = factory.SelfAttribute("consultant.partner")
    exam = factory.SubFactory(ExamFactory)
    passed_on = days_ago(200)
    valid_until = days_ahead(300)
    proof = factory.SubFactory(
        DocumentFactory,
        parties=factory.LazyAttribute(lambda o: [o.factory_parent.partner.pk]),
    )

    class Params:
        verified = factory.Trait(state="verified")
        returned = factory.Trait(state="returned", return_reason="The page is missing.")


class BusinessProfileFactory(DjangoModelFactory):
    """A published profile; ``published_at=None`` leaves a draft, ``returned=True``."""

    class Meta:
        model = BusinessProfile

    partner = factory.SubFactory(PartnerFactory)
    country = factory.SelfAttribute("partner.country")
    state = factory.LazyAttribute(lambda o: "published" if o.published_at else "draft")
    description = "We plan."
    published_at = factory.LazyFunction(clock.now)

    class Params:
        returned = factory.Trait(
            state="returned",
            published_at=None,
            returned_at=factory.LazyFunction(clock.now),
            reason=factory.SubFactory(ReasonFactory, topic="profile"),
        )


class ProfileDraftFactory(DjangoModelFactory):
    """What is typed and not published; by itself of a profile that never was."""

    class Meta:
        model = ProfileDraft

    profile = factory.SubFactory(
        BusinessProfileFactory, description="", published_at=None
    )
    partner = factory.SelfAttribute("profile.partner")
    description = "We plan well."


class TagFactory(DjangoModelFactory):
    class Meta:
        model = Tag

    kind = "industry"
    slug = factory.Sequence(lambda n: f"industry-{n}")
    name = factory.Sequence(lambda n: f"Industry {n:05}")


class ListingFactory(DjangoModelFactory):
    class Meta:
        model = Listing

    partner = factory.SubFactory(PartnerFactory)
    engagement_type = factory.SubFactory(EngagementTypeFactory)
    until = days_ahead(265)


class EnquiryFactory(DjangoModelFactory):
    """An enquiry that waits for the partner's answer; both know each other's names."""

    class Meta:
        model = Enquiry
        skip_postgeneration_save = True

    customer = factory.SubFactory(CustomerFactory)
    partner = factory.SubFactory(PartnerFactory)
    country = "DE"
    asked_by = factory.SubFactory(UserFactory)
    message = "Can you plan our upgrade in May?"
    answer_by = days_ahead(14)

    @factory.post_generation
    def introduced(self, create, extracted, **kwargs):
        introduce(self.customer, self.partner)


def agreement_of(program):
    """Return the program's agreement in force, made when there is none."""
    in_force = ProgramAgreement.objects.in_force(program, clock.today())
    return in_force or ProgramAgreementFactory(program=program)


def eligible_partner(engagement_type, **fields):
    """Return a listed partner in Germany that may deliver an engagement type today."""
    offering = engagement_type.offering
    partner = PartnerFactory(is_listed=True, **fields)
    LocationFactory(organization=partner)
    qualification = engagement_type.qualifications.first()
    HeldCompetencyFactory(
        partner=partner, competency=qualification.competency, verified=True
    )
    SignatureFactory(partner=partner, agreement=agreement_of(offering.program))
    EnrollmentFactory(
        partner=partner, program=offering.program, offerings=[offering], active=True
    )
    BusinessProfileFactory(partner=partner)
    ListingFactory(partner=partner, engagement_type=engagement_type)
    return partner


def competency_for(partner, engagement_type):
    """Return the partner's verified competency for a type, made when there is none."""
    competency = engagement_type.qualifications.first().competency
    mine = HeldCompetency.objects.filter(
        partner=partner, competency=competency, state="verified"
    )
    return mine.first() or HeldCompetencyFactory(
        partner=partner, competency=competency, verified=True, proof=None
    )


def exam_for(engagement_type):
    """Return an exam of the competency that qualifies, made when none is named."""
    competency = engagement_type.qualifications.first().competency
    rule = competency.exam_rules.first() or CompetencyExamFactory(competency=competency)
    return rule.exam


def ask_for_consultants(engagement_type):
    """Let the program ask for certified consultants, and name an exam."""
    program = engagement_type.offering.program
    if not program.requirements.filter(kind=RequirementKind.CONSULTANT).exists():
        ProgramRequirementFactory(program=program)
    return exam_for(engagement_type)


def certified_consultant(partner, engagement_type, **fields):
    """Return a consultant of the partner with a verified certificate for a type.

    ``fields`` belong to the certificate, ``person=…`` to the consultant.
    """
    person = fields.pop("person", None) or UserFactory()
    mine = Consultant.objects.filter(partner=partner, person=person)
    consultant = mine.first() or ConsultantFactory(partner=partner, person=person)
    CertificateFactory(
        consultant=consultant,
        exam=exam_for(engagement_type),
        **{"verified": True, **fields},
    )
    return consultant

"""The reviewers' side: reading, deciding, and keeping the catalogue."""

import pytest
from django.urls import reverse

from enrollment.models import (
    EngagementType,
    Enrollment,
    EnrollmentLine,
    HeldCompetency,
    Offering,
    Pin,
    Qualification,
    Section,
)
from enrollment.models.competencies import ProofState
from enrollment.models.states import EnrollmentState
from portal import clock
from portal.audit import record
from portal.models import AuditEntry
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.enrollment import (
    CompetencyFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    SignatureFactory,
)
from tests.factories.portal import ReasonFactory, staff_actor

pytestmark = pytest.mark.django_db
CATALOGUE = [
    "program",
    "offering",
    "competency",
    "engagementtype",
    "exam",
    "programagreement",
]
RECORDS = [
    "enrollment",
    "enrollmentline",
    "heldcompetency",
    "signature",
    "businessprofile",
]


@pytest.fixture
def at_desk(as_person):
    """Sign somebody with these duties in, second factor and all."""

    def sit_down(*duties):
        person = staff_actor(*duties).person
        give_second_factor(person)
        return as_person(person)

    return sit_down


def change(row):
    name = f"admin:enrollment_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])


def decide(client, row, action, **typed):
    address = reverse(f"admin:enrollment_{row._meta.model_name}_changelist")
    return client.post(
        address, {"action": action, "_selected_action": [row.pk], **typed}, follow=True
    )


@pytest.fixture
def sent(partner, program, offering, held):
    return EnrollmentFactory(
        partner=partner, program=program, offerings=[offering], submitted=True
    )


@pytest.mark.parametrize("model", [*CATALOGUE, *RECORDS])
def test_staff_can_read_every_list(at_desk, model, sent):
    SignatureFactory()
    client = at_desk(Duty.AUDITOR)

    response = client.get(reverse(f"admin:enrollment_{model}_changelist"))

    assert response.status_code == 200


@pytest.mark.parametrize("model", CATALOGUE)
def test_only_program_managers_add_to_the_catalogue(at_desk, model):
    address = reverse(f"admin:enrollment_{model}_add")

    assert at_desk(Duty.ENROLLMENT_REVIEWER).get(address).status_code == 403
    assert at_desk(Duty.PROGRAM_MANAGER).get(address).status_code == 200


@pytest.mark.parametrize("model", RECORDS)
def test_nobody_types_a_record(at_desk, model):
    client = at_desk(*Duty)

    assert client.get(reverse(f"admin:enrollment_{model}_add")).status_code == 403


def test_the_page_of_an_enrollment_shows_the_evidence(
    at_desk, sent, held, engagement_type
):
    response = at_desk(Duty.ENROLLMENT_REVIEWER).get(change(sent))

    assert engagement_type.name in response.text
    assert f"{held}, verified." in response.text
    proof = reverse("admin:portal_document_file", args=[held.proof.pk])
    assert proof in response.text


def test_a_reviewer_approves(at_desk, sent):
    decide(at_desk(Duty.ENROLLMENT_REVIEWER), sent, "approve")

    assert Enrollment.objects.get().state == EnrollmentState.ACTIVE


def test_a_refused_approval_shows_the_findings(at_desk, sent, held):
    held.delete()

    response = decide(at_desk(Duty.ENROLLMENT_REVIEWER), sent, "approve")

    assert "No verified competency covers one of its engagement types." in response.text
    assert Enrollment.objects.get().state == EnrollmentState.SUBMITTED


def test_others_have_no_button(at_desk, sent):
    decide(at_desk(Duty.AUDITOR, Duty.PROGRAM_MANAGER), sent, "approve")

    assert Enrollment.objects.get().state == EnrollmentState.SUBMITTED


def test_a_return_asks_for_the_pins_first(at_desk, sent, reason):
    client = at_desk(Duty.ENROLLMENT_REVIEWER)
    action = "return_enrollment"

    asked = decide(client, sent, action)
    assert Enrollment.objects.get().state == EnrollmentState.SUBMITTED
    assert "The partner reads the reasons" in asked.text

    decide(client, sent, action, carry_out="1", agreement=reason.pk)
    assert Pin.objects.get().section == "agreement"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Choose a reason for one section at least."),
        ({"company_note": "See page 2."}, "Choose the reason that the note explains."),
        ({"company": "other"}, "Write a note"),
    ],
)
def test_pins_that_say_too_little_are_named_beside_their_field(
    at_desk, sent, typed, sentence
):
    other = ReasonFactory(needs_note=True)
    typed = {name: other.pk if v == "other" else v for name, v in typed.items()}

    answer = decide(
        at_desk(Duty.ENROLLMENT_REVIEWER),
        sent,
        "return_enrollment",
        carry_out="1",
        **typed,
    )

    assert sentence in answer.text
    assert Enrollment.objects.get().state == EnrollmentState.SUBMITTED


def test_a_reviewer_rejects_with_a_coded_reason(at_desk, sent, reason):
    decide(
        at_desk(Duty.ENROLLMENT_REVIEWER),
        sent,
        "reject",
        carry_out="1",
        reason=reason.pk,
    )

    assert Enrollment.objects.get().reason == reason


def test_lines_are_decided_on_their_own_page(at_desk, sent, reason, held):
    client, line = at_desk(Duty.ENROLLMENT_REVIEWER), sent.lines.get()
    assert f"{held}, verified." in client.get(change(line)).text

    decide(client, line, "refuse_line", carry_out="1", reason=reason.pk)

    assert EnrollmentLine.objects.get().reason == reason


def test_what_changed_since_stands_beside_each_pin(
    at_desk, sent, return_for_correction, admin
):
    return_for_correction(sent)
    claimed = HeldCompetencyFactory(partner=admin.organization)
    record("competency.claimed", claimed, by=admin, parties=[admin.organization_id])
    Enrollment.objects.filter(pk=sent.pk).update(state="submitted")
    return_for_correction(sent, Section.COMPANY)

    page = at_desk(Duty.ENROLLMENT_REVIEWER).get(change(sent)).text

    assert "added a competency with its proof" in page
    assert "Nothing was changed." in page


def test_the_queue_keeps_what_waits_the_oldest_first(at_desk, sent, program):
    later = EnrollmentFactory(program=program, submitted=True)
    Enrollment.objects.filter(pk=sent.pk).update(submitted_at=clock.now())
    asks = EnrollmentFactory(program=program, active=True, submitted_at=None)
    EnrollmentLine.objects.create(
        enrollment=asks, partner=asks.partner, offering=sent.offerings.get()
    )
    EnrollmentFactory(program=program, active=True)
    address = reverse("admin:enrollment_enrollment_changelist")

    page = at_desk(Duty.ENROLLMENT_REVIEWER).get(address, {"waiting": "review"})

    assert list(page.context["cl"].queryset) == [later, sent, asks]


def test_an_enrollment_is_found_by_its_reference(at_desk, sent):
    EnrollmentFactory()
    address = reverse("admin:enrollment_enrollment_changelist")

    page = at_desk(Duty.AUDITOR).get(address, {"q": sent.reference.lower()})

    assert list(page.context["cl"].queryset) == [sent]


def test_a_reviewer_verifies_a_competency(at_desk):
    held = HeldCompetencyFactory()

    decide(at_desk(Duty.ENROLLMENT_REVIEWER), held, "verify")

    assert HeldCompetency.objects.get().state == ProofState.VERIFIED


def test_a_managers_change_is_kept_and_recorded(at_desk, offering):
    typed = {"program": offering.program_id, "code": offering.code, "name": "Renamed"}

    at_desk(Duty.PROGRAM_MANAGER).post(change(offering), typed)

    assert Offering.objects.get().name == "Renamed"
    assert AuditEntry.objects.get().verb == "catalogue.changed"


def test_others_cannot_change_the_catalogue(at_desk, offering):
    typed = {"program": offering.program_id, "code": offering.code, "name": "Renamed"}

    response = at_desk(Duty.ENROLLMENT_REVIEWER).post(change(offering), typed)

    assert response.status_code == 403
    assert Offering.objects.get().name == offering.name


def test_qualifications_are_changed_and_recorded_with_their_type(
    at_desk, engagement_type
):
    rule = engagement_type.qualifications.get()
    typed = {
        "offering": engagement_type.offering_id,
        "slug": engagement_type.slug,
        "name": engagement_type.name,
        "lengths": "1,3",
        "qualifications-TOTAL_FORMS": 2,
        "qualifications-INITIAL_FORMS": 1,
        "qualifications-0-id": rule.pk,
        "qualifications-0-engagement_type": engagement_type.pk,
        "qualifications-0-competency": rule.competency_id,
        "qualifications-0-minimum_level": 1,
        "qualifications-0-DELETE": "on",
        "qualifications-1-engagement_type": engagement_type.pk,
        "qualifications-1-competency": CompetencyFactory().pk,
        "qualifications-1-minimum_level": 2,
    }

    at_desk(Duty.PROGRAM_MANAGER).post(change(engagement_type), typed)

    assert EngagementType.objects.get().lengths == [1, 3]
    assert Qualification.objects.get().minimum_level == 2
    verbs = AuditEntry.objects.values_list("verb", flat=True)
    assert sorted(verbs) == [
        "catalogue.added",
        "catalogue.changed",
        "catalogue.removed",
    ]

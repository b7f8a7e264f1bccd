"""Pages of consultants: what is seen, done, refused, and at what cost."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrollment.models import Certificate, Consultant
from portal import clock
from portal.models import Invitation
from portal.roles import Duty, Role
from tests.conftest import give_second_factor
from tests.factories.enrollment import (
    CertificateFactory,
    ConsultantFactory,
    ExamFactory,
)
from tests.factories.portal import ReasonFactory, actor_of, staff_actor

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture
def kira(partner):
    return actor_of(partner, Role.CONSULTANT)


@pytest.fixture
def consultant(kira):
    return ConsultantFactory(partner=kira.organization, person=kira.person)


def url(page, partner, *args):
    return reverse(f"enrollment:{page}", args=[partner.slug, *args])


def typed(pdf, **fields):
    pdf.seek(0)
    days = {"passed_on": str(TODAY), "valid_until": ""}
    return {**days, "proof": pdf, **fields}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_rows(
    as_person, lead, rows, same_statements
):
    for _row in range(rows):
        here = ConsultantFactory(partner=lead.organization)
        CertificateFactory(consultant=here)
    client = as_person(lead.person)
    client.get(url("consultants", lead.organization))

    with same_statements():
        client.get(url("consultants", lead.organization))


def test_the_list_parts_who_works_here_from_who_left(as_person, admin):
    here = ConsultantFactory(partner=admin.organization)
    gone = ConsultantFactory(
        partner=admin.organization, until=TODAY - timedelta(days=1)
    )
    ConsultantFactory()

    response = as_person(admin.person).get(url("consultants", admin.organization))

    assert (response.context["here"], response.context["former"]) == ([here], [gone])


def test_an_empty_list_says_what_to_do(as_person, admin):
    response = as_person(admin.person).get(url("consultants", admin.organization))

    assert "Invite a consultant, or confirm yourself" in response.text


def test_an_admin_invites(as_person, admin):
    response = as_person(admin.person).post(
        url("consultant_invite", admin.organization),
        {"email": "kira@example.com"},
        follow=True,
    )

    assert "kira@example.com" in response.text
    assert Invitation.objects.get().roles == [Role.CONSULTANT]


def test_a_person_confirms_and_is_led_to_the_certificates(as_person, kira):
    response = as_person(kira.person).post(
        url("consultant_confirm", kira.organization),
        {"since": str(TODAY)},
        follow=True,
    )

    assert "Next: add the exams you passed." in response.text
    assert response.context["consultant"] == Consultant.objects.get()


def test_who_works_elsewhere_is_asked_for_the_last_day_there(as_person, kira):
    ConsultantFactory(person=kira.person)
    page = url("consultant_confirm", kira.organization)
    client = as_person(kira.person)

    assert "My last day at my former company" in client.get(page).text
    refused = client.post(page, {"since": str(TODAY)})
    assert "One works for one company at a time" in refused.text
    yesterday = str(TODAY - timedelta(days=1))
    client.post(page, {"since": str(TODAY), "left_on": yesterday})
    assert Consultant.objects.filter(partner=kira.organization).exists()


def test_others_are_not_asked_for_a_former_company(as_person, kira):
    response = as_person(kira.person).get(url("consultant_confirm", kira.organization))

    assert "My last day at my former company" not in response.text


def test_a_last_day_is_noted(as_person, kira, consultant):
    response = as_person(kira.person).post(
        url("consultant_end", kira.organization, consultant.pk),
        {"until": str(TODAY)},
        follow=True,
    )

    assert "until" in response.text
    assert Consultant.objects.get().until == TODAY


def test_a_refused_last_day_stands_beside_the_field(as_person, kira, consultant):
    early = str(consultant.since - timedelta(days=1))

    response = as_person(kira.person).post(
        url("consultant_end", kira.organization, consultant.pk), {"until": early}
    )

    assert response.context["form"].errors["until"]
    assert Consultant.objects.get().until is None


class TestAddingACertificate:
    @pytest.fixture
    def page(self, kira, consultant):
        return url("certificate_add", kira.organization, consultant.pk)

    def test_the_code_is_typed_however_it_is_written(self, as_person, kira, page, pdf):
        exam = ExamFactory(code="MS-100")

        response = as_person(kira.person).post(
            page, typed(pdf, exam=" ms-100 "), follow=True
        )

        assert Certificate.objects.get().exam == exam
        assert "The sponsor checks the proof" in response.text

    def test_an_unknown_code_is_refused_in_words_and_kept(
        self, as_person, kira, page, pdf
    ):
        response = as_person(kira.person).post(page, typed(pdf, exam="XY-1"))

        assert "no exam with the code “XY-1”" in response.text
        assert 'value="XY-1"' in response.text
        assert not Certificate.objects.exists()

    def test_a_retired_exam_is_refused_beside_its_field(
        self, as_person, kira, page, pdf
    ):
        exam = ExamFactory(retired_on=TODAY - timedelta(days=1))

        response = as_person(kira.person).post(page, typed(pdf, exam=exam.code))

        assert "was retired on" in response.context["form"].errors["exam"][0]

    def test_the_known_codes_are_offered(self, as_person, kira, page):
        exam = ExamFactory()

        response = as_person(kira.person).get(f"{page}?exam={exam.code}")

        assert f'<option value="{exam.code}">{exam.name}</option>' in response.text
        assert f'value="{exam.code}" ' in response.text

    def test_an_end_before_the_exam_is_refused(self, as_person, kira, page, pdf):
        early = str(TODAY - timedelta(days=1))
        fields = typed(pdf, exam=ExamFactory().code, valid_until=early)

        response = as_person(kira.person).post(page, fields)

        assert response.context["form"].errors["valid_until"]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_consultants_page_costs_the_same_for_any_number_of_certificates(
    as_person, kira, consultant, rows, same_statements
):
    CertificateFactory.create_batch(rows, consultant=consultant)
    client = as_person(kira.person)
    page = url("consultant", kira.organization, consultant.pk)
    client.get(page)

    with same_statements():
        client.get(page)


def test_a_returned_certificate_shows_reason_advice_and_note(
    as_person, kira, consultant
):
    reason = ReasonFactory(topic="certificate")
    CertificateFactory(consultant=consultant, returned=True, reason=reason)

    text = as_person(kira.person).get(consultant.get_absolute_url()).text

    assert reason.label in text
    assert reason.advice in text
    assert "The page is missing." in text


def test_a_colleague_reads_but_finds_no_buttons(as_person, lead, consultant):
    response = as_person(lead.person).get(consultant.get_absolute_url())

    assert not response.context["may_act"]
    assert "add certificates." in response.text


class TestReviewing:
    @pytest.fixture
    def desk(self, as_person):
        person = staff_actor(Duty.ENROLLMENT_REVIEWER).person
        give_second_factor(person)
        return as_person(person)

    def decide(self, desk, row, action, **typed):
        page = reverse("admin:enrollment_certificate_changelist")
        return desk.post(
            page, {"action": action, "_selected_action": [row.pk], **typed}, follow=True
        )

    def test_a_reviewer_verifies(self, desk):
        row = CertificateFactory()

        self.decide(desk, row, "verify_certificate")

        assert Certificate.objects.get().state == "verified"

    def test_a_return_asks_for_a_coded_reason(self, desk):
        row = CertificateFactory()
        reason = ReasonFactory(topic="certificate", code="other-holder")
        ReasonFactory(topic="profile", label="Wrong logo")

        asked = self.decide(desk, row, "return_certificate")
        assert reason.label in asked.text
        assert "Wrong logo" not in asked.text
        typed = {"carry_out": "1", "reason": reason.pk, "note": ""}
        self.decide(desk, row, "return_certificate", **typed)

        assert Certificate.objects.get().reason == reason

    def test_the_same_proof_of_somebody_else_is_shown(self, desk):
        row = CertificateFactory()
        other = CertificateFactory(proof__sha256=row.proof.sha256)

        page = desk.get(reverse("admin:enrollment_certificate_change", args=[row.pk]))

        assert "The same file was handed in for somebody else" in page.text
        assert other.consultant.person.name in page.text

    def test_a_consultants_page_shows_every_certificate(self, desk):
        row = CertificateFactory()
        address = reverse(
            "admin:enrollment_consultant_change", args=[row.consultant_id]
        )

        assert row.exam.code in desk.get(address).text
        assert (
            desk.get(reverse("admin:enrollment_consultant_changelist")).status_code
            == 200
        )

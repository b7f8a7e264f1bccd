"""The partner's enrollment pages, through the browser's eyes."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.urls import reverse

from enrollment.models import Enrollment, HeldCompetency, Level
from enrollment.models.states import EnrollmentState
from portal import clock
from portal.roles import Role
from tests.enrollment.conftest import url
from tests.factories.enrollment import (
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    ProgramFactory,
    eligible_partner,
)
from tests.factories.portal import actor_of

pytestmark = pytest.mark.django_db
TODAY = clock.today()


class TestOverview:
    def test_it_says_what_the_partner_can_deliver(self, as_person, engagement_type):
        partner = eligible_partner(engagement_type)
        client = as_person(actor_of(partner, Role.PARTNER_ADMIN).person)

        response = client.get(reverse("enrollment:overview", args=[partner.slug]))

        assert response.text.count("You can deliver this until") == 1
        assert "to go" not in response.text

    def test_it_says_what_is_next(self, visit, admin, agreement):
        response = visit(admin, "overview")

        assert "Next: Reach and add" in response.text
        assert "5 steps to go" in response.text
        assert "You can deliver this" not in response.text

    def test_another_companys_competencies_are_not_shown(self, visit, admin, held):
        HeldCompetencyFactory()

        assert list(visit(admin, "overview").context["held"]) == [held]

    def test_an_unknown_program_is_not_found(self, as_person, admin, program):
        client = as_person(admin.person)
        address = reverse("enrollment:program", args=[admin.organization.slug, "X"])

        assert client.get(address).status_code == 404

    def test_several_programs_can_be_walked_between(self, visit, admin, program):
        other = ProgramFactory()

        assert (
            url("program", admin.organization, other) in visit(admin, "overview").text
        )

    def test_a_renewal_is_offered_in_its_window(self, visit, admin, program):
        EnrollmentFactory(partner=admin.organization, program=program, renewal_due=True)

        assert "Renew the enrollment" in visit(admin, "overview").text

    @pytest.mark.parametrize("rows", [1, 3])
    def test_it_costs_the_same_for_any_number_of_rows(
        self, as_person, admin, offering, rows, same_statements
    ):
        EngagementTypeFactory.create_batch(rows, offering=offering)
        HeldCompetencyFactory.create_batch(rows, partner=admin.organization)

        client = as_person(admin.person)
        address = reverse("enrollment:overview", args=[admin.organization.slug])
        client.get(address)

        with same_statements():
            client.get(address)


class TestCompetencyAdd:
    @pytest.fixture
    def typed(self, engagement_type, pdf):
        return {
            "competency": engagement_type.qualifications.get().competency_id,
            "level": Level.GOLD,
            "valid_from": TODAY.isoformat(),
            "valid_until": (TODAY + timedelta(days=300)).isoformat(),
            "proof": pdf,
        }

    def test_the_competency_waits_for_review(self, visit, admin, typed):
        response = visit(admin, "competency_add", typed)

        assert "Waiting for review" in response.text
        assert HeldCompetency.objects.get().proof.name == "certificate.pdf"

    @pytest.mark.parametrize(
        ("file", "sentence"),
        [
            ((b"", "a.pdf"), "empty"),
            ((b"<html>", "a.pdf"), "not what its name says"),
            ((b"MZ", "a.exe"), "not accepted"),
        ],
    )
    def test_a_bad_file_is_named_beside_its_field(
        self, visit, admin, typed, file, sentence
    ):
        content, name = file
        bad = {**typed, "proof": ContentFile(content, name=name)}

        response = visit(admin, "competency_add", bad)

        assert sentence in response.context["form"].errors["proof"][0]
        assert not HeldCompetency.objects.exists()

    def test_a_file_that_is_too_large_is_named_beside_its_field(
        self, visit, admin, typed, monkeypatch
    ):
        monkeypatch.setattr(settings, "DOCUMENT_MAX_BYTES", 10)

        response = visit(admin, "competency_add", typed)

        assert "larger than" in response.context["form"].errors["proof"][0]
        assert not HeldCompetency.objects.exists()

    def test_dates_the_wrong_way_round_are_named_beside_their_field(
        self, visit, admin, typed
    ):
        turned = {**typed, "valid_until": (TODAY - timedelta(days=9)).isoformat()}

        response = visit(admin, "competency_add", turned)

        assert list(response.context["form"].errors) == ["valid_until"]
        assert not HeldCompetency.objects.exists()

    def test_the_button_pressed_twice_adds_once(self, visit, admin, typed):
        visit(admin, "competency_add", typed)
        typed["proof"].seek(0)

        response = visit(admin, "competency_add", typed)

        assert "in your list already" in response.text
        assert HeldCompetency.objects.count() == 1


class TestOfferings:
    def test_the_first_choice_begins_the_enrollment(
        self, visit, admin, offering, held, agreement
    ):
        visit(admin, "offerings", {"offerings": [offering.pk]})

        assert list(Enrollment.objects.get().offerings.all()) == [offering]

    def test_what_is_not_covered_is_refused_in_words(
        self, visit, admin, offering, agreement
    ):
        response = visit(admin, "offerings", {"offerings": [offering.pk]})

        assert "cannot be chosen" in response.text
        assert not Enrollment.objects.exists()

    def test_choosing_nothing_is_refused(self, visit, admin, agreement):
        response = visit(admin, "offerings", {"csrfmiddlewaretoken": "x"})
        assert "Choose at least one offering." in response.text
        assert not Enrollment.objects.exists()

    def test_an_offering_of_another_program_cannot_be_chosen(self, visit, admin):
        other = EngagementTypeFactory().offering

        visit(admin, "offerings", {"offerings": [other.pk]})

        assert not Enrollment.objects.exists()


class TestCheck:
    def test_the_button_sends_it(self, visit, admin, open_enrollment, signature, held):
        assert "Send the enrollment for review" in visit(admin, "check").text

        visit(admin, "check", {})

        assert Enrollment.objects.get().state == EnrollmentState.SUBMITTED

    def test_what_is_missing_stands_in_place_of_the_button(
        self, visit, admin, open_enrollment, agreement
    ):
        response = visit(admin, "check")

        assert "Still missing" in response.text
        assert "Send the enrollment for review" not in response.text

    def test_posted_all_the_same_it_is_refused(
        self, visit, admin, open_enrollment, agreement
    ):
        response = visit(admin, "check", {})

        assert "The enrollment is not complete." in response.text
        assert Enrollment.objects.get().state == EnrollmentState.IN_PROGRESS

    def test_sent_twice_the_machine_says_no(
        self, visit, admin, open_enrollment, signature, held
    ):
        visit(admin, "check", {})

        response = visit(admin, "check", {})

        assert "This cannot be done while the enrollment is in review." in response.text

    def test_without_an_open_enrollment_the_page_does_not_exist(self, visit, admin):
        assert visit(admin, "check").status_code == 404

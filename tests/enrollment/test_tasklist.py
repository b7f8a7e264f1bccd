"""The task list that can be left and resumed: first enrollment, return, new year."""

import pytest
from django.urls import reverse

from enrollment.models import (
    Confirmation,
    Enrollment,
    EnrollmentLine,
    Level,
    LineState,
    Section,
)
from enrollment.models.states import EnrollmentState
from enrollment.services import enrollments, reviews
from portal import clock
from portal.audit import record
from portal.findings import Refused
from portal.models import AuditEntry
from portal.tenancy import acting_for
from tests.factories.enrollment import (
    EngagementTypeFactory,
    EnrollmentFactory,
    ProgramAgreementFactory,
    ProgramRequirementFactory,
)

pytestmark = pytest.mark.django_db


def titled(response):
    """Return the status of each task by its title."""
    tasks = response.context["overview"].tasks()
    return {str(task.title): str(task.status) for task in tasks}


@pytest.fixture
def other(held, program):
    """Return one more offering that the partner's competency covers."""
    return EngagementTypeFactory(
        offering__program=program, qualifications=[(held.competency, Level.SILVER)]
    ).offering


@pytest.fixture
def sent(admin, program, offering, held, signature):
    return EnrollmentFactory(
        partner=admin.organization,
        program=program,
        offerings=[offering],
        submitted=True,
    )


@pytest.fixture
def ending(admin, program, offering, held, signature):
    """Return a period that ends in sixty days, with everything in order."""
    return EnrollmentFactory(
        partner=admin.organization,
        program=program,
        offerings=[offering],
        renewal_due=True,
    )


@pytest.fixture
def renewal(ending, admin):
    return enrollments.begin(ending.program, by=admin)


class TestFirstEnrollment:
    def test_each_task_says_how_far_it_is(self, visit, admin, signature, held):
        assert titled(visit(admin, "overview")) == {
            "Check your company and its locations": "Completed",
            "Add your competencies": "Completed",
            "Sign the program agreement": "Completed",
            "Choose your offerings": "Not started",
            "Check and send": "Cannot start yet",
            "Publish your business profile": "Cannot start yet",
        }

    def test_the_next_task_is_the_button(self, visit, admin, signature, held):
        here = visit(admin, "overview").context["overview"]

        assert here.next_task.title == "Choose your offerings"

    def test_a_program_that_asks_for_a_domain_leads_to_the_company(
        self, visit, admin, program
    ):
        ProgramRequirementFactory(program=program, kind="domain")

        response = visit(admin, "overview")

        task = response.context["overview"].tasks()[0]
        assert task.status == "Not started"
        assert task.url == reverse(
            "organization:company", args=[admin.organization.slug]
        )

    def test_a_program_that_asks_for_consultants_has_a_task_for_them(
        self, visit, admin, program, held
    ):
        ProgramRequirementFactory(program=program, kind="consultant")

        tasks = titled(visit(admin, "overview"))

        assert tasks["Add your consultants and their exams"] == "Not started"

    def test_colleagues_read_it_without_links(self, visit, lead, held):
        tasks = visit(lead, "overview").context["overview"].tasks()

        assert {task.url for task in tasks} == {""}


class TestSending:
    def test_the_answers_stand_there_with_ways_to_change_them(
        self, visit, admin, open_enrollment, held, signature
    ):
        page = visit(admin, "check")

        assert str(held) in page.text
        assert signature.signer_title in page.text
        assert page.text.count("Change<span") == len(page.context["parts"]) == 4

    def test_what_was_sent_has_a_reference_and_a_date(
        self, visit, admin, open_enrollment, signature, held
    ):
        page = visit(admin, "check", {})

        enrollment = Enrollment.objects.get()
        assert enrollment.reference in page.text
        assert enrollment.decide_by == clock.in_days(10)
        assert "10 days left" in page.text

    def test_the_confirmation_needs_something_sent(self, visit, admin, open_enrollment):
        address = reverse(
            "enrollment:sent",
            args=[admin.organization.slug, open_enrollment.program.code],
        )
        page = visit(admin, "sent")
        assert page.status_code == 302
        assert address not in page.url


class TestReturned:
    def test_each_pin_stands_at_its_task(
        self, visit, admin, sent, return_for_correction
    ):
        return_for_correction(sent, Section.COMPETENCIES)

        page = visit(admin, "overview")

        tasks = titled(page)
        assert tasks["Add your competencies"] == "To be mended"
        assert tasks["Sign the program agreement"] == "Accepted"
        assert tasks["Check and send"] == "Returned"
        for words in ["No proof behind it", "Add a page.", "Add the proof."]:
            assert words in page.text

    def test_pins_stand_on_the_page_that_sends_it_again(
        self, visit, admin, sent, return_for_correction
    ):
        return_for_correction(sent, Section.OFFERINGS)

        assert "No proof behind it" in visit(admin, "check").text

        visit(admin, "check", {})
        assert "Accepted" not in visit(admin, "overview").text

    def test_a_rejection_says_why_and_how_to_go_on(
        self, visit, admin, sent, reviewer, reason
    ):
        reviews.reject(sent, reason=reason, note="Twice.", by=reviewer)

        page = visit(admin, "overview")

        for words in ["No proof behind it", "Twice.", "Add the proof.", "Begin again"]:
            assert words in page.text


class TestRenewal:
    def test_every_part_is_to_be_confirmed(self, visit, admin, renewal):
        tasks = titled(visit(admin, "overview"))

        assert list(tasks.values())[:4] == ["To be confirmed"] * 4

    def test_a_part_shows_the_answers_and_since_when_they_stand(
        self, visit, as_person, admin, renewal, held
    ):
        record("competency.claimed", held, by=admin, parties=[held.partner_id])

        page = as_person(admin.person).get(confirm_url(renewal, "competencies"))

        assert str(held) in page.text
        assert "Unchanged since" in page.text
        assert "Confirm: this still holds" in page.text

    def test_confirming_is_noted_once(self, as_person, admin, renewal):
        client = as_person(admin.person)
        client.post(confirm_url(renewal, "company"))
        client.post(confirm_url(renewal, "company"))

        note = Confirmation.objects.get()
        assert note.confirmed_by == admin.person
        entries = AuditEntry.objects.filter(verb="enrollment.confirmed")
        assert entries.get().reason == "Company and locations"

    def test_it_is_sent_once_every_part_is_confirmed(self, admin, renewal):
        sections = ["company", "competencies", "agreement", "offerings"]
        for section in sections:
            with pytest.raises(Refused, match="not complete"):
                enrollments.submit(renewal, by=admin)
            with acting_for(admin.organization_id, person=admin.person_id):
                enrollments.confirm(renewal, section, by=admin)

        enrollments.submit(renewal, by=admin)

        assert Enrollment.objects.get(pk=renewal.pk).state == EnrollmentState.SUBMITTED

    def test_choosing_offerings_anew_confirms_them(
        self, admin, renewal, offering, other
    ):
        enrollments.choose_offerings(renewal, [offering, other], by=admin)

        assert Confirmation.objects.get().section == Section.OFFERINGS

    def test_what_is_missing_cannot_be_confirmed(self, admin, renewal, signature):
        ProgramAgreementFactory(program=renewal.program, effective_on=clock.today())

        with pytest.raises(Refused, match="Mend what is missing"):
            enrollments.confirm(renewal, Section.AGREEMENT, by=admin)

        assert not Confirmation.objects.exists()

    def test_a_renewal_needs_the_version_in_force(self, admin, renewal, signature):
        ProgramAgreementFactory(
            program=renewal.program,
            effective_on=clock.today(),
            sign_by=clock.in_days(30),
        )

        with pytest.raises(Refused, match="Mend what is missing"):
            enrollments.confirm(renewal, Section.AGREEMENT, by=admin)

        assert not Confirmation.objects.exists()

    def test_what_was_sent_cannot_be_confirmed(self, admin, renewal):
        Enrollment.objects.filter(pk=renewal.pk).update(state="submitted")

        with pytest.raises(Refused, match="while the enrollment is in review"):
            enrollments.confirm(renewal, Section.COMPANY, by=admin)

        assert not Confirmation.objects.exists()

    def test_only_admins_confirm(self, lead, renewal):
        with pytest.raises(Refused, match="Partner admin"):
            enrollments.confirm(renewal, Section.COMPANY, by=lead)

        assert not Confirmation.objects.exists()

    def test_a_suspended_partner_cannot_send_it(self, admin, ending, renewal):
        Enrollment.objects.filter(pk=ending.pk).update(state="suspended")

        with pytest.raises(Refused, match="suspended"):
            enrollments.submit(renewal, by=admin)

        assert Enrollment.objects.get(pk=renewal.pk).state == "in_progress"

    def test_an_unknown_part_is_not_found(self, as_person, admin, renewal):
        client = as_person(admin.person)

        assert client.get(confirm_url(renewal, "weather")).status_code == 404

    def test_a_part_that_the_program_does_not_ask_for_is_not_found(
        self, as_person, admin, renewal
    ):
        client = as_person(admin.person)

        assert client.get(confirm_url(renewal, "consultants")).status_code == 404


def confirm_url(enrollment, section):
    args = [enrollment.partner.slug, enrollment.program.code, section]
    return reverse("enrollment:confirm", args=args)


class TestAddingAnOffering:
    def test_it_is_asked_for_on_its_page(self, visit, admin, ending, other):
        assert "Ask for another offering" in visit(admin, "overview").text

        page = visit(admin, "add_offering", {"offering": other.pk})

        assert "Asked for" in page.text
        line = EnrollmentLine.objects.get(offering=other)
        assert line.state == LineState.ASKED

    def test_what_the_enrollment_has_is_no_choice(self, visit, admin, ending, other):
        form = visit(admin, "add_offering").context["form"]

        assert list(form.fields["offering"].queryset) == [other]

    def test_a_refusal_stands_in_the_form(self, visit, admin, ending, other, held):
        held.delete()

        page = visit(admin, "add_offering", {"offering": other.pk})

        assert "cannot be chosen" in page.text
        assert not EnrollmentLine.objects.filter(offering=other).exists()

    def test_without_a_running_period_it_leads_to_the_offerings(
        self, visit, admin, open_enrollment
    ):
        assert visit(admin, "add_offering").status_code == 302

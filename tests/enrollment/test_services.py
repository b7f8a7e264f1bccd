"""What a partner does on its way in."""

from datetime import timedelta

import pytest

from enrollment.models import Enrollment, Level
from enrollment.models.states import EnrollmentState
from enrollment.services import enrollments
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.tenancy import acting_for
from tests.factories.enrollment import (
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    OfferingFactory,
    ProgramAgreementFactory,
)

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


class TestBegin:
    def test_the_first_period_begins(self, admin, program):
        with acting_for(admin.organization_id, person=admin.person_id):
            enrollments.begin(program, by=admin)

        enrollment = Enrollment.objects.get()
        assert enrollment.state == EnrollmentState.IN_PROGRESS
        assert enrollment.period == 1
        assert verbs() == ["enrollment.begun"]

    def test_a_second_click_gives_the_same_enrollment(self, admin, program):
        first = enrollments.begin(program, by=admin)

        assert enrollments.begin(program, by=admin) == first
        assert verbs() == ["enrollment.begun"]

    def test_a_renewal_begins_once_the_window_is_open(self, admin, program):
        EnrollmentFactory(
            partner=admin.organization, program=program, renewal_due=True, period=4
        )

        assert enrollments.begin(program, by=admin).period == 5

    def test_before_the_window_it_is_refused_with_the_date(self, admin, program):
        EnrollmentFactory(partner=admin.organization, program=program, active=True)

        with pytest.raises(Refused, match="You can renew from"):
            enrollments.begin(program, by=admin)

        assert Enrollment.objects.count() == 1

    def test_after_a_lapse_it_begins_at_once(self, admin, program):
        EnrollmentFactory(partner=admin.organization, program=program, lapsed=True)

        assert enrollments.begin(program, by=admin).period == 2

    def test_a_suspended_partner_cannot_begin(self, admin, program):
        EnrollmentFactory(partner=admin.organization, program=program, suspended=True)

        with pytest.raises(Refused, match="suspended"):
            enrollments.begin(program, by=admin)

        assert Enrollment.objects.count() == 1

    def test_only_an_admin_can(self, lead, program):
        with pytest.raises(Refused, match="Partner admin"):
            enrollments.begin(program, by=lead)

        assert not Enrollment.objects.exists()


class TestChooseOfferings:
    @pytest.fixture
    def enrollment(self, partner, program):
        return EnrollmentFactory(partner=partner, program=program)

    def test_a_claimed_competency_is_enough_to_choose(
        self, admin, enrollment, offering, engagement_type
    ):
        competency = engagement_type.qualifications.get().competency
        HeldCompetencyFactory(partner=admin.organization, competency=competency)
        with acting_for(admin.organization_id, person=admin.person_id):
            enrollments.choose_offerings(enrollment, [offering], by=admin)

        assert list(enrollment.offerings.all()) == [offering]
        assert verbs() == ["enrollment.offerings_chosen"]

    def test_a_new_choice_replaces_the_earlier_one(
        self, admin, enrollment, offering, held
    ):
        other = EngagementTypeFactory(
            offering__program=offering.program,
            qualifications=[(held.competency, Level.SILVER)],
        ).offering
        enrollments.choose_offerings(enrollment, [offering], by=admin)

        enrollments.choose_offerings(enrollment, [other], by=admin)

        assert list(enrollment.offerings.all()) == [other]

    def test_without_a_competency_it_is_refused(self, admin, enrollment, offering):
        with pytest.raises(Refused, match="cannot be chosen") as refusal:
            enrollments.choose_offerings(enrollment, [offering], by=admin)

        assert "none of its engagement types" in str(refusal.value.findings[0].found)
        assert not enrollment.offerings.exists()

    def test_a_closed_offering_is_refused(self, admin, enrollment, offering, held):
        offering.closes_on = TODAY - timedelta(days=1)

        with pytest.raises(Refused, match="cannot be chosen"):
            enrollments.choose_offerings(enrollment, [offering], by=admin)

        assert not enrollment.offerings.exists()

    def test_an_offering_of_another_program_is_refused(self, admin, enrollment, held):
        with pytest.raises(Refused, match="not part of the program"):
            enrollments.choose_offerings(enrollment, [OfferingFactory()], by=admin)

        assert not enrollment.offerings.exists()

    def test_nothing_changes_while_it_is_in_review(self, admin, offering, held):
        sent = EnrollmentFactory(
            partner=admin.organization, program=offering.program, submitted=True
        )
        with pytest.raises(Refused, match="while the enrollment is in review"):
            enrollments.choose_offerings(sent, [offering], by=admin)

        assert not sent.offerings.exists()

    def test_a_refused_first_choice_begins_nothing(self, admin, offering):
        with pytest.raises(Refused):
            enrollments.apply_for(offering.program, [offering], by=admin)

        assert not Enrollment.objects.exists()
        assert not AuditEntry.objects.exists()


class TestSubmit:
    @pytest.fixture
    def ready(self, partner, program, offering, held, signature):
        return EnrollmentFactory(partner=partner, program=program, offerings=[offering])

    def test_it_reaches_the_reviewers_once(self, admin, ready, reviewer):
        with acting_for(admin.organization_id, person=admin.person_id):
            enrollments.submit(ready, by=admin)

        enrollment = Enrollment.objects.get()
        assert enrollment.state == EnrollmentState.SUBMITTED
        assert enrollment.submitted_by == admin.person
        assert verbs() == ["enrollment.submitted"]
        assert Email.objects.get().to == reviewer.person.email

    def test_without_a_signature_it_is_refused(self, admin, ready, program, reviewer):
        ProgramAgreementFactory(program=program, effective_on=TODAY)

        with pytest.raises(Refused, match="not complete") as refusal:
            enrollments.submit(ready, by=admin)

        assert [str(f.rule) for f in refusal.value.findings] == ["Program agreement"]
        assert Enrollment.objects.get().state == EnrollmentState.IN_PROGRESS
        assert not Email.objects.exists()

    def test_without_an_offering_it_is_refused(self, admin, ready):
        ready.lines.all().delete()

        with pytest.raises(Refused, match="not complete"):
            enrollments.submit(ready, by=admin)

        assert Enrollment.objects.get().state == EnrollmentState.IN_PROGRESS

    def test_sent_again_after_a_return_it_is_told_again(
        self, admin, ready, reviewer, return_for_correction
    ):
        enrollments.submit(ready, by=admin)
        return_for_correction(ready)
        enrollments.submit(ready, by=admin)

        told = Email.objects.filter(key__startswith="enrollment-submitted")
        assert told.count() == 2
        assert Enrollment.objects.get().return_reason == ""

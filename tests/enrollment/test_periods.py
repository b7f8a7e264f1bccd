"""Approving a whole enrollment; suspending it."""

from datetime import date, timedelta

import pytest
from django_fsm import TransitionNotAllowed

from enrollment.models import Enrollment, HeldCompetency
from enrollment.models.states import EnrollmentState
from enrollment.services import enrollments, reviews
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email, Organization
from tests.factories.enrollment import BusinessProfileFactory, EnrollmentFactory

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def state_of(enrollment):
    return Enrollment.objects.get(pk=enrollment.pk).state


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def names_of_mails():
    keys = Email.objects.order_by("pk").values_list("key", flat=True)
    return [key.partition(":")[0] for key in keys]


def is_listed(partner):
    return Organization.objects.get(pk=partner.pk).is_listed


@pytest.fixture
def sent(admin, program, offering, held):
    return EnrollmentFactory(
        partner=admin.organization,
        program=program,
        offerings=[offering],
        submitted=True,
    )


class TestApprove:
    def test_the_period_begins_today_and_lasts_its_months(self, sent, reviewer, admin):
        reviews.approve(sent, by=reviewer)

        sent = Enrollment.objects.get(pk=sent.pk)
        assert sent.state == EnrollmentState.ACTIVE
        assert sent.starts_on == TODAY
        assert sent.ends_on == TODAY.replace(year=TODAY.year + 1) - timedelta(days=1)
        assert verbs() == ["enrollment.approved"]
        assert Email.objects.get().to == admin.person.email

    def test_today_is_the_partners_today(self, sent, reviewer, time_machine):
        time_machine.move_to("2026-06-30T22:30:00Z")
        Organization.objects.filter(pk=sent.partner_id).update(time_zone="Asia/Tokyo")

        reviews.approve(sent, by=reviewer)

        sent = Enrollment.objects.get(pk=sent.pk)
        assert sent.starts_on == date(2026, 7, 1)

    def test_a_renewal_begins_after_the_running_period(self, sent, reviewer):
        Enrollment.objects.filter(pk=sent.pk).update(period=2)
        running = EnrollmentFactory(
            partner=sent.partner, program=sent.program, renewal_due=True
        )

        reviews.approve(sent, by=reviewer)

        sent = Enrollment.objects.get(pk=sent.pk)
        assert sent.starts_on == running.ends_on + timedelta(days=1)

    def test_without_a_verified_competency_it_is_refused_with_findings(
        self, sent, reviewer
    ):
        HeldCompetency.objects.all().delete()

        with pytest.raises(Refused, match="no verified competency") as refusal:
            reviews.approve(sent, by=reviewer)

        assert [str(f.rule) for f in refusal.value.findings] == [
            sent.offerings.get().name
        ]
        assert state_of(sent) == EnrollmentState.SUBMITTED
        assert not Email.objects.exists()

    def test_twice_is_refused(self, sent, reviewer):
        reviews.approve(sent, by=reviewer)

        with pytest.raises(TransitionNotAllowed):
            reviews.approve(sent, by=reviewer)

        assert verbs() == ["enrollment.approved"]

    def test_the_partner_cannot_approve_itself(self, sent, admin):
        with pytest.raises(Refused, match="Enrollment reviewer"):
            reviews.approve(sent, by=admin)

        assert state_of(sent) == EnrollmentState.SUBMITTED

    def test_a_partner_with_a_profile_is_listed_again(self, sent, reviewer):
        BusinessProfileFactory(partner=sent.partner)

        reviews.approve(sent, by=reviewer)

        assert is_listed(sent.partner)


class TestSuspension:
    @pytest.fixture
    def active(self, admin):
        partner = admin.organization
        BusinessProfileFactory(partner=partner)
        Organization.objects.filter(pk=partner.pk).update(is_listed=True)
        return EnrollmentFactory(partner=partner, active=True)

    def test_a_suspension_takes_the_partner_out_of_the_directory(
        self, active, reviewer
    ):
        enrollments.suspend(active, reason="Two complaints.", by=reviewer)

        assert state_of(active) == EnrollmentState.SUSPENDED
        assert not is_listed(active.partner)
        assert "Two complaints." in Email.objects.get().body
        assert verbs() == ["enrollment.suspended", "profile.unlisted"]

    def test_lifting_it_puts_the_partner_back(self, active, reviewer):
        enrollments.suspend(active, reason="Two complaints.", by=reviewer)
        enrollments.resume(active, by=reviewer)

        assert state_of(active) == EnrollmentState.ACTIVE
        assert is_listed(active.partner)
        assert names_of_mails() == ["enrollment-suspended", "enrollment-resumed"]

    def test_lifted_after_its_end_the_mail_says_to_enroll_again(self, admin, reviewer):
        ended = EnrollmentFactory(
            partner=admin.organization,
            suspended=True,
            starts_on=TODAY - timedelta(days=366),
            ends_on=TODAY - timedelta(days=1),
        )

        enrollments.resume(ended, by=reviewer)

        assert "enroll again" in Email.objects.get().body

    @pytest.mark.parametrize(
        ("action", "typed"), [("suspend", {"reason": "x"}), ("resume", {})]
    )
    def test_only_reviewers_can(self, active, admin, action, typed):
        with pytest.raises(Refused, match="Enrollment reviewer"):
            getattr(enrollments, action)(active, by=admin, **typed)

        assert state_of(active) == EnrollmentState.ACTIVE
        assert not AuditEntry.objects.exists()

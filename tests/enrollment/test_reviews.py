"""Returning with pins, rejecting, and deciding offering by offering."""

import pytest
from django.db import transaction
from django_fsm import TransitionNotAllowed

from enrollment.models import (
    Enrollment,
    EnrollmentLine,
    HeldCompetency,
    Level,
    LineState,
    Pin,
    Section,
)
from enrollment.models.states import EnrollmentState
from enrollment.services import enrollments, reviews
from enrollment.services.reviews import PinDraft
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.tenancy import acting_for
from tests.counting import statements_of
from tests.factories.enrollment import EngagementTypeFactory, EnrollmentFactory
from tests.factories.portal import ReasonFactory

pytestmark = pytest.mark.django_db


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def mails():
    keys = Email.objects.order_by("pk").values_list("key", flat=True)
    return [key.partition(":")[0] for key in keys]


def now(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def other(held, program):
    """Return one more offering that the partner's competency covers."""
    return EngagementTypeFactory(
        offering__program=program, qualifications=[(held.competency, Level.SILVER)]
    ).offering


@pytest.fixture
def foreign(program):
    """Return one more offering that no competency of the partner covers."""
    return EngagementTypeFactory(offering__program=program).offering


def test_an_approval_of_two_offerings_asks_no_more_than_that_of_one(
    sent, held, other, reviewer
):
    program = sent.program
    third = EngagementTypeFactory(
        offering__program=program, qualifications=[(held.competency, Level.SILVER)]
    ).offering
    sent.delete()

    def asked(*offerings):
        with transaction.atomic():
            asking = EnrollmentFactory(
                partner=held.partner,
                program=program,
                offerings=offerings,
                submitted=True,
            )
            count = statements_of(lambda: reviews.approve(asking, by=reviewer))
            transaction.set_rollback(True)
        return count

    assert asked(other, third) == asked(other)


@pytest.fixture
def sent(admin, offering, held, signature, other):
    return EnrollmentFactory(
        partner=admin.organization,
        program=offering.program,
        offerings=[offering, other],
        submitted=True,
    )


@pytest.fixture
def running(admin, program, offering, held):
    return EnrollmentFactory(
        partner=admin.organization, program=program, offerings=[offering], active=True
    )


def line_of(enrollment, offering):
    return enrollment.lines.get(offering=offering)


class TestPins:
    def test_a_return_tells_reason_note_and_advice(self, sent, return_for_correction):
        return_for_correction(sent)

        assert now(sent).state == EnrollmentState.IN_PROGRESS
        body = Email.objects.get().body
        assert "Competencies: No proof behind it. Add a page. Add the proof." in body
        assert verbs() == ["enrollment.returned"]

    def test_a_return_needs_a_pin(self, sent, reviewer):
        with pytest.raises(Refused, match="one section at least"):
            reviews.return_enrollment(sent, pins=[], by=reviewer)

        assert now(sent).state == EnrollmentState.SUBMITTED

    @pytest.mark.parametrize(
        ("reason", "words"),
        [
            ({"needs_note": True}, "Write a note"),
            ({"topic": "profile"}, "not a reason"),
        ],
    )
    def test_a_reason_that_does_not_fit_is_refused(self, sent, reviewer, reason, words):
        pinned = PinDraft(Section.COMPANY, ReasonFactory(**reason))

        with pytest.raises(Refused, match=words):
            reviews.return_enrollment(sent, pins=[pinned], by=reviewer)

        assert not Pin.objects.exists()
        assert now(sent).state == EnrollmentState.SUBMITTED

    def test_sending_again_settles_the_pins(self, sent, admin, return_for_correction):
        return_for_correction(sent)
        with acting_for(admin.organization_id, person=admin.person_id):
            enrollments.submit(sent, by=admin)

        assert Pin.objects.get().settled_at is not None

    def test_a_partner_cannot_pin(self, sent, admin, reason):
        pinned = PinDraft(Section.COMPANY, reason)

        with pytest.raises(Refused, match="Enrollment reviewer"):
            reviews.return_enrollment(sent, pins=[pinned], by=admin)

        assert not Pin.objects.exists()


class TestReject:
    def test_it_ends_the_attempt_and_says_why(self, sent, reviewer, reason):
        reviews.reject(sent, reason=reason, note="Twice.", by=reviewer)

        sent = now(sent)
        assert sent.state == EnrollmentState.REJECTED
        assert sent.reason == reason
        assert "No proof behind it. Twice. Add the proof." in Email.objects.get().body
        assert verbs() == ["enrollment.rejected"]

    def test_it_is_final(self, sent, reviewer, reason):
        reviews.reject(sent, reason=reason, by=reviewer)

        with pytest.raises(TransitionNotAllowed):
            reviews.approve(sent, by=reviewer)

        assert now(sent).state == EnrollmentState.REJECTED

    def test_the_partner_can_begin_anew(self, sent, admin, reviewer, reason, program):
        reviews.reject(sent, reason=reason, by=reviewer)

        begun = enrollments.begin(program, by=admin)

        assert begun.state == EnrollmentState.IN_PROGRESS
        assert begun.period == 2
        assert not begun.is_renewal

    def test_a_rejected_renewal_begins_anew_with_the_answers_of_the_period(
        self, running, admin, reviewer, reason, program
    ):
        near = clock.in_days(60)
        Enrollment.objects.filter(pk=running.pk).update(ends_on=near, good_until=near)
        first = enrollments.begin(program, by=admin)
        Enrollment.objects.filter(pk=first.pk).update(state="submitted")
        reviews.reject(first, reason=reason, by=reviewer)

        second = enrollments.begin(program, by=admin)

        assert second.period == 3
        assert second.follows == running
        assert second.chosen_offerings == running.chosen_offerings

    def test_without_its_note_it_is_refused(self, sent, reviewer):
        other = ReasonFactory(needs_note=True)

        with pytest.raises(Refused, match="Write a note"):
            reviews.reject(sent, reason=other, by=reviewer)

        assert now(sent).state == EnrollmentState.SUBMITTED

    def test_only_reviewers_can(self, sent, admin, reason):
        with pytest.raises(Refused, match="Enrollment reviewer"):
            reviews.reject(sent, reason=reason, by=admin)

        assert now(sent).state == EnrollmentState.SUBMITTED


class TestLines:
    def test_the_first_approved_line_lets_the_period_begin(
        self, sent, offering, other, reviewer
    ):
        enrollments.approve_line(line_of(sent, offering), by=reviewer)

        sent = now(sent)
        assert sent.state == EnrollmentState.ACTIVE
        assert sent.starts_on == clock.today()
        assert line_of(sent, other).state == LineState.ASKED
        assert mails() == ["enrollment-approved"]
        assert verbs() == ["enrollment.approved", "enrollment.line_approved"]

    def test_the_mail_names_what_is_approved_and_what_is_not_yet(
        self, sent, offering, other, reviewer
    ):
        enrollments.approve_line(line_of(sent, offering), by=reviewer)

        approved, asked = Email.objects.get().body.split("Still in review:")
        assert str(offering) in approved
        assert str(other) in asked

    def test_the_next_line_is_told_by_itself(self, sent, offering, other, reviewer):
        enrollments.approve_line(line_of(sent, offering), by=reviewer)
        enrollments.approve_line(line_of(sent, other), by=reviewer)

        assert line_of(sent, other).state == LineState.APPROVED
        assert mails() == ["enrollment-approved", "enrollment-line-approved"]

    def test_approving_the_enrollment_approves_what_is_left(
        self, sent, offering, other, reviewer, reason
    ):
        enrollments.refuse_line(line_of(sent, other), reason=reason, by=reviewer)
        reviews.approve(sent, by=reviewer)

        assert line_of(sent, offering).state == LineState.APPROVED
        assert line_of(sent, other).state == LineState.REFUSED
        assert "No proof behind it" in Email.objects.latest("pk").body

    def test_with_nothing_left_to_approve_it_is_refused(self, sent, reviewer, reason):
        for line in sent.lines.all():
            enrollments.refuse_line(line, reason=reason, by=reviewer)

        with pytest.raises(Refused, match="No offering is left"):
            reviews.approve(sent, by=reviewer)

        assert now(sent).state == EnrollmentState.SUBMITTED

    def test_a_line_without_verified_competency_is_refused_with_findings(
        self, sent, offering, reviewer
    ):
        HeldCompetency.objects.all().delete()

        with pytest.raises(Refused, match="no verified competency") as refusal:
            enrollments.approve_line(line_of(sent, offering), by=reviewer)

        assert len(refusal.value.findings) == 1
        assert now(sent).state == EnrollmentState.SUBMITTED
        assert line_of(sent, offering).state == LineState.ASKED

    def test_a_line_that_is_not_sent_yet_cannot_be_decided(
        self, open_enrollment, reviewer, reason, held
    ):
        line = open_enrollment.lines.get()

        with pytest.raises(TransitionNotAllowed):
            enrollments.approve_line(line, by=reviewer)
        with pytest.raises(Refused, match="while the enrollment is in progress"):
            enrollments.refuse_line(line, reason=reason, by=reviewer)

        assert now(line).state == LineState.ASKED

    def test_a_refused_line_tells_the_reason(self, sent, offering, reviewer, reason):
        enrollments.refuse_line(
            line_of(sent, offering), reason=reason, note="For May.", by=reviewer
        )

        assert line_of(sent, offering).reason == reason
        assert "No proof behind it. For May. Add the proof." in Email.objects.get().body
        assert verbs() == ["enrollment.line_refused"]

    def test_only_reviewers_decide(self, sent, offering, admin, reason):
        line = line_of(sent, offering)

        with pytest.raises(Refused, match="Enrollment reviewer"):
            enrollments.approve_line(line, by=admin)
        with pytest.raises(Refused, match="Enrollment reviewer"):
            enrollments.refuse_line(line, reason=reason, by=admin)

        assert now(line).state == LineState.ASKED


class TestAddOffering:
    def test_it_waits_beside_what_runs(self, running, other, admin, reviewer):
        with acting_for(admin.organization_id, person=admin.person_id):
            enrollments.add_offering(running, other, by=admin)

        assert line_of(running, other).state == LineState.ASKED
        assert now(running).state == EnrollmentState.ACTIVE
        assert Email.objects.get().to == reviewer.person.email
        assert verbs() == ["enrollment.line_added"]

    def test_a_refused_one_can_be_asked_for_again(
        self, running, other, admin, reviewer, reason
    ):
        line = enrollments.add_offering(running, other, by=admin)
        enrollments.refuse_line(line, reason=reason, by=reviewer)
        enrollments.add_offering(running, other, by=admin)

        line = line_of(running, other)
        assert line.state == LineState.ASKED
        assert line.reason is None
        told = Email.objects.filter(key__startswith="enrollment-line-asked:")
        assert [each.to for each in told] == [reviewer.person.email] * 2

    def test_a_renewal_that_is_begun_asks_for_it_too(
        self, running, offering, other, admin
    ):
        near = clock.in_days(60)
        Enrollment.objects.filter(pk=running.pk).update(ends_on=near, good_until=near)
        renewal = enrollments.begin(running.program, by=admin)
        enrollments.add_offering(running, other, by=admin)

        assert renewal.chosen_offerings == sorted([offering, other], key=str)

    def test_what_is_there_already_is_refused(self, running, offering, admin):
        with pytest.raises(Refused, match="asked for"):
            enrollments.add_offering(running, offering, by=admin)

        assert EnrollmentLine.objects.count() == 1

    def test_what_no_competency_covers_is_refused(self, running, foreign, admin):
        with pytest.raises(Refused, match="cannot be chosen"):
            enrollments.add_offering(running, foreign, by=admin)

        assert EnrollmentLine.objects.count() == 1

    def test_an_enrollment_that_does_not_run_takes_none(self, sent, foreign, admin):
        with pytest.raises(Refused, match="while your enrollment is active"):
            enrollments.add_offering(sent, foreign, by=admin)

    def test_only_admins_can(self, running, other, lead):
        with pytest.raises(Refused, match="Partner admin"):
            enrollments.add_offering(running, other, by=lead)

        assert EnrollmentLine.objects.count() == 1


class TestApproveInGrace:
    @pytest.fixture
    def in_grace(self, sent, offering):
        """Let the period before have ended five days ago, with 30 days of grace."""
        Enrollment.objects.filter(pk=sent.pk).update(period=2)
        return EnrollmentFactory(
            partner=sent.partner,
            program=sent.program,
            offerings=[offering],
            renewal_due=True,
            ends_on=clock.in_days(-5),
            good_until=clock.in_days(25),
        )

    def test_the_new_period_starts_today_and_ends_the_grace(
        self, in_grace, sent, reviewer
    ):
        reviews.approve(sent, by=reviewer)

        assert now(sent).starts_on == clock.today()
        assert now(in_grace).good_until == clock.in_days(-1)
        assert verbs() == ["enrollment.followed", "enrollment.approved"]

    def test_while_the_period_before_is_suspended_nothing_is_approved(
        self, in_grace, sent, reviewer
    ):
        Enrollment.objects.filter(pk=in_grace.pk).update(state="suspended")

        with pytest.raises(Refused, match="Lift the suspension first"):
            reviews.approve(sent, by=reviewer)

        assert now(sent).state == EnrollmentState.SUBMITTED

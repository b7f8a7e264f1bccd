"""The machines as tables, and what the database refuses."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django_fsm import TransitionNotAllowed, can_proceed

from enrollment.models import BusinessProfile, Enrollment, HeldCompetency
from enrollment.models.competencies import PROOF_MOVES, ProofState
from enrollment.models.states import ENROLLMENT_MOVES, RUNNING, EnrollmentState
from portal import clock
from portal.states import explain, ways
from tests.factories.enrollment import (
    BusinessProfileFactory,
    CompetencyExamFactory,
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    OfferingFactory,
    ProgramAgreementFactory,
    ProgramFactory,
    ProgramRequirementFactory,
    SignatureFactory,
)

TODAY = clock.today()
SUBMITTED, ACTIVE = EnrollmentState.SUBMITTED, EnrollmentState.ACTIVE
MOVES = {
    "submit": {EnrollmentState.IN_PROGRESS},
    "return_for_correction": {SUBMITTED},
    "reject": {SUBMITTED},
    "approve": {SUBMITTED},
    "fall_due": {ACTIVE},
    "lapse": set(RUNNING),
    "suspend": set(RUNNING),
    "resume": {EnrollmentState.SUSPENDED},
}


def an_enrollment(state):
    """Return one whose period is over, so that no guard stands in the way."""
    yesterday = TODAY - timedelta(days=2)
    return EnrollmentFactory.build(
        state=state,
        starts_on=yesterday,
        ends_on=yesterday,
        good_until=yesterday,
        submitted_by=None,
        decided_by=None,
    )


@pytest.mark.parametrize("state", EnrollmentState)
@pytest.mark.parametrize("move", MOVES)
def test_each_move_of_an_enrollment_starts_only_from_its_own_states(move, state):
    enrollment = an_enrollment(state)

    assert can_proceed(getattr(enrollment, move)) == (state in MOVES[move])


@pytest.mark.parametrize("state", ProofState)
@pytest.mark.parametrize("move", ["verify", "return_for_correction"])
def test_only_a_claimed_competency_can_be_decided(move, state):
    held = HeldCompetency(state=state)

    assert can_proceed(getattr(held, move)) == (state == ProofState.CLAIMED)


def test_the_databases_machines_are_the_models():
    assert ways(Enrollment) == sorted(ENROLLMENT_MOVES)
    assert ways(HeldCompetency) == sorted(PROOF_MOVES)


def test_a_period_that_runs_cannot_lapse():
    enrollment = an_enrollment(ACTIVE)
    enrollment.good_until = TODAY

    with pytest.raises(TransitionNotAllowed) as refusal:
        enrollment.lapse()

    assert explain(refusal.value) == "The enrollment period has not ended yet."


def test_a_period_ends_by_the_partners_own_date(time_machine):
    time_machine.move_to("2026-06-30T22:30:00Z")
    enrollment = an_enrollment(ACTIVE)
    enrollment.good_until = date(2026, 6, 30)

    enrollment.partner.time_zone = "America/Los_Angeles"
    assert not can_proceed(enrollment.lapse)
    enrollment.partner.time_zone = "Asia/Tokyo"
    assert can_proceed(enrollment.lapse)


def test_the_renewal_window_opens_on_its_day():
    enrollment = an_enrollment(ACTIVE)
    enrollment.ends_on = TODAY + timedelta(days=91)
    assert not can_proceed(enrollment.fall_due)

    enrollment.ends_on = TODAY + timedelta(days=90)
    assert can_proceed(enrollment.fall_due)


def test_state_cannot_be_assigned_by_hand():
    with pytest.raises(AttributeError):
        an_enrollment(SUBMITTED).state = ACTIVE


def twice(factory, **same):
    factory(**same)
    factory(**same)


@pytest.fixture
def running(partner):
    return {"partner": partner, "program": ProgramFactory()}


@pytest.mark.django_db
class TestTheDatabaseRefuses:
    def refuse(self, name, action, *args, **kwargs):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            action(*args, **kwargs)

    def test_a_period_twice(self, running):
        self.refuse("enrollment_once_a_period", twice, EnrollmentFactory, **running)

    def test_two_open_enrollments(self, running):
        EnrollmentFactory(**running, period=1)
        self.refuse("enrollment_one_open", EnrollmentFactory, **running, period=2)

    @pytest.mark.parametrize("rule", [CompetencyExamFactory, ProgramRequirementFactory])
    def test_a_rule_that_ends_before_it_begins(self, rule):
        rule(valid_from=TODAY, valid_until=TODAY)
        before = TODAY - timedelta(days=1)
        self.refuse("before_it_ends", rule, valid_from=TODAY, valid_until=before)

    def test_an_unknown_state(self):
        self.refuse(
            "enrollment_state_is_known", EnrollmentFactory, active=True, state="asleep"
        )

    def test_an_active_enrollment_without_a_period(self):
        self.refuse(
            "enrollment_decided_has_period",
            EnrollmentFactory,
            active=True,
            starts_on=None,
        )

    def test_a_period_that_ends_before_it_starts(self):
        self.refuse(
            "enrollment_decided_has_period",
            EnrollmentFactory,
            active=True,
            starts_on=TODAY,
            ends_on=TODAY - timedelta(days=1),
        )

    def test_an_offering_twice(self):
        offering = OfferingFactory()
        self.refuse(
            "enrollment_line_once", EnrollmentFactory, offerings=[offering, offering]
        )

    def test_a_competency_that_ends_before_it_begins(self):
        self.refuse(
            "held_competency_begins_before_it_ends",
            HeldCompetencyFactory,
            valid_until=TODAY - timedelta(days=500),
        )

    def test_a_competency_in_an_unknown_state(self):
        self.refuse("held_competency_state_is_known", HeldCompetencyFactory, state="x")

    def test_the_same_competency_twice(self, partner):
        first = HeldCompetencyFactory(partner=partner)
        self.refuse(
            "held_competency_once",
            HeldCompetencyFactory,
            partner=partner,
            competency=first.competency,
            valid_from=first.valid_from,
        )

    def test_a_second_signature_under_one_version(self, partner):
        agreement = ProgramAgreementFactory()
        self.refuse(
            "signature_once",
            twice,
            SignatureFactory,
            partner=partner,
            agreement=agreement,
        )

    def test_a_version_twice(self):
        self.refuse(
            "agreement_version_is_unique",
            twice,
            ProgramAgreementFactory,
            program=ProgramFactory(),
            version="2",
        )

    def test_two_versions_from_one_day(self):
        self.refuse(
            "agreement_one_per_day",
            twice,
            ProgramAgreementFactory,
            program=ProgramFactory(),
        )

    def test_a_long_profile(self):
        self.refuse(
            "profile_description_is_short",
            BusinessProfileFactory,
            description="x" * 2501,
        )

    def test_a_length_that_is_no_service_level(self):
        self.refuse(
            "engagement_type_lengths_are_service_levels",
            EngagementTypeFactory,
            lengths=[2],
        )

    def test_an_offering_that_closes_before_it_opens(self):
        self.refuse(
            "offering_opens_before_it_closes",
            OfferingFactory,
            opens_on=TODAY,
            closes_on=TODAY - timedelta(days=1),
        )

    def test_a_program_whose_vouchers_do_not_live(self):
        self.refuse("program_lengths_are_positive", ProgramFactory, voucher_life_days=0)

    def test_a_qualification_twice(self):
        found = EngagementTypeFactory().qualifications.get()
        found.pk = None
        self.refuse("qualification_once", found.save)

    def test_a_line_under_another_partners_enrollment(self, partner):
        line = EnrollmentFactory(offerings=[OfferingFactory()]).lines.get()
        line.partner = partner
        line.save()
        with pytest.raises(IntegrityError, match="enrollment_partner_tied"):
            connection.check_constraints()


@pytest.mark.django_db
def test_the_database_refuses_a_move_that_the_machine_does_not_know():
    enrollment = EnrollmentFactory()

    with (
        pytest.raises(ProgrammingError, match="Invalid transition"),
        transaction.atomic(),
    ):
        Enrollment.objects.filter(pk=enrollment.pk).update(
            state=EnrollmentState.ACTIVE, starts_on=TODAY, ends_on=TODAY
        )


@pytest.mark.django_db
def test_a_partner_has_one_profile(partner):
    BusinessProfileFactory(partner=partner)

    with pytest.raises(IntegrityError), transaction.atomic():
        BusinessProfileFactory(partner=partner)

    assert BusinessProfile.objects.count() == 1

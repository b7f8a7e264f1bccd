"""Both sides of each first and last day: of grace periods and of certificates."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility.rule import Demand
from enrollment.eligibility.rules.competencies import CompetencyHeld
from enrollment.eligibility.rules.consultants import ExamDemand
from enrollment.models import (
    Certificate,
    Competency,
    Consultant,
    Enrollment,
    Exam,
    HeldCompetency,
    Program,
)
from enrollment.models.competencies import CompetencyStage
from enrollment.models.enrollments import in_renewal_window, is_over
from enrollment.services import competencies, consultants
from portal import clock
from portal.findings import Refused
from portal.models import Organization
from tests.factories.enrollment import (
    CertificateFactory,
    ConsultantFactory,
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    ProgramFactory,
    eligible_partner,
)

FIRST, LAST = date(2026, 3, 10), date(2026, 9, 20)
ONE = timedelta(days=1)


def held(**fields):
    competency = Competency(grace_days=30, at_risk_days=60)
    dates = {"valid_from": FIRST, "valid_until": LAST, "state": "verified"}
    return HeldCompetency(competency=competency, **dates | fields)


def consultant(**fields):
    return Consultant(partner=Organization(time_zone="UTC"), since=FIRST, **fields)


def certificate(*, counts_until=None, **fields):
    dates = {"passed_on": FIRST, "valid_until": LAST} | fields
    exam = Exam(counts_until=counts_until)
    return Certificate(exam=exam, consultant=consultant(), **dates)


def period():
    return Enrollment(
        state="active",
        starts_on=FIRST,
        ends_on=LAST - 30 * ONE,
        good_until=LAST,
        partner=Organization(time_zone="UTC"),
        program=Program(renewal_window_days=60),
    )


def suspended():
    row = period()
    return Enrollment(
        state="suspended", starts_on=row.starts_on, good_until=row.good_until
    )


def facts_with(*enrollments):
    partner, program = Organization(time_zone="UTC"), Program()
    papers = eligibility_facts.Papers([], {}, frozenset())
    return eligibility_facts.Facts(partner, program, [], papers, list(enrollments))


WINDOWS = {
    "a competency is valid": (held().is_valid, FIRST, LAST),
    "a competency counts in its grace": (held().counts_on, FIRST, LAST + 30 * ONE),
    "a certificate is valid": (certificate().is_valid, FIRST, LAST),
    "a certificate's exam counts no longer than it": (
        certificate(counts_until=LAST - 9 * ONE).is_valid,
        FIRST,
        LAST - 9 * ONE,
    ),
    "a consultant works": (
        consultant(until=LAST).works_on,
        FIRST,
        LAST,
    ),
    "a period is good, with its grace": (period().is_good_on, FIRST, LAST),
    "a suspended period stops the partner": (
        lambda day: bool(facts_with(suspended()).suspended_on(day)),
        None,
        LAST,
    ),
    "an exam counts": (Exam(counts_until=LAST).counts_on, None, LAST),
    "an exam can be passed": (
        lambda day: bool(ExamDemand([], {1: Exam(retired_on=LAST)}, True).open_on(day)),
        None,
        LAST,
    ),
    "a consultant has left": (
        lambda day: not consultant(until=LAST).has_left(day),
        None,
        LAST,
    ),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_holds_its_first_and_its_last_day_and_no_day_beside(name):
    holds_on, first, last = WINDOWS[name]

    assert [holds_on(last), holds_on(last + ONE)] == [True, False]
    if first is not None:
        assert [holds_on(first), holds_on(first - ONE)] == [True, False]


def test_the_stages_of_a_competency_turn_on_their_days():
    end = LAST + 30 * ONE
    turns = {
        FIRST - ONE: CompetencyStage.QUALIFIED,
        FIRST: CompetencyStage.ACTIVE,
        LAST - 61 * ONE: CompetencyStage.ACTIVE,
        LAST - 60 * ONE: CompetencyStage.AT_RISK,
        end: CompetencyStage.AT_RISK,
        end + ONE: CompetencyStage.ENDED,
    }

    assert {day: held().stage(day) for day in turns} == turns


def test_a_renewal_in_time_goes_on_and_a_late_one_begins_anew():
    end = LAST + 30 * ONE

    assert held().renewal_dates(end)[0] == LAST + ONE
    assert held().renewal_dates(end + ONE)[0] == end + ONE


@pytest.mark.django_db
class TestQueries:
    def days(self, rows, first, last):
        """Tell on which of the days about a window the query finds its row."""
        asked = [first - ONE, first, last, last + ONE]
        return [rows(day).exists() for day in asked]

    def test_who_works(self):
        ConsultantFactory(since=FIRST, until=LAST)

        found = self.days(Consultant.objects.working_on, FIRST, LAST)

        assert found == [False, True, True, False]

    def test_whose_access_ends(self):
        ConsultantFactory(since=FIRST, until=LAST, ends_access=True)

        ending = Consultant.objects.access_ending

        assert [ending(day).exists() for day in (LAST, LAST + ONE)] == [False, True]

    @pytest.mark.parametrize(
        "fields",
        [{"valid_until": LAST}, {"valid_until": None, "exam__counts_until": LAST}],
    )
    def test_how_many_certificates_count(self, fields):
        CertificateFactory(verified=True, passed_on=FIRST, **fields)

        counted = [
            Consultant.objects.with_counts(day).get().verified
            for day in (LAST, LAST + ONE)
        ]

        assert counted == [1, 0]

    @pytest.mark.parametrize("name", ["running_on", "good_on"])
    def test_which_periods_are_good(self, name):
        EnrollmentFactory(
            active=True, starts_on=FIRST, ends_on=LAST - ONE, good_until=LAST
        )

        found = self.days(getattr(Enrollment.objects, name), FIRST, LAST)

        assert found == [False, True, True, False]

    def test_which_periods_are_over(self):
        EnrollmentFactory(
            active=True, starts_on=FIRST, ends_on=LAST - ONE, good_until=LAST
        )

        over = Enrollment.objects.over

        assert [over(day).exists() for day in (LAST, LAST + ONE)] == [False, True]

    def test_whose_renewal_window_is_open(self):
        program = ProgramFactory(renewal_window_days=60)
        EnrollmentFactory(
            active=True, program=program, starts_on=FIRST, ends_on=LAST, good_until=LAST
        )

        opens_on = LAST - 60 * ONE
        days = (opens_on - ONE, opens_on)
        found = [Enrollment.objects.window_open(program, d).exists() for d in days]

        assert found == [False, True]

    @pytest.mark.parametrize(
        ("days_left", "is_due"), [(0, True), (-1, False), (7, True), (8, False)]
    )
    def test_which_certificates_are_reminded_of(self, days_left, is_due):
        CertificateFactory(
            verified=True,
            valid_until=clock.in_days(days_left),
            exam__reminder_days=[7, 0],
        )

        assert Certificate.objects.to_remind().exists() == is_due

    @pytest.mark.parametrize(("last", "is_due"), [(0, True), (-1, False)])
    def test_who_has_left_is_not_reminded(self, last, is_due):
        CertificateFactory(
            verified=True,
            valid_until=clock.in_days(5),
            exam__reminder_days=[7],
            consultant__until=clock.in_days(last),
        )

        assert Certificate.objects.to_remind().exists() == is_due


def at_noon(day):
    return clock.set_to(datetime.combine(day, time(12), UTC))


@pytest.mark.parametrize(("day", "is_past"), [(LAST, False), (LAST + ONE, True)])
def test_a_period_is_over_after_its_last_day(day, is_past):
    with at_noon(day):
        assert is_over(period()) == is_past


def test_a_renewal_begins_on_the_first_day_of_its_window():
    one = period()
    opens_on = one.renewal_opens_on

    with at_noon(opens_on - ONE):
        assert not in_renewal_window(one)
    with at_noon(opens_on):
        assert in_renewal_window(one)


class TestTypedDates:
    """What is typed about a competency or a certificate, held against today."""

    def refused(self, ensure, row):
        try:
            ensure(row, LAST)
        except Refused as refusal:
            return refusal.field
        return None

    @pytest.mark.parametrize(
        ("dates", "field"),
        [
            ({"valid_until": LAST}, None),
            ({"valid_until": LAST - ONE}, "valid_until"),
            ({"valid_from": LAST, "valid_until": LAST}, None),
            ({"valid_from": LAST + 2 * ONE, "valid_until": LAST + ONE}, "valid_until"),
        ],
    )
    def test_a_competency(self, dates, field):
        assert self.refused(competencies._ensure_dates, held(**dates)) == field

    @pytest.mark.parametrize(
        ("dates", "field"),
        [
            ({"passed_on": LAST, "valid_until": LAST}, None),
            ({"passed_on": LAST + ONE, "valid_until": None}, "passed_on"),
            ({"valid_until": LAST - ONE}, "valid_until"),
            ({"valid_until": None, "counts_until": LAST}, None),
            ({"valid_until": None, "counts_until": LAST - ONE}, "valid_until"),
        ],
    )
    def test_a_certificate(self, dates, field):
        row = certificate(**dates)

        assert self.refused(consultants._ensure_dates, row) == field

    @pytest.mark.parametrize(("passed_on", "field"), [(FIRST, None), (LAST, "exam")])
    def test_an_exam_is_passed_until_the_day_on_which_it_retires(
        self, passed_on, field
    ):
        row = certificate(passed_on=passed_on, valid_until=None)
        row.exam.retired_on = FIRST if field is None else LAST - ONE

        assert self.refused(consultants._ensure_dates, row) == field


@pytest.mark.django_db
@pytest.mark.parametrize(("left", "waits"), [(0, True), (-1, False)])
def test_a_claim_waits_for_review_until_the_last_day_of_its_grace(left, waits):
    kind = EngagementTypeFactory()
    partner = eligible_partner(kind)
    known = HeldCompetency.objects.get(partner=partner)
    Competency.objects.filter(pk=known.competency_id).update(grace_days=10)
    known.delete()
    HeldCompetencyFactory(
        partner=partner,
        competency=known.competency,
        level=known.level,
        valid_until=clock.in_days(left - 10),
    )

    facts = eligibility_facts.facts_of(partner, kind.offering.program)
    steps = CompetencyHeld().steps(facts, Demand.of(kind), clock.today())

    assert any("checks the proof of" in step.what for step in steps) == waits

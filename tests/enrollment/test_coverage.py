"""The matrix of consultants and engagement types, said in words."""

from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import make_aware

from enrollment.eligibility import coverage, engine
from portal import clock
from portal.findings import all_hold
from portal.roles import Role
from tests.factories.enrollment import (
    CertificateFactory,
    CompetencyExamFactory,
    ConsultantFactory,
    EnrollmentFactory,
    ExamFactory,
    SignatureFactory,
    ask_for_consultants,
    certified_consultant,
)
from tests.factories.portal import LocationFactory, actor_of

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def ahead(days):
    return TODAY + timedelta(days=days)


def the_cell(partner, program, line=0):
    [section] = coverage.coverage_of(partner, program).sections()
    return section.lines[line].cells[0]


def company(partner, program):
    [section] = coverage.coverage_of(partner, program).sections()
    return section.company[0]


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (161, "Until {date} (161 days)", "good"),
        (61, "Until {date} (61 days)", "good"),
        (60, "Ends in 60 days ({date})", "warn"),
        (1, "Ends in 1 day ({date})", "warn"),
        (0, "Ends today", "warn"),
        (-1, "Ended on {date}", "bad"),
        (None, "No end", "good"),
    ],
)
def test_a_cell_says_in_words_how_long(partner, engagement_type, days, words, tone):
    ends = None if days is None else ahead(days)
    certified_consultant(partner, engagement_type, valid_until=ends)

    cell = the_cell(partner, engagement_type.offering.program)

    assert cell.words == words.format(
        date=date_format(ends, "DATE_FORMAT") if ends else ""
    )
    assert cell.tone == tone


def test_the_end_of_the_employment_ends_the_cell_too(partner, engagement_type):
    consultant = certified_consultant(partner, engagement_type)
    consultant.until = ahead(5)
    consultant.save()

    words = the_cell(partner, engagement_type.offering.program).words

    assert words.startswith("Ends in 5 days")


def test_a_claimed_certificate_waits_for_review(partner, engagement_type):
    certified_consultant(partner, engagement_type, verified=False)

    words = the_cell(partner, engagement_type.offering.program).words

    assert words == "Waiting for review"


def test_what_is_missing_is_named(partner, engagement_type):
    competency = engagement_type.qualifications.get().competency
    for fields in [
        {"code": "B"},
        {"code": "A"},
        {"code": "0", "retired_on": TODAY - timedelta(days=1)},
    ]:
        CompetencyExamFactory(competency=competency, exam=ExamFactory(**fields))
    ConsultantFactory(partner=partner)

    words = the_cell(partner, engagement_type.offering.program).words

    assert words == "Missing: exam A or B"


def test_without_named_exams_nobody_misses_one(partner, engagement_type):
    ConsultantFactory(partner=partner)

    words = the_cell(partner, engagement_type.offering.program).words

    assert words == "No exam is asked yet"


@pytest.mark.parametrize(
    ("able", "words"), [(0, "Nobody"), (1, "Only Kira"), (2, "2 people")]
)
def test_the_company_row_says_on_how_many_it_hangs(
    partner, engagement_type, able, words
):
    ask_for_consultants(engagement_type)
    for _number in range(able):
        consultant = certified_consultant(partner, engagement_type)
        consultant.person.name = "Kira"
        consultant.person.save()
    ConsultantFactory(partner=partner)

    assert company(partner, engagement_type.offering.program).words == words


def test_who_has_left_has_no_row(partner, engagement_type):
    ConsultantFactory(partner=partner, until=ahead(-1))
    ConsultantFactory()

    [section] = coverage.coverage_of(
        partner, engagement_type.offering.program
    ).sections()

    assert section.lines == []


def test_codes_are_joined_by_or():
    assert coverage.join_with_or([]) == ""
    assert coverage.join_with_or(["A"]) == "A"
    assert coverage.join_with_or(["A", "B", "C"]) == "A, B or C"


def at_night(day):
    """Return the first minute of a day in the partner's time zone."""
    return make_aware(datetime.combine(day, time(0, 1)))


def test_expiry_lowers_eligibility_the_same_night(
    partner, engagement_type, held, signature
):
    ask_for_consultants(engagement_type)
    offering = engagement_type.offering
    LocationFactory(organization=partner)
    EnrollmentFactory(
        partner=partner, program=offering.program, offerings=[offering], active=True
    )
    certified_consultant(partner, engagement_type, valid_until=ahead(30))
    last, next_day = ahead(30), ahead(31)

    def may_deliver():
        today = clock.today(partner.time_zone)
        return all_hold(engine.check(partner, engagement_type, today))

    with time_machine.travel(at_night(last), tick=False):
        assert may_deliver()
        assert the_cell(partner, offering.program).words == "Ends today"
    with time_machine.travel(at_night(next_day), tick=False):
        assert not may_deliver()
        assert company(partner, offering.program).words == "Nobody"


def address(partner):
    return reverse("enrollment:coverage", args=[partner.slug])


@pytest.mark.parametrize("role", [Role.DELIVERY_LEAD, Role.CONSULTANT])
def test_every_partner_role_reads_the_matrix(as_person, partner, engagement_type, role):
    reader = actor_of(partner, role)
    certified_consultant(partner, engagement_type)

    response = as_person(reader.person).get(address(partner))

    assert engagement_type.name in response.text
    assert "Only " in response.text


@pytest.mark.parametrize("people", [1, 50])
def test_the_matrix_costs_the_same_for_any_number_of_consultants(
    as_person, partner, engagement_type, people, same_statements
):
    exam = ask_for_consultants(engagement_type)
    SignatureFactory(
        partner=partner, agreement__program=engagement_type.offering.program
    )
    for _number in range(people):
        here = ConsultantFactory(partner=partner)
        CertificateFactory(consultant=here, exam=exam, verified=True)
    client = as_person(actor_of(partner, Role.DELIVERY_LEAD).person)
    client.get(address(partner))

    with same_statements():
        client.get(address(partner))

"""Who may deliver an engagement type on a date, and why others may not."""

from datetime import date, timedelta

import pytest

from enrollment.eligibility import engine, way_in
from enrollment.eligibility import facts as eligibility_facts
from enrollment.models import EngagementType, Enrollment, HeldCompetency, Level
from portal import clock
from portal.findings import all_hold, unmet_findings
from portal.models import Location, Organization
from portal.tenancy import acting_for, reading_directory
from tests.factories.enrollment import (
    CompetencyFactory,
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    OfferingFactory,
    ProgramAgreementFactory,
    eligible_partner,
)
from tests.factories.portal import (
    CustomerFactory,
    LocationFactory,
    PartnerFactory,
    ReasonFactory,
)

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture
def engagement_type():
    return EngagementTypeFactory()


@pytest.fixture
def able(engagement_type):
    return eligible_partner(engagement_type)


def the_one_unmet(partner, engagement_type, country=""):
    [finding] = unmet_findings(engine.check(partner, engagement_type, TODAY, country))
    return finding


def only_competency(partner):
    return HeldCompetency.objects.get(partner=partner)


def with_enrollment(partner, **change):
    Enrollment.objects.filter(partner=partner).delete()
    return EnrollmentFactory(partner=partner, **change)


def test_a_partner_with_everything_may_deliver(able, engagement_type):
    findings = engine.check(able, engagement_type, TODAY, "DE")

    assert all_hold(findings)
    assert len(findings) == 5


def test_findings_say_until_when_they_hold(able, engagement_type):
    competency = engine.check(able, engagement_type, TODAY)[1]

    assert competency.until == only_competency(able).valid_until


def test_a_closed_offering_is_named_with_its_last_day(able, engagement_type):
    engagement_type.offering.closes_on = TODAY - timedelta(days=1)

    assert "closed on" in the_one_unmet(able, engagement_type).found


@pytest.mark.parametrize("field", ["opens_on", "closes_on"])
def test_an_offering_is_open_on_its_first_and_its_last_day(
    able, engagement_type, field
):
    setattr(engagement_type.offering, field, TODAY)

    assert all_hold(engine.check(able, engagement_type, TODAY))


def test_an_offering_that_is_still_to_open_is_named_with_its_first_day(
    able, engagement_type
):
    engagement_type.offering.opens_on = TODAY + timedelta(days=1)

    assert "opens on" in the_one_unmet(able, engagement_type).found


def test_no_competency_tells_what_is_needed_and_who_can_help(able, engagement_type):
    HeldCompetency.objects.filter(partner=able).delete()

    finding = the_one_unmet(able, engagement_type)

    assert finding.needed == str(engagement_type.qualifications.get())
    assert finding.fix == "Add a competency with its proof."
    assert finding.who == "Partner admin"


def test_any_one_of_several_competencies_is_enough():
    first, second = CompetencyFactory(), CompetencyFactory()
    both = [(first, Level.GOLD), (second, Level.SILVER)]
    engagement_type = EngagementTypeFactory(qualifications=both)
    partner = eligible_partner(engagement_type)
    HeldCompetency.objects.filter(partner=partner).delete()

    HeldCompetencyFactory(partner=partner, competency=second, level=1, verified=True)

    assert all_hold(engine.check(partner, engagement_type, TODAY))


def test_silver_is_not_enough_where_gold_is_needed():
    needed = [(CompetencyFactory(), Level.GOLD)]
    engagement_type = EngagementTypeFactory(qualifications=needed)
    partner = eligible_partner(engagement_type)
    HeldCompetency.objects.filter(partner=partner).update(level=Level.SILVER)

    assert "level is too low" in the_one_unmet(partner, engagement_type).found


def test_a_claimed_competency_waits_for_review(able, engagement_type):
    held = only_competency(able)
    held.delete()
    HeldCompetencyFactory(partner=able, competency=held.competency)

    finding = the_one_unmet(able, engagement_type)

    assert "waits for review" in finding.found
    assert finding.who == "Sponsor"


def test_a_returned_competency_counts_for_nothing(able, engagement_type):
    held = only_competency(able)
    held.delete()
    HeldCompetencyFactory(partner=able, competency=held.competency, returned=True)

    assert "none of the competencies" in the_one_unmet(able, engagement_type).found


@pytest.mark.parametrize(
    ("dates", "word"),
    [
        ({"valid_until": TODAY - timedelta(days=1)}, "ended on"),
        (
            {
                "valid_from": TODAY + timedelta(days=1),
                "valid_until": TODAY + timedelta(days=9),
            },
            "starts on",
        ),
    ],
)
def test_a_competency_counts_on_its_own_days_only(able, engagement_type, dates, word):
    HeldCompetency.objects.filter(partner=able).update(**dates)

    assert word in the_one_unmet(able, engagement_type).found


def test_the_last_day_of_a_competency_still_counts(able, engagement_type):
    HeldCompetency.objects.filter(partner=able).update(valid_until=TODAY)

    assert all_hold(engine.check(able, engagement_type, TODAY))


def test_a_new_version_of_the_agreement_has_to_be_signed(able, engagement_type):
    program = engagement_type.offering.program
    newer = ProgramAgreementFactory(program=program, effective_on=TODAY)

    finding = the_one_unmet(able, engagement_type)

    assert finding.found == f"Version {newer.version} is not signed."
    assert engine.signature_for(able, program, TODAY) is None
    assert engine.signature_for(able, program, TODAY - timedelta(days=1)) is not None


def test_a_program_without_agreement_lets_nobody_deliver(engagement_type):
    partner = PartnerFactory()

    agreement = engine.check(partner, engagement_type, TODAY)[2]

    assert not agreement.holds
    assert agreement.who == "Sponsor"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({}, "begun, but not sent"),
        ({"submitted": True}, "in review"),
        ({"suspended": True}, "suspended"),
        ({"lapsed": True}, "period is"),
        ({"state": "rejected"}, "has rejected"),
    ],
)
def test_an_enrollment_that_does_not_run_is_put_into_words(
    able, engagement_type, state, word
):
    offering, reason = engagement_type.offering, ReasonFactory(topic="enrollment")
    with_enrollment(
        able, program=offering.program, offerings=[offering], reason=reason, **state
    )

    assert word in the_one_unmet(able, engagement_type).found


def test_an_enrollment_without_the_offering_is_not_enough(able, engagement_type):
    program = engagement_type.offering.program
    other = OfferingFactory(program=program)
    with_enrollment(able, program=program, offerings=[other], active=True)

    assert "does not include" in the_one_unmet(able, engagement_type).found


def test_a_partner_that_never_enrolled_is_told_so(able, engagement_type):
    Enrollment.objects.filter(partner=able).delete()

    assert the_one_unmet(able, engagement_type).found == "Not enrolled."


def test_a_period_that_is_over_was_good_for_its_own_days(able, engagement_type):
    offering = engagement_type.offering
    lapsed = with_enrollment(
        able, program=offering.program, offerings=[offering], lapsed=True
    )

    assert all_hold(engine.check(able, engagement_type, lapsed.ends_on))


def test_a_location_in_the_country_of_delivery_is_needed(able, engagement_type):
    finding = the_one_unmet(able, engagement_type, "FR")

    assert finding.found == "No location in France."
    assert finding.fix == "Add the location on the company page."


def eligible(engagement_type, *on):
    """Return the partners that are listed and, judged now, may deliver."""
    with reading_directory():
        listed = list(engine.partners_listed_for(engagement_type, *on))
    return engine.keep_eligible(listed, [engagement_type], *on)


def test_customers_may_ask_although_the_rows_are_not_theirs(able, engagement_type):
    customer = CustomerFactory()

    with acting_for(customer.pk):
        assert eligible(engagement_type, TODAY) == [able]
        assert all_hold(engine.check(able, engagement_type, TODAY))
        assert not Location.objects.exists()


def test_only_listed_partners_can_be_chosen(able, engagement_type):
    hidden = eligible_partner(engagement_type)
    Organization.objects.filter(pk=hidden.pk).update(is_listed=False)

    assert eligible(engagement_type, TODAY) == [able]


def test_partners_that_may_not_deliver_cannot_be_chosen(able, engagement_type):
    unable = eligible_partner(engagement_type)
    HeldCompetency.objects.filter(partner=unable).delete()

    assert eligible(engagement_type, TODAY) == [able]


def test_a_country_narrows_the_choice(engagement_type):
    german, french = (eligible_partner(engagement_type) for _ in "12")
    LocationFactory(organization=french, country="FR")

    assert eligible(engagement_type, TODAY, "FR") == [french]
    assert eligible(engagement_type, TODAY, "DE") == [german, french]


def test_without_a_date_each_partner_is_judged_for_today_at_its_own_place(
    able, engagement_type, time_machine
):
    time_machine.move_to("2026-11-25T23:30:00Z")
    with_enrollment(
        able,
        program=engagement_type.offering.program,
        offerings=[engagement_type.offering],
        active=True,
        starts_on=date(2026, 11, 26),
    )
    assert eligible(engagement_type) == []

    able.time_zone = "Europe/Berlin"
    able.save()

    assert eligible(engagement_type) == [able]
    assert eligible(engagement_type, date(2026, 11, 25)) == []


@pytest.mark.parametrize("partners", [1, 3])
def test_choosing_costs_the_same_for_any_number_of_partners(
    engagement_type, partners, same_statements
):
    for _ in range(partners):
        eligible_partner(engagement_type)
    asked = EngagementType.objects.with_rules().get(pk=engagement_type.pk)

    with same_statements():
        assert len(eligible(asked, TODAY)) == partners


@pytest.mark.parametrize("types", [1, 3])
def test_choosing_costs_the_same_for_any_number_of_types(
    able, engagement_type, types, same_statements
):
    offering, [rule] = engagement_type.offering, engagement_type.qualifications.all()
    EngagementTypeFactory.create_batch(
        types - 1,
        offering=offering,
        qualifications=[(rule.competency, rule.minimum_level)],
    )
    asked = EngagementType.objects.select_related("offering__program")

    with same_statements():
        assert engine.keep_eligible([able], asked.all()) == [able]


def test_whoever_is_chosen_may_deliver_each_of_the_types(able, engagement_type):
    other = EngagementTypeFactory(offering=engagement_type.offering)
    elsewhere = EngagementTypeFactory()

    assert engine.keep_eligible([able], [engagement_type]) == [able]
    assert engine.keep_eligible([able], [engagement_type, other]) == []
    assert engine.keep_eligible([able], [engagement_type, elsewhere]) == []


def test_facts_for_a_delivery_refuse_to_say_what_is_not_loaded():
    kind = EngagementTypeFactory()
    partner = eligible_partner(kind)

    facts = engine.facts_for(partner, kind)

    for name in ("agreements", "signatures", "countries"):
        with pytest.raises(LookupError):
            getattr(facts, name)


def test_facts_for_no_place_refuse_to_say_where_the_partner_is(able, engagement_type):
    program = engagement_type.offering.program

    [facts] = eligibility_facts.facts_to_judge([able], program, for_place=False)

    with pytest.raises(LookupError):
        assert facts.countries


@pytest.mark.parametrize("state", ["submitted", "active", "lapsed", "suspended"])
def test_a_decision_and_its_words_read_nothing_beside_the_facts(
    able, engagement_type, state, django_assert_num_queries
):
    offering = engagement_type.offering
    with_enrollment(
        able, program=offering.program, offerings=[offering], **{state: True}
    )
    HeldCompetencyFactory(partner=able, competency=CompetencyFactory())
    asked = EngagementType.objects.with_rules().get(pk=engagement_type.pk)

    [facts] = eligibility_facts.facts_to_judge([able], offering.program, for_place=True)
    with django_assert_num_queries(0):
        for day in (TODAY, TODAY + timedelta(days=4000)):
            findings = engine.check_facts(facts, asked, day, "FR")
            assert all(f"{finding} {finding.needed}" for finding in findings)
            assert way_in.way_in(facts, asked, day, "FR").steps

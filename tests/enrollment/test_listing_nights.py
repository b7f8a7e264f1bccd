"""The nights of the directory: what ends leaves, what begins arrives."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from enrollment.models import (
    Enrollment,
    HeldCompetency,
    Listing,
    Offering,
    Qualification,
)
from enrollment.presentation import directory as directory_presentation
from enrollment.services import catalogue
from enrollment.services import directory as directory_services
from enrollment.services.directory import DirectorySearch
from enrollment.tasks import rebuild_listings, refresh_listings_nightly, turn_periods
from portal import clock
from portal.audit import record
from portal.roles import Duty
from tests.factories.enrollment import (
    CertificateFactory,
    CompetencyExamFactory,
    ConsultantFactory,
    ListingFactory,
    ProgramRequirementFactory,
    eligible_partner,
)
from tests.factories.portal import PartnerFactory, staff_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def able(engagement_type):
    partner = eligible_partner(engagement_type)
    directory_services.facts_changed(partner)
    return partner


@pytest.fixture
def quiet_catalogue(able):
    """Let no date of the catalogue come tonight, and nothing have changed lately."""
    with clock.set_to(clock.now() + timedelta(days=3)):
        yield


def listed(engagement_type):
    found = directory_presentation.search(
        DirectorySearch(engagement_type=engagement_type.slug)
    )
    return [row.slug for row in found.rows]


def at_night(days):
    return clock.set_to(clock.now() + timedelta(days=days))


def test_who_lapses_leaves_the_directory_the_same_night(able, engagement_type):
    last_day = Enrollment.objects.get().good_until
    days = (last_day - clock.today()).days

    with at_night(days):
        turn_periods()
        assert listed(engagement_type) == [able.slug]
    with at_night(days + 1):
        # Before any task has run it can deliver nothing any more.
        assert listed(engagement_type) == []
        turn_periods()
        assert directory_presentation.search(DirectorySearch()).rows == []


def test_what_ended_is_judged_anew_and_may_go_on(able, engagement_type):
    Listing.objects.update(until=clock.in_days(2))

    with at_night(3):
        assert listed(engagement_type) == []
        assert refresh_listings_nightly() == 1
        assert refresh_listings_nightly() == 0
        assert listed(engagement_type) == [able.slug]


def test_nobody_is_judged_without_need(able, quiet_catalogue):
    assert refresh_listings_nightly() == 0


def test_an_action_that_forgot_to_ask_is_found_at_night(
    able, engagement_type, reviewer
):
    HeldCompetency.objects.update(valid_until=clock.in_days(-1))
    record(
        "competency.verified",
        HeldCompetency.objects.get(),
        by=reviewer,
        parties=[able.pk],
    )

    assert refresh_listings_nightly() == 1
    assert listed(engagement_type) == []


@pytest.mark.parametrize(
    "begins",
    [
        lambda partner, day: Enrollment.objects.update(starts_on=day),
        lambda partner, day: HeldCompetency.objects.update(valid_from=day),
    ],
)
def test_what_begins_arrives(able, engagement_type, begins):
    begins(able, clock.in_days(5))
    directory_services.facts_changed(able)
    assert not Listing.objects.exists()

    with at_night(5):
        assert refresh_listings_nightly() == 1
        assert Listing.objects.exists()


def test_a_rule_that_begins_judges_everybody(able, engagement_type, quiet_catalogue):
    PartnerFactory()
    rule = Qualification.objects.get()
    rule.valid_until = clock.in_days(-1)
    rule.save()

    assert refresh_listings_nightly() == 2
    assert listed(engagement_type) == []


def test_a_changed_catalogue_judges_everybody(able, engagement_type, quiet_catalogue):
    PartnerFactory()
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    offering = Offering.objects.get()
    offering.closes_on = clock.in_days(-9)
    catalogue.save(offering, by=manager)

    assert refresh_listings_nightly() == 2
    assert listed(engagement_type) == []


def test_every_week_everybody_is_judged(able, quiet_catalogue):
    wrong = ListingFactory()

    assert rebuild_listings() == 2
    assert rebuild_listings() == 2

    assert wrong.partner_id not in Listing.objects.values_list("partner", flat=True)
    assert able.pk in Listing.objects.values_list("partner", flat=True)


def test_a_listing_ends_with_the_consultant_it_hangs_on(able, engagement_type):
    ProgramRequirementFactory(program=engagement_type.offering.program)
    rule = CompetencyExamFactory(
        competency=engagement_type.qualifications.get().competency
    )
    leaver = ConsultantFactory(partner=able, until=clock.in_days(30))
    CertificateFactory(consultant=leaver, exam=rule.exam, verified=True)

    directory_services.facts_changed(able)

    assert Listing.objects.get().until == clock.in_days(30)


def test_an_empty_directory_is_filled_once(able):
    Listing.objects.all().delete()

    call_command("fill_directory")

    assert Listing.objects.get().partner == able
    assert directory_services.fill_directory() == 0

"""Who stands in the directory, and for what."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from enrollment.models import BusinessProfile, Enrollment, HeldCompetency, Listing
from enrollment.services import directory
from portal import clock
from portal.models import AuditEntry
from tests.factories.enrollment import (
    EngagementTypeFactory,
    ListingFactory,
    eligible_partner,
)
from tests.factories.portal import PartnerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def able(engagement_type):
    """Return a partner that can deliver the engagement type."""
    return eligible_partner(engagement_type)


def kept():
    return list(Listing.objects.values_list("partner", "engagement_type", "until"))


def test_a_listing_lasts_until_the_first_fact_ends(able, engagement_type):
    ends = clock.in_days(20)
    HeldCompetency.objects.filter(partner=able).update(valid_until=ends)

    directory.facts_changed(able)

    assert kept() == [(able.pk, engagement_type.pk, ends)]


def test_only_what_can_be_delivered_is_listed(able, engagement_type):
    EngagementTypeFactory(offering=engagement_type.offering)

    directory.facts_changed(able)

    assert [each for _, each, _ in kept()] == [engagement_type.pk]


def test_what_no_longer_holds_leaves_at_once(able):
    directory.facts_changed(able)
    HeldCompetency.objects.update(valid_until=clock.in_days(-1))

    directory.facts_changed(able)

    assert kept() == []


def test_a_suspended_partner_leaves_the_directory(able, reviewer):
    directory.facts_changed(able)
    Enrollment.objects.update(state="suspended")

    directory.facts_changed(able, by=reviewer)

    able.refresh_from_db()
    assert not able.is_listed
    assert kept() == []
    entry = AuditEntry.objects.get(verb="profile.unlisted")
    assert entry.person == reviewer.person


def test_a_partner_that_takes_its_profile_back_leaves_the_directory(able):
    BusinessProfile.objects.update(state="draft", published_at=None)

    directory.facts_changed(able)

    able.refresh_from_db()
    assert not able.is_listed


def test_a_partner_comes_back_with_its_enrollment(able):
    able.is_listed = False
    able.save()

    directory.facts_changed(able)

    able.refresh_from_db()
    assert able.is_listed


def test_without_a_profile_nobody_is_listed():
    partner = PartnerFactory()

    directory.facts_changed(partner)

    partner.refresh_from_db()
    assert not partner.is_listed
    assert not AuditEntry.objects.exists()


def test_refreshing_judges_for_the_day_it_is_told(able, engagement_type):
    directory.refresh_listings([able], clock.today() + timedelta(days=266))

    assert kept() == []


def test_refreshing_leaves_other_partners_alone(able):
    other = ListingFactory()

    directory.refresh_listings([able])

    assert other.partner_id in {partner for partner, *_ in kept()}


def test_many_partners_take_as_many_queries_as_one(engagement_type, same_statements):
    partners = [eligible_partner(engagement_type) for _ in range(3)]

    for some in (partners[:1], partners):
        with same_statements():
            directory.refresh_listings(some)


def test_a_partner_has_one_listing_for_each_engagement_type():
    listing = ListingFactory()

    with pytest.raises(IntegrityError, match="listing_once"):
        ListingFactory(partner=listing.partner, engagement_type=listing.engagement_type)

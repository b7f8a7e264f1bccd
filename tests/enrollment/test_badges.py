"""Badges: what a partner has earned, and at what cost we know it."""

from datetime import timedelta

import pytest

from enrollment.models import Level
from enrollment.presentation import profiles
from portal import clock
from portal.models import Organization
from portal.tenancy import acting_for
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    CertificateFactory,
    ConsultantFactory,
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    eligible_partner,
)
from tests.factories.portal import PartnerFactory

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def day(offset):
    return TODAY + timedelta(days=offset)


def period(partner, program, number, *, ago, length=365, **fields):
    return EnrollmentFactory(
        partner=partner,
        program=program,
        period=number,
        starts_on=day(-ago),
        ends_on=day(length - ago - 1),
        **fields,
    )


def test_a_partner_that_can_deliver_shows_it(engagement_type):
    partner = eligible_partner(engagement_type)
    EngagementTypeFactory(offering=engagement_type.offering)

    badges = profiles.badges_of(partner, TODAY)

    assert badges.deliverable == [engagement_type]
    assert badges.enrolled_since == day(-100)


def test_another_company_reads_them_too(engagement_type):
    partner = eligible_partner(engagement_type)

    with acting_for(PartnerFactory().pk):
        assert profiles.badges_of(partner, TODAY).deliverable == [engagement_type]


def test_the_highest_verified_level_of_each_competency_counts(partner):
    gold = HeldCompetencyFactory(partner=partner, verified=True, level=Level.GOLD)
    HeldCompetencyFactory(
        partner=partner,
        competency=gold.competency,
        verified=True,
        level=Level.SILVER,
        valid_until=day(700),
    )
    EngagementTypeFactory()

    assert profiles.badges_of(partner, TODAY).competencies == [gold]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"returned": True},
        {"verified": True, "valid_until": day(-1)},
        {"verified": True, "valid_from": day(1)},
    ],
    ids=["claimed", "returned", "over", "to come"],
)
def test_what_does_not_count_is_no_badge(partner, fields):
    HeldCompetencyFactory(partner=partner, **fields)
    EngagementTypeFactory()

    assert profiles.badges_of(partner, TODAY).competencies == []


class TestEnrolledSince:
    def test_years_without_a_gap_count_together(self, partner, program):
        period(partner, program, 1, ago=465, lapsed=True)
        period(partner, program, 2, ago=100, active=True)

        assert profiles.badges_of(partner, TODAY).enrolled_since == day(-465)

    def test_a_gap_begins_anew(self, partner, program):
        period(partner, program, 1, ago=470, lapsed=True)
        period(partner, program, 2, ago=100, active=True)

        assert profiles.badges_of(partner, TODAY).enrolled_since == day(-100)

    def test_a_renewal_that_has_not_begun_changes_nothing(self, partner, program):
        period(partner, program, 1, ago=300, active=True)
        period(partner, program, 2, ago=-65, active=True)

        assert profiles.badges_of(partner, TODAY).enrolled_since == day(-300)

    @pytest.mark.parametrize("state", ["submitted", "lapsed", "suspended"])
    def test_without_an_enrollment_today_there_is_none(self, partner, program, state):
        EnrollmentFactory(partner=partner, program=program, **{state: True})

        assert profiles.badges_of(partner, TODAY).enrolled_since is None


class TestConsultants:
    def test_each_counts_once_however_many_exams(self, partner, program):
        consultant = ConsultantFactory(partner=partner)
        CertificateFactory.create_batch(2, consultant=consultant, verified=True)

        assert profiles.badges_of(partner, TODAY).consultants == 1

    @pytest.mark.parametrize(
        "fields",
        [
            {"verified": False},
            {"verified": True, "valid_until": day(-1)},
            {"verified": True, "consultant__until": day(-1)},
        ],
        ids=["unverified", "over", "left"],
    )
    def test_who_is_not_certified_here_today_does_not_count(
        self, partner, program, fields
    ):
        CertificateFactory(consultant__partner=partner, **fields)

        assert profiles.badges_of(partner, TODAY).consultants == 0


class TestDelivered:
    def test_reported_engagements_count(self, engagement_type):
        partner = EngagementFactory(reported=True).partner
        EngagementFactory(partner=partner, voucher__partner=partner)

        badges = profiles.badges_of(partner, TODAY)

        assert badges.delivered == 1
        assert badges.is_new

    def test_from_five_on_a_partner_is_not_new(self, partner, settings):
        settings.PARTNER_FACTS = [f"{__name__}.five_each"]

        badges = profiles.badges_of(partner, TODAY)

        assert (badges.delivered, badges.is_new) == (5, False)


def five_each(partners):
    return dict.fromkeys(partners, 5)


def test_each_partner_has_badges_of_its_own(engagement_type):
    one, other = eligible_partner(engagement_type), PartnerFactory()

    badges = profiles.badges_of_all([one, other], TODAY)

    assert badges[one.pk].deliverable == [engagement_type]
    assert badges[other.pk].deliverable == []


@pytest.mark.parametrize("partners", [1, 3])
def test_badges_cost_the_same_for_any_number_of_partners(
    engagement_type, partners, same_statements
):
    for _ in range(partners):
        partner = eligible_partner(engagement_type)
        CertificateFactory(consultant__partner=partner, verified=True)
    everybody = Organization.objects.partners()

    with same_statements():
        badges = profiles.badges_of_all(everybody, TODAY)

    assert all(each.deliverable and each.consultants for each in badges.values())

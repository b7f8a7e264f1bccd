"""Under which version of the program agreement a voucher is reserved."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrollment.models import Signature
from portal import clock
from portal.findings import Refused
from portal.models import Location
from portal.roles import Role
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    ProgramAgreementFactory,
    SignatureFactory,
    eligible_partner,
)
from tests.factories.portal import actor_of
from tests.factories.vouchers import VoucherFactory
from tests.vouchers.actions import acting
from vouchers.models import Reservation
from vouchers.services import reservations

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def in_days(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def voucher():
    return VoucherFactory(assigned=True)


@pytest.fixture
def lead(voucher):
    partner = eligible_partner(voucher.engagement_type)
    return actor_of(partner, Role.DELIVERY_LEAD)


@pytest.fixture
def earlier(lead):
    return lead.organization.signatures.get()


@pytest.fixture
def newer(voucher, earlier):
    """Return a version in force for ten days, to be signed within twenty more."""
    return ProgramAgreementFactory(
        program=voucher.program,
        version="2.0",
        effective_on=in_days(-10),
        sign_by=in_days(20),
    )


def reserve(voucher, actor):
    place = Location.objects.get(organization=actor.organization)
    with acting(actor):
        reservations.reserve(voucher, location=place, accepts_terms=True, by=actor)
    return Reservation.objects.get().signature


def test_until_the_last_day_the_earlier_version_binds(voucher, lead, earlier, newer):
    assert reserve(voucher, lead) == earlier


def test_on_the_last_day_it_still_does(voucher, lead, earlier, newer):
    type(newer).objects.filter(pk=newer.pk).update(sign_by=TODAY)

    assert reserve(voucher, lead) == earlier


def test_who_has_signed_the_newer_version_is_bound_by_it(voucher, lead, newer):
    signature = SignatureFactory(
        partner=lead.organization, agreement=newer, signed_at=clock.now()
    )

    assert reserve(voucher, lead) == signature


def test_a_version_signed_early_binds_once_it_is_in_force(voucher, lead, newer):
    earlier = Signature.objects.get()
    type(newer).objects.filter(pk=newer.pk).update(
        effective_on=in_days(5), sign_by=in_days(30)
    )
    SignatureFactory(partner=lead.organization, agreement=newer, signed_at=clock.now())

    assert reserve(voucher, lead) == earlier


def test_after_the_last_day_the_refusal_names_the_version(voucher, lead, newer):
    type(newer).objects.filter(pk=newer.pk).update(sign_by=in_days(-1))

    with pytest.raises(Refused) as refusal:
        reserve(voucher, lead)

    [finding] = [each for each in refusal.value.findings if not each.holds]
    assert finding.found == "Version 2.0 is not signed."
    assert not Reservation.objects.exists()


@pytest.mark.parametrize("side", ["partner", "customer"])
def test_both_parties_read_the_terms_on_the_vouchers_page(as_person, side):
    engagement = EngagementFactory()
    reader = reader_of(engagement, side)
    number = engagement.voucher.number
    address = reverse("vouchers:detail", args=[reader.organization.slug, number])

    response = as_person(reader.person).get(address)

    assert engagement.reservation.signature.terms in response.text


@pytest.mark.parametrize("side", ["partner", "customer"])
def test_both_parties_read_them_on_the_engagements_page(as_person, side):
    engagement = EngagementFactory()
    reader = reader_of(engagement, side)
    address = reverse(
        "engagements:detail", args=[reader.organization.slug, engagement.pk]
    )

    response = as_person(reader.person).get(address)

    assert engagement.reservation.signature.terms in response.text


def reader_of(row, side):
    role = {"partner": Role.DELIVERY_LEAD, "customer": Role.BENEFIT_ADMIN}[side]
    return actor_of(getattr(row, side), role)

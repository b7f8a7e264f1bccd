"""Pages by position: complete, in order, and safe from odd addresses."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.test import RequestFactory

from portal.lists import page_of
from portal.models import Organization
from tests.factories.portal import PartnerFactory

pytestmark = pytest.mark.django_db


def page(address="/"):
    request = RequestFactory().get(address)
    return page_of(Organization.objects.all(), request, size=2)


@pytest.fixture
def five(db):
    made = PartnerFactory.create_batch(5)
    # Two of the same moment: the number decides.
    Organization.objects.filter(pk=made[1].pk).update(created_at=made[0].created_at)
    return list(Organization.objects.order_by("-created_at", "-id"))


def test_a_short_list_has_no_neighbors():
    PartnerFactory()

    only = page()

    assert (len(only.rows), only.newer_url, only.older_url) == (1, "", "")


def test_walking_older_shows_every_row_once(five):
    first = page()
    second = page(first.older_url)
    third = page(second.older_url)

    assert first.rows + second.rows + third.rows == five
    assert (first.newer_url, third.older_url) == ("", "")


def test_walking_newer_leads_back(five):
    second = page(page().older_url)

    assert page(second.newer_url).rows == five[:2]


def test_filters_stay_in_the_addresses(five):
    request = RequestFactory().get("/?state=reserved")

    assert (
        "state=reserved"
        in page_of(Organization.objects.all(), request, size=2).older_url
    )


def test_a_row_that_comes_meanwhile_does_not_shift_the_next_page(five):
    older_url = page().older_url
    PartnerFactory(created_at=five[0].created_at + timedelta(hours=1))

    assert page(older_url).rows == five[2:4]


@pytest.mark.parametrize("side", ["older", "newer"])
@pytest.mark.parametrize(
    "edge",
    [
        "x",
        "~",
        "2026-01-01",
        "2026-13-45T00:00:00Z~1",
        "2026-01-01T00:00:00~1",
        "2026-01-01T00:00:00Z~",
        "2026-01-01T00:00:00Z~-1",
        "2020-01-01T00:00:00Z~99999999999999999999999",
    ],
)
def test_a_place_that_no_list_has_given_out_is_not_found(five, side, edge):
    with pytest.raises(Http404):
        page(f"/?{side}={edge}")


@pytest.mark.parametrize("address", ["/?older=", "/?newer="])
def test_no_place_is_the_first_page(five, address):
    assert page(address).rows == five[:2]


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00"]
)
def test_a_moment_beyond_the_calendar_is_not_found(five, moment):
    for side in ("older", "newer"):
        with pytest.raises(Http404):
            page(f"/?{side}={moment}~1")


@pytest.mark.parametrize("offset", ["%2B15:59", "%2B16:00", "-23:59"])
def test_a_moment_far_from_utc_is_no_fault(five, offset):
    moment = f"2026-01-01T00:00:00{offset}"
    found = page(f"/?older={moment}~1").rows + page(f"/?newer={moment}~1").rows

    assert len(found) == 2

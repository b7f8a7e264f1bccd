"""The time zone comes from the country, and an admin changes it."""

import re

import pytest
from django.urls import reverse

from portal import clock, zones
from portal.models import AuditEntry, Organization
from portal.roles import Duty, Role
from tests.conftest import give_second_factor
from tests.factories.portal import MembershipFactory, UserFactory, staff_actor

pytestmark = pytest.mark.django_db


def chosen(page):
    """Return the time zone that the page has chosen."""
    field = page[page.index('name="time_zone"') :]
    options = field[: field.index("</select>")]
    found = re.search(r'<option value="([^"]*)"\s+selected', options)
    # Without a choice a browser shows the first one.
    return found[1] if found else re.search(r'<option value="([^"]*)"', options)[1]


def company(**typed):
    return {
        "name": "Bright",
        "location_name": "Head office",
        "street": "Street 1",
        "city": "Munich",
        "country": "DE",
        "time_zone": "",
        **typed,
    }


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("DE", "Europe/Berlin"),
        ("TW", "Asia/Taipei"),
        ("IN", "Asia/Kolkata"),
        ("UA", "Europe/Kyiv"),
        ("GB", "Europe/London"),
    ],
)
def test_a_country_of_one_time_gives_it(country, zone, as_person):
    client = as_person(UserFactory())

    client.post(reverse("register"), company(country=country))

    if country == "UA":  # its zones differ since 2014
        assert not Organization.objects.exists()
    else:
        assert Organization.objects.get().time_zone == zone


@pytest.mark.parametrize(
    ("country", "likely"),
    [
        ("US", "America/New_York"),
        ("BR", "America/Sao_Paulo"),
        ("AU", "Australia/Sydney"),
        ("NZ", "Pacific/Auckland"),
        ("RU", "Europe/Moscow"),
    ],
)
def test_a_country_of_several_times_is_asked_with_the_likely_one(
    country, likely, as_person
):
    client = as_person(UserFactory())

    asked = client.post(reverse("register"), company(country=country))

    assert "has several time zones" in asked.text
    assert chosen(asked.text) == likely
    assert not Organization.objects.exists()

    client.post(reverse("register"), company(country=country, time_zone=likely))
    assert Organization.objects.get().time_zone == likely


def test_what_was_chosen_is_not_asked_again(as_person):
    typed = company(country="US", time_zone="Pacific/Honolulu")

    as_person(UserFactory()).post(reverse("register"), typed)

    assert Organization.objects.get().time_zone == "Pacific/Honolulu"


def test_the_country_is_asked_before_the_time_zone(as_person):
    page = as_person(UserFactory()).get(reverse("register")).text

    assert page.index('name="country"') < page.index('name="time_zone"')
    assert "That of the country" in page
    assert chosen(page) == ""


def test_a_customer_gets_the_time_zone_of_its_country_too(client):
    person = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(person)
    client.force_login(person)
    form = {"name": "Customer", "country": "TW", "admin_email": "clerk@example.com"}

    client.post(reverse("admin:portal_organization_add"), form)

    assert Organization.objects.get().time_zone == "Asia/Taipei"


def test_every_country_of_the_data_has_a_zone_that_is_offered():
    countries = zones._shipped_data()["countries"]

    assert [code for code in countries if not zones.of_country(code)] == []
    assert zones.only_zone_of("US", clock.now()) == ""
    assert zones.only_zone_of("XX", clock.now()) == ""


def test_an_admin_changes_the_time_zone_and_reads_what_moves(as_person, partner):
    admin = MembershipFactory(organization=partner).person
    client = as_person(admin)
    page = reverse("organization:time_zone", args=[partner.slug])

    assert page in client.get(reverse("organization:company", args=[partner.slug])).text
    shown = client.get(page).text
    assert "No date changes" in shown
    assert chosen(shown) == "UTC"
    answer = client.post(page, {"time_zone": "Asia/Tokyo"}, follow=True)

    assert "Deadlines are counted in Asia/Tokyo now." in answer.text
    partner.refresh_from_db()
    assert partner.time_zone == "Asia/Tokyo"
    assert AuditEntry.objects.get(verb="organization.moved").person == admin


def test_a_colleague_does_not_change_it(as_person, partner):
    member = MembershipFactory(organization=partner, roles=[Role.DELIVERY_LEAD])
    client = as_person(member.person)
    page = reverse("organization:time_zone", args=[partner.slug])

    assert client.post(page, {"time_zone": "Asia/Tokyo"}).status_code == 403
    assert (
        "Change the time zone"
        not in client.get(reverse("organization:company", args=[partner.slug])).text
    )

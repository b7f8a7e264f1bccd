"""Searching the directory: what is found, in which order, and what stays hidden."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.translation import gettext, override

from enrollment.models import DirectoryEntry, Listing, Tag
from enrollment.models.directory import Circle
from enrollment.presentation import directory as directory_presentation
from enrollment.presentation.directory import PageEdge
from enrollment.services import directory as directory_services
from enrollment.services.directory import DirectorySearch
from portal import clock
from tests.factories.enrollment import (
    BusinessProfileFactory,
    EngagementTypeFactory,
    ListingFactory,
)
from tests.factories.portal import LocationFactory, PartnerFactory, PlaceFactory

pytestmark = pytest.mark.django_db

MUNICH = {"city": "Munich", "latitude": 48.137, "longitude": 11.575}
AUGSBURG = {"city": "Augsburg", "latitude": 48.371, "longitude": 10.898}
BERLIN = {"city": "Berlin", "latitude": 52.524, "longitude": 13.411}


def listed(name, *places, types=(), **fields):
    """Return a published profile of a listed partner with these places."""
    profile = BusinessProfileFactory(
        partner__name=name, partner__is_listed=True, **fields
    )
    for position, place in enumerate(places, start=1):
        location = LocationFactory(organization=profile.partner, **place)
        profile.shown_locations.create(
            partner=profile.partner, location=location, position=position
        )
    for each in types:
        ListingFactory(partner=profile.partner, engagement_type=each)
    directory_services.save_words([profile.partner])
    return profile


def names(results):
    return [found.name for found in results.rows]


def found(**wanted):
    return names(directory_presentation.search(DirectorySearch(**wanted)))


def tag(kind, slug):
    return Tag.objects.create(kind=kind, slug=slug, name=slug.title())


def choose(profile, *tags):
    for each in tags:
        profile.chosen_tags.create(partner=profile.partner, tag=each)
    directory_services.save_words([profile.partner])


def test_everybody_listed_is_found_by_name():
    listed("Beta")
    listed("Alpha")

    assert found() == ["Alpha", "Beta"]


def test_drafts_and_unlisted_partners_are_hidden():
    BusinessProfileFactory(partner__is_listed=True, published_at=None)
    BusinessProfileFactory(partner__is_listed=False)
    PartnerFactory(is_listed=True)

    assert found() == []


def test_an_engagement_type_keeps_those_who_can_deliver_it(engagement_type):
    other = EngagementTypeFactory()
    listed("Able", types=[engagement_type])
    listed("Otherwise", types=[other])

    assert found(engagement_type=engagement_type.slug) == ["Able"]
    assert found(offering=engagement_type.offering.code) == ["Able"]


def test_a_listing_that_has_ended_leaves_by_itself(engagement_type):
    listed("Able", types=[engagement_type])
    ends_on = Listing.objects.get().until
    last_second = datetime(ends_on.year, ends_on.month, ends_on.day, 23, 59, tzinfo=UTC)

    with clock.set_to(last_second):
        assert found(engagement_type=engagement_type.slug) == ["Able"]
    with clock.set_to(last_second + timedelta(minutes=1)):
        assert found(engagement_type=engagement_type.slug) == []


def test_the_night_falls_where_the_partner_is(engagement_type):
    listed("Able", types=[engagement_type], partner__time_zone="Pacific/Auckland")
    ends_on = Listing.objects.get().until

    with clock.set_to(datetime(*ends_on.timetuple()[:3], 13, tzinfo=UTC)):
        assert found(engagement_type=engagement_type.slug) == []


def test_a_listing_without_an_end_holds(engagement_type):
    listed("Able", types=[engagement_type])
    Listing.objects.update(until=None)

    assert found(engagement_type=engagement_type.slug) == ["Able"]


def test_a_country_keeps_the_profiles_for_it():
    profile = listed("Alpha")
    BusinessProfileFactory(partner=profile.partner, country="AT")

    assert [
        each.country
        for each in directory_presentation.search(DirectorySearch(country="AT")).rows
    ] == ["AT"]


def test_all_chosen_tags_have_to_be_there():
    health, cloud = tag("industry", "health"), tag("product", "cloud")
    choose(listed("Both"), health, cloud)
    choose(listed("One"), health)

    assert found(tags=[health.pk]) == ["Both", "One"]
    assert found(tags=[health.pk, cloud.pk]) == ["Both"]


@pytest.mark.parametrize(
    "words",
    [["north"], ["munchen"], ["rollout"], ["schulung"], ["health"], ["nor", "health"]],
)
def test_words_are_searched_in_all_that_a_profile_says(words):
    profile = listed(
        "Nørth Consult",
        {"city": "München"},
        skills=["Rollout"],
        description="We plan. Schulung auch.",
    )
    choose(profile, tag("industry", "health"))
    listed("South")

    assert found(words=words) == ["Nørth Consult"]


def test_every_word_has_to_be_there():
    listed("Alpha", skills=["Rollout"])

    assert found(words=["rollout", "health"]) == []


def test_tags_are_found_in_every_language():
    choose(listed("Alpha"), Tag.objects.create(kind="size", slug="x", name="Country"))
    with override("zh-hant"):
        translated = gettext("Country")

    assert translated != "Country"
    assert found(words=[translated]) == found(words=["country"]) == ["Alpha"]


def test_a_profile_that_is_taken_back_keeps_no_words():
    profile = listed("Alpha")
    type(profile).objects.update(state="draft", published_at=None)

    directory_services.save_words([profile.partner])

    assert not DirectoryEntry.objects.exists()


def test_the_nearest_comes_first_and_the_far_away_not_at_all():
    listed("Berlin", BERLIN)
    listed("Augsburg", AUGSBURG)
    listed("Munich", MUNICH)
    listed("Nowhere", {"city": "Nowhere"})

    near = directory_presentation.search(
        DirectorySearch(circle=Circle(48.137, 11.575, 100))
    )

    assert [(each.name, each.kilometers) for each in near.rows] == [
        ("Munich", 0),
        ("Augsburg", 56),
    ]


def test_of_several_locations_the_nearest_counts():
    listed("Both", BERLIN, AUGSBURG)

    (only,) = directory_presentation.search(
        DirectorySearch(circle=Circle(48.137, 11.575, 100))
    ).rows

    assert (only.kilometers, only.cities) == (56, ["Berlin", "Augsburg"])


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ((-17.0, 179.9), (-17.0, -179.9)),
        ((-17.0, -179.9), (-17.0, 179.9)),
        ((89.9, 0.0), (89.9, 180.0)),
    ],
)
def test_distances_cross_the_date_line_and_the_poles(here, there):
    listed("Near", {"city": "Near", "latitude": there[0], "longitude": there[1]})

    assert found(circle=Circle(*here, 50)) == ["Near"]


@pytest.mark.parametrize("circle", [None, Circle(48.137, 11.575, 100)])
def test_pages_follow_one_another_both_ways(circle):
    for name in "CABED":
        listed(name, MUNICH)
    wanted = DirectorySearch(circle=circle)
    order = names(directory_presentation.search(wanted))

    first = directory_presentation.search(wanted, size=2)
    second = directory_presentation.search(wanted, first.after, size=2)
    third = directory_presentation.search(wanted, second.after, size=2)
    back = directory_presentation.search(wanted, third.before, size=2)

    assert [*names(first), *names(second), *names(third)] == order
    assert names(back) == names(second)
    assert (first.before, third.after) == (None, None)
    assert directory_presentation.search(wanted, back.before, size=2).before is None


def test_partners_of_one_name_are_told_apart_by_pages():
    for _ in range(3):
        listed("Same")

    first = directory_presentation.search(DirectorySearch(), size=2)

    assert (
        len(directory_presentation.search(DirectorySearch(), first.after, size=2).rows)
        == 1
    )


def test_an_edge_that_is_gone_still_has_a_place():
    listed("Alpha")
    listed("Gamma")

    assert names(
        directory_presentation.search(DirectorySearch(), PageEdge("Beta", 0))
    ) == ["Gamma"]


def test_the_first_two_lines_introduce_a_partner():
    listed("Alpha", description="One.\n\nTwo.\nThree.")
    listed("Beta", description="plan " * 60)
    listed("Gamma", description="規" * 300)

    first, second, third = directory_presentation.search(DirectorySearch()).rows

    assert first.words == "One. Two."
    assert second.words == "plan " * 38 + "plan…"
    assert third.words == "規" * 199 + "…"


def test_others_are_named_without_the_one_that_was_asked(engagement_type):
    asked = listed("Asked", types=[engagement_type])
    listed("Austrian", types=[engagement_type], country="AT")
    listed("Otherwise")
    able = [listed(f"Able {n}", types=[engagement_type]) for n in range(4)]

    others = directory_services.others_for(
        engagement_type, "DE", but=[asked.partner_id]
    )

    assert others == able[:3]


def page(client, **asked):
    return client.get(reverse("directory:index"), asked)


def heads(response):
    return names(response.context["results"])


def test_anybody_can_search_and_the_address_keeps_it(client, engagement_type):
    listed("Able", MUNICH, types=[engagement_type])
    listed("Otherwise", MUNICH)
    PlaceFactory()

    response = page(
        client, what=engagement_type.slug, country="DE", place="munich", km="25", q="a"
    )

    assert heads(response) == ["Able"]
    assert response.context["form"]["km"].value() == "25"


def test_a_whole_offering_can_be_asked_for(client, engagement_type):
    listed("Able", types=[engagement_type])
    listed("Otherwise")

    response = page(client, what=f"offering:{engagement_type.offering.code}")

    assert heads(response) == ["Able"]


def test_tags_are_chosen_from_lists(client):
    choose(listed("Alpha"), tag("language", "german"))
    listed("Beta")

    response = page(client, language="german")

    assert heads(response) == ["Alpha"]
    assert '<details class="filters-more" open>' in response.text


def test_an_unknown_city_says_so_and_leaves_the_other_wishes(client):
    listed("Alpha", country="AT")
    listed("Beta")

    response = page(client, place="Xyzzy", country="AT")

    assert heads(response) == ["Alpha"]
    assert "We do not know this city" in response.context["form"].errors["place"][0]


def test_what_makes_no_sense_is_passed_over(client):
    listed("Alpha")

    response = page(client, what="nonsense", km="7", after="x~y", at="z", size="tiny")

    assert heads(response) == ["Alpha"]


def test_of_cities_of_one_name_the_largest_in_the_country_counts(client):
    vienna = PlaceFactory(name="Vienna", country="AT", population=1_700_000)
    small = PlaceFactory(name="Vienna", country="US", population=16_000)
    tiny = PlaceFactory(name="Vienna", country="US", population=15_000)

    anywhere, american = (
        page(client, place="Vienna", country=country) for country in ("", "US")
    )

    assert anywhere.context["form"].city == vienna
    assert [city for city, _ in anywhere.context["others"]] == [small, tiny]
    assert american.context["form"].city == small


def test_another_city_of_the_name_is_one_link_away(client):
    PlaceFactory(name="Vienna", country="AT", population=1_700_000)
    other = PlaceFactory(name="Vienna", country="US", population=16_000)
    first = page(client, place="Vienna", q="plan")

    ((_city, url),) = first.context["others"]
    response = client.get(url)

    assert response.context["form"].city == other
    assert response.context["form"]["q"].value() == "plan"


def test_neighboring_pages_keep_what_was_asked(client, monkeypatch):
    for number in range(21):
        listed(f"Partner {number:02}", skills=["rollout"])

    first = page(client, q="rollout")
    second = client.get(first.context["after_url"])

    assert heads(second) == ["Partner 20"]
    assert heads(client.get(second.context["before_url"])) == heads(first)


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_for_one_as_for_three(
    client, number, engagement_type, same_statements
):
    PlaceFactory()
    for each in range(number):
        listed(f"Partner {each}", MUNICH, types=[engagement_type])

    with same_statements():
        page(client, place="Munich", what=engagement_type.slug, q="partner")


def test_an_empty_directory_says_how_partners_get_there(client):
    assert "No partner is in the directory yet" in page(client).text
    assert "No partner fits" in page(client, q="nothing").text


def shown_page(client, profile, country="de"):
    args = [profile.partner.slug, country]
    return client.get(reverse("directory:partner", args=args))


def test_a_partners_page_tells_what_it_can_deliver_until_when(client, engagement_type):
    profile = listed("Able", MUNICH, types=[engagement_type])
    other = ListingFactory(partner=profile.partner, until=clock.in_days(-2))

    response = shown_page(client, profile)

    assert [each.until for each in response.context["shown"].deliverable] == [
        clock.in_days(265)
    ]
    assert engagement_type.name in response.text
    assert other.engagement_type.name not in response.text
    assert "High Street 1" in response.text


@pytest.mark.parametrize(
    "fields", [{"published_at": None}, {"partner__is_listed": False}]
)
def test_a_partner_outside_of_the_directory_has_no_page(client, fields):
    profile = BusinessProfileFactory(**{"partner__is_listed": True, **fields})

    assert shown_page(client, profile).status_code == 404


def test_a_profile_is_for_its_country_only(client):
    assert shown_page(client, listed("Alpha"), "at").status_code == 404

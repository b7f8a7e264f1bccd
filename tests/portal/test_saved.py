"""Lists that people keep under a name: their own, few, and harmless."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from portal.findings import Refused
from portal.models import AuditEntry, SavedAddress
from portal.roles import Role
from portal.services import saved_lists
from portal.tenancy import acting_for
from tests.factories.portal import CustomerFactory, MembershipFactory, actor_of
from tests.factories.vouchers import VoucherFactory

pytestmark = pytest.mark.django_db
PAGE = "vouchers:index"


@pytest.fixture
def owner():
    return actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)


def url(actor, name):
    return reverse(name, args=[actor.organization.slug])


def save(client, actor, **typed):
    fields = {"page": PAGE, "name": "Mine", "query": "state=created", **typed}
    return client.post(url(actor, "organization:save_address"), fields, follow=True)


def kept(actor):
    return [
        (each.name, each.query) for each in SavedAddress.objects.of(actor.person, PAGE)
    ]


def test_a_list_is_saved_and_found_above_the_list(as_person, owner):
    VoucherFactory(customer=owner.organization)
    client = as_person(owner.person)

    query = "state=created&state=paid&q=a+b"
    response = save(client, owner, name=" Open ones ", query=f"{query}&older=x&more=1")

    assert response.redirect_chain[-1][0] == f"{url(owner, PAGE)}?{query}"
    assert "The list is saved as “Open ones”." in response.text
    assert kept(owner) == [("Open ones", query)]
    found = client.get(url(owner, PAGE)).text
    assert '<a href="?state=created&amp;state=paid&amp;q=a+b">Open ones</a>' in found
    assert not AuditEntry.objects.exists()


def test_a_saved_list_is_removed(as_person, owner):
    saved = saved_lists.save_address(PAGE, "Mine", "state=paid", by=owner)
    page = url(owner, "organization:remove_address")

    response = as_person(owner.person).post(page, {"saved": saved.pk, "page": PAGE})

    assert response.url == url(owner, PAGE)
    assert kept(owner) == []


@pytest.mark.parametrize(
    "saved", ["", "x", "0", "-1", "9" * 19, "9" * 5000, "１２", "1e3"]
)
def test_a_list_that_is_none_is_said_not_to_be_there(as_person, owner, saved):
    saved_lists.save_address(PAGE, "Mine", "state=paid", by=owner)
    page = url(owner, "organization:remove_address")

    response = as_person(owner.person).post(
        page, {"saved": saved, "page": PAGE}, follow=True
    )

    assert "There is no such saved list any more." in response.text
    assert "is removed" not in response.text
    assert kept(owner) == [("Mine", "state=paid")]


def test_saved_lists_are_a_persons_own(as_person, owner):
    saved = saved_lists.save_address(PAGE, "Mine", "state=paid", by=owner)
    colleague = actor_of(owner.organization, Role.BENEFIT_ADMIN)
    elsewhere = MembershipFactory(
        person=owner.person, organization=CustomerFactory(), roles=[Role.BENEFIT_ADMIN]
    )

    assert "Mine" not in as_person(colleague.person).get(url(colleague, PAGE)).text
    saved_lists.remove_address(saved.pk, by=colleague)
    assert kept(owner) == [("Mine", "state=paid")]
    with acting_for(elsewhere.organization_id):
        assert not SavedAddress.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "Give the list a name of at most 60 characters."),
        ({"name": "x" * 61}, "Give the list a name of at most 60 characters."),
        ({"query": ""}, "Choose first what the list shows, then save it."),
        ({"query": "more=1"}, "Choose first what the list shows, then save it."),
        ({"query": "a=" + "x" * 1000}, "Choose first what the list shows"),
        ({"query": "&".join(["a=b"] * 51)}, "Choose first what the list shows"),
        ({"page": "admin:index"}, "Choose first what the list shows"),
        ({"name": "mINE"}, "You have a saved list of this name already."),
    ],
)
def test_a_list_that_cannot_be_saved_is_refused_and_changes_nothing(
    as_person, owner, typed, sentence
):
    saved_lists.save_address(PAGE, "Mine", "state=paid", by=owner)

    response = save(as_person(owner.person), owner, **{"name": "Other", **typed})

    assert sentence in response.text
    assert kept(owner) == [("Mine", "state=paid")]


def test_nobody_is_led_out_of_the_portal(as_person, owner):
    response = save(
        as_person(owner.person), owner, page="//evil.example", query="//evil.example"
    )

    assert [where for where, _code in response.redirect_chain] == [
        url(owner, "organization:home")
    ]


def test_a_person_keeps_twenty_and_no_more(owner):
    for number in range(20):
        saved_lists.save_address(PAGE, f"List {number}", "state=paid", by=owner)

    with pytest.raises(Refused, match="You have 20 saved lists already"):
        saved_lists.save_address(PAGE, "One more", "state=paid", by=owner)

    saved_lists.remove_address(SavedAddress.objects.get(place=7).pk, by=owner)
    assert saved_lists.save_address(PAGE, "One more", "a=b", by=owner).place == 7


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        ("place = 21", "saved_address_places_are_few"),
        ("place = 2", "saved_address_has_its_place"),
        ("name = 'OTHER'", "saved_address_name_is_unique"),
        ("name = ''", "saved_address_says_something"),
        ("query = ''", "saved_address_says_something"),
    ],
)
def test_the_database_refuses_what_would_break_the_promises(owner, change, promise):
    saved = saved_lists.save_address(PAGE, "Mine", "state=paid", by=owner)
    saved_lists.save_address(PAGE, "Other", "state=paid", by=owner)

    with (
        pytest.raises(IntegrityError, match=promise),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE portal_savedaddress SET {change} WHERE id = %s", [saved.pk]
        )

"""People change their own name; the history of what they did keeps the one of then."""

import pytest
from django.db import Error, transaction
from django.urls import reverse

from portal.actors import AccountOwner
from portal.models import AuditEntry, Location, User
from portal.roles import Duty, Role
from portal.services import people
from portal.tenancy import acting_as_person
from tests.conftest import give_second_factor
from tests.factories import (
    MembershipFactory,
    StaffFactory,
    UserFactory,
    staff_actor,
)
from tests.factories.enrollment import eligible_partner
from tests.factories.portal import actor_of
from tests.factories.vouchers import VoucherFactory
from tests.forms import forms_of
from tests.vouchers.actions import acting
from vouchers.services import reservations

pytestmark = pytest.mark.django_db
PAGE = "/accounts/name/"


@pytest.fixture
def ada(db):
    return UserFactory(name="Ada Lovelase")


def test_a_person_puts_the_own_name_right(as_person, ada):
    response = as_person(ada).post(PAGE, {"name": " Ada Lovelace "}, follow=True)

    assert "Your name is changed" in response.text
    assert User.objects.get(pk=ada.pk).name == "Ada Lovelace"


def test_the_page_shows_the_name_and_is_led_to(as_person, ada):
    client = as_person(ada)

    assert 'value="Ada Lovelase"' in client.get(PAGE).text
    assert f'href="{PAGE}"' in client.get(reverse("mfa_index")).text


def test_the_change_is_recorded_for_each_company_of_now(ada):
    here = MembershipFactory(person=ada)
    there = MembershipFactory(person=ada)
    MembershipFactory(person=ada, is_active=False)

    people.change_name("Ada Lovelace", by=AccountOwner(ada))

    entry = AuditEntry.objects.get(verb="person.renamed")
    assert entry.parties == sorted([here.organization_id, there.organization_id])
    assert entry.changes == {"name": ["Ada Lovelase", "Ada Lovelace"]}
    assert entry.person == ada


def test_a_page_names_the_person_as_now_and_its_history_as_then(as_person):
    """As the page of the own name says it."""
    voucher = VoucherFactory(assigned=True)
    partner = eligible_partner(voucher.engagement_type)
    lead = actor_of(partner, Role.DELIVERY_LEAD)
    then, place = lead.person.name, Location.objects.get(organization=partner)
    with acting(lead):
        reservations.reserve(voucher, location=place, accepts_terms=True, by=lead)
    client = as_person(lead.person)
    sentence = "the history of what was done keeps the name of that day"
    assert sentence in client.get(PAGE).text
    client.post(PAGE, {"name": "Ada King"})

    page = client.get(
        reverse("vouchers:detail", args=[partner.slug, voucher.number])
    ).text

    table, history = page.split('<ol class="timeline">')
    assert ("Ada King" in table, then in table) == (True, False)
    assert ("Ada King" in history, then in history) == (False, True)


@pytest.mark.parametrize("make", [UserFactory, StaffFactory])
def test_who_is_in_no_company_does_too(as_person, make):
    person = make(name="Old Name")

    as_person(person).post(PAGE, {"name": "New Name"})

    entry = AuditEntry.objects.get()
    assert (entry.person, entry.parties, entry.roles) == (person, [], [])
    assert User.objects.get(pk=person.pk).name == "New Name"


@pytest.mark.parametrize(
    "name",
    ["", "  ", "a" * 121, "http://evil.example", "Win at www.evil.example now"],
)
def test_what_is_no_name_is_refused_beside_the_field(as_person, ada, name):
    response = as_person(ada).post(PAGE, {"name": name})

    assert response.context["form"].errors["name"]
    assert User.objects.get(pk=ada.pk).name == "Ada Lovelase"
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", ["a" * 120, "Booking.com", "李小龍", "O'Neill-Šmid"])
def test_neighbors_of_links_are_names(as_person, ada, name):
    as_person(ada).post(PAGE, {"name": name})

    assert User.objects.get(pk=ada.pk).name == name


def test_the_same_name_is_no_change(ada):
    people.change_name("Ada Lovelase", by=AccountOwner(ada))

    assert not AuditEntry.objects.exists()


def test_of_two_tabs_the_older_one_is_told(as_person, ada):
    client = as_person(ada)
    (form,) = [form for form in forms_of(client.get(PAGE)) if form.shown]
    client.post(PAGE, {"name": "Ada Lovelace"})

    response = client.post(PAGE, {"name": "Ada King", "shown_state": form.shown})

    assert "was changed after this page was opened" in response.text
    assert User.objects.get(pk=ada.pk).name == "Ada Lovelace"


def test_nobody_reads_or_writes_what_another_did_to_the_own_account(ada):
    bob = UserFactory()
    people.change_name("Ada Lovelace", by=AccountOwner(ada))
    entry = AuditEntry.objects.get()

    with acting_as_person(bob.pk):
        assert not AuditEntry.objects.exists()
    with acting_as_person(ada.pk):
        assert AuditEntry.objects.get() == entry
    entry.pk = None
    with pytest.raises(Error), transaction.atomic(), acting_as_person(bob.pk):
        entry.save(force_insert=True)


def test_the_sponsor_reads_it_beside_the_person(as_person, ada):
    people.change_name("Ada Lovelace", by=AccountOwner(ada))
    sam = staff_actor(Duty.SUPPORT).person
    give_second_factor(sam)

    page = as_person(sam).get(reverse("admin:portal_user_change", args=[ada.pk]))

    assert "Changed the own name" in page.text

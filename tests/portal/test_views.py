"""The floor's pages: what is seen, and at what cost."""

from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from portal.models import Invitation, Location, Membership, Organization
from portal.roles import Role
from tests.factories.portal import (
    CustomerFactory,
    LocationFactory,
    MembershipFactory,
    PartnerFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(partner):
    return MembershipFactory(organization=partner)


def page(name, membership, *args):
    return reverse(f"organization:{name}", args=[membership.organization.slug, *args])


def test_the_start_page_tells_a_stranger_what_this_is(client):
    assert "The eight steps" in client.get("/").text


def test_the_only_organization_opens_by_itself(as_person, admin):
    assert as_person(admin.person).get("/").url == page("home", admin)


def test_a_person_of_two_organizations_chooses(as_person, admin):
    second = MembershipFactory(person=admin.person)
    MembershipFactory()

    response = as_person(admin.person).get("/")

    assert list(response.context["memberships"]) == [admin, second]


def test_a_person_without_organization_is_told_what_to_do(as_person):
    page = as_person(UserFactory(email="new@example.com")).get("/").text

    assert reverse("register") in page
    assert "to invite new@example.com" in page


def test_an_ended_membership_opens_nothing(as_person):
    left = MembershipFactory(is_active=False)
    client = as_person(left.person)

    assert client.get(page("home", left)).status_code == 404
    assert "You are not in an organization yet" in client.get("/").text


def test_staff_start_in_the_admin(as_person):
    assert as_person(StaffFactory()).get("/").url == "/admin/"


def test_two_tabs_of_two_organizations_never_mix(as_person, admin):
    second = MembershipFactory(person=admin.person)
    client = as_person(admin.person)

    client.get(page("home", admin))
    there = client.get(page("company", second))
    here = client.get(page("company", admin))

    assert there.context["actor"].organization == second.organization
    assert list(here.context["members"]) == [admin]


def test_the_menu_leads_to_the_other_organization(as_person, admin):
    second = MembershipFactory(person=admin.person)

    assert page("home", second) in as_person(admin.person).get(page("home", admin)).text


def test_a_company_registers_itself(as_person):
    form = {
        "name": "Bright GmbH",
        "time_zone": "Europe/Berlin",
        "location_name": "Head office",
        "street": "Street 1",
        "city": "Munich",
        "country": "DE",
    }

    response = as_person(UserFactory()).post(reverse("register"), form)

    assert response.url == "/o/bright-gmbh/"
    assert Location.objects.get().organization == Organization.objects.get()


def test_an_incomplete_registration_keeps_what_was_typed(as_person):
    response = as_person(UserFactory()).post(reverse("register"), {"name": "Bright"})

    assert 'value="Bright"' in response.text
    assert "There is a problem" in response.text
    assert not Organization.objects.exists()


def test_an_unknown_time_zone_is_no_choice(as_person):
    form = {"name": "Bright", "time_zone": "Mars/Olympus"}

    response = as_person(UserFactory()).post(reverse("register"), form)

    assert "Mars/Olympus" in str(response.context["form"].errors["time_zone"])


def test_the_company_page_shows_only_this_company(as_person, admin):
    office = LocationFactory(organization=admin.organization)
    LocationFactory()
    MembershipFactory(organization=admin.organization, is_active=False)

    context = as_person(admin.person).get(page("company", admin)).context

    assert list(context["locations"]) == [office]
    assert list(context["members"]) == [admin]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_company_page_costs_the_same_for_any_number_of_rows(
    as_person, admin, rows, same_statements
):
    MembershipFactory.create_batch(
        rows, organization=admin.organization, roles=[Role.FINANCE]
    )
    LocationFactory.create_batch(rows, organization=admin.organization)
    client = as_person(admin.person)
    for number in range(rows):
        invite(client, admin, f"guest{number}@example.com")
    client.get(page("company", admin))

    with same_statements():
        client.get(page("company", admin))


def invite(client, admin, email):
    form = {"email": email, "roles": ["finance"]}
    return client.post(page("invite", admin), form, follow=True)


def test_inviting_says_what_happens_next(as_person, admin):
    response = invite(as_person(admin.person), admin, "guest@example.com")

    assert "The invitation to guest@example.com is on its way." in response.text
    assert "1 open invitation" in response.text


def test_inviting_a_colleague_shows_why_not_in_the_form(as_person, admin):
    response = invite(as_person(admin.person), admin, admin.person.email)

    assert "is already in your organization" in response.text
    assert not Invitation.objects.exists()


def test_an_invitation_is_withdrawn_by_a_button(as_person, admin):
    client = as_person(admin.person)
    invite(client, admin, "guest@example.com")

    client.post(page("withdraw_invitation", admin, Invitation.objects.get().pk))

    assert not Invitation.objects.open().exists()


def test_ending_access_is_asked_first(as_person, admin):
    colleague = MembershipFactory(organization=admin.organization)
    client = as_person(admin.person)

    address = page("end_member", admin, colleague.pk)

    assert "End the access of" in client.get(address).text
    assert Membership.objects.active().count() == 2

    client.post(address)
    assert Membership.objects.active().get() == admin


def test_the_last_admin_reads_why_access_stays(as_person, admin):
    response = as_person(admin.person).post(
        page("end_member", admin, admin.pk), follow=True
    )

    assert "The last admin stays." in response.text
    assert Membership.objects.active().exists()


def test_roles_are_changed_on_a_page(as_person, admin):
    colleague = MembershipFactory(organization=admin.organization, roles=[Role.FINANCE])

    as_person(admin.person).post(
        page("roles", admin, colleague.pk), {"roles": ["delivery_lead"]}
    )

    colleague.refresh_from_db()
    assert colleague.roles == [Role.DELIVERY_LEAD]


def test_a_location_of_a_taken_name_shows_why_not(as_person, admin):
    office = LocationFactory(organization=admin.organization)
    form = {"name": office.name, "street": "S 1", "city": "Munich", "country": "DE"}

    response = as_person(admin.person).post(page("add_location", admin), form)

    assert "already has a location of this name" in response.text
    assert Location.objects.count() == 1


def test_times_are_printed_in_the_organizations_time_zone(as_person, admin):
    Organization.objects.update(time_zone="Pacific/Kiritimati")
    client = as_person(admin.person)

    invite(client, admin, "guest@example.com")

    end = Invitation.objects.get().expires_at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    assert f"{end:%H:%M}" in client.get(page("company", admin)).text


@pytest.mark.parametrize("factory", [PartnerFactory, CustomerFactory])
def test_the_demo_desk_exists_only_in_a_demo(client, settings, factory):
    factory()
    assert client.get(reverse("demo")).status_code == 404

    settings.DEMO = True

    assert client.get(reverse("demo")).status_code == 200


def test_the_demo_desk_shows_codes_and_mails(client, settings, admin):
    settings.DEMO = True
    UserFactory(email="ada@bright.example", name="Ada")
    MembershipFactory(person__email="bea@bright.example")

    page = client.get(reverse("demo")).text

    assert "bea@bright.example" in page
    assert admin.person.email not in page


def test_health_answers_without_signing_in(client):
    assert client.get("/health").text == "ok"

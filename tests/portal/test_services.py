"""Organizations and their people: registering, opening, roles, locations."""

from functools import partial

import pytest
from django.db import IntegrityError

from portal.findings import Refused
from portal.models import AuditEntry, Email, Location, Membership, Organization
from portal.roles import Duty, Role
from portal.services import locations, memberships, organizations, people
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories.portal import (
    CustomerFactory,
    LocationFactory,
    MembershipFactory,
    PartnerFactory,
    UserFactory,
    actor_of,
    staff_actor,
)

pytestmark = pytest.mark.django_db


def company(name="Bright GmbH"):
    return Organization(name=name, country="DE")


def place(**fields):
    values = {"name": "Office", "street": "Street 1", "city": "Munich", "country": "DE"}
    return Location(**values | fields)


def register(person, name="Bright GmbH", **more):
    organizations.register_partner(company(name), place(), by=person, **more)


def test_registering_opens_a_partner_with_its_first_admin_and_location():
    person = UserFactory()

    register(person)

    partner = Organization.objects.get()
    assert (partner.kind, partner.slug) == ("partner", "bright-gmbh")
    assert partner.memberships.get().roles == [Role.PARTNER_ADMIN]
    assert partner.memberships.get().person == person
    assert partner.locations.get().city == "Munich"


def test_registering_twice_is_refused():
    person = UserFactory()
    register(person)

    with pytest.raises(Refused, match="You have registered Bright GmbH already"):
        register(person)

    assert Organization.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_button_pressed_twice_registers_once():
    person = UserFactory()

    at_once(*[partial(register, person)] * 2)

    assert Organization.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_register_one_name_at_once_get_a_sentence():
    people = [UserFactory(email=f"p@bright{number}.example") for number in range(4)]

    outcomes = at_once(*[partial(register, person) for person in people])

    kept = Organization.objects.count()
    refused = [each for each in outcomes if each is not None]
    assert kept + len(refused) == len(people)
    assert kept >= 1
    for refusal in refused:
        assert isinstance(refusal, Refused)
        assert refusal.field == "name"
        assert "Another organization of this name was opened" in str(refusal)


def test_companies_of_the_same_name_have_addresses_of_their_own():
    register(UserFactory(email="ada@bright.example"))
    register(UserFactory(email="bob@bright-two.example"))

    slugs = Organization.objects.order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["bright-gmbh", "bright-gmbh-2"]


@pytest.mark.parametrize("name", ["測試公司", "!!!"])
def test_a_name_without_latin_letters_has_an_address(name):
    assert organizations.free_slug(name) == "organization"


def test_a_program_manager_opens_a_customer_and_invites_its_admin():
    customer = Organization(name="Customer AG", country="DE")

    organizations.open_customer(
        customer, "clerk@example.com", by=staff_actor(Duty.PROGRAM_MANAGER)
    )

    assert Organization.objects.get().kind == "customer"
    assert customer.invitations.get().roles == [Role.BENEFIT_ADMIN]
    assert Email.objects.get().to == "clerk@example.com"


def test_nobody_else_opens_a_customer():
    with pytest.raises(Refused, match="Program manager"):
        organizations.open_customer(
            company(), "a@example.com", by=staff_actor(Duty.AUDITOR)
        )

    assert not Organization.objects.exists()
    assert not Email.objects.exists()


@pytest.mark.parametrize(
    ("factory", "role"),
    [(PartnerFactory, Role.PARTNER_ADMIN), (CustomerFactory, Role.BENEFIT_ADMIN)],
)
def test_the_last_admin_stays(factory, role):
    admin = MembershipFactory(organization=factory(), roles=[role])
    by = actor_of(admin.organization, role)
    memberships.end_membership(admin, by=by)
    last = Membership.objects.active().get()

    with pytest.raises(Refused, match="The last admin stays"):
        memberships.end_membership(last, by=by)

    assert Membership.objects.active().get() == last


def test_the_last_admin_stays_admin(partner):
    admin = actor_of(partner, Role.PARTNER_ADMIN)
    membership = Membership.objects.get()

    with pytest.raises(Refused, match="The last admin stays"):
        memberships.change_roles(membership, [Role.FINANCE], by=admin)

    assert Membership.objects.get().roles == [Role.PARTNER_ADMIN]


@pytest.mark.django_db(transaction=True)
def test_two_admins_cannot_end_each_other_at_once():
    partner = PartnerFactory()
    actors = [actor_of(partner, Role.PARTNER_ADMIN) for _ in range(2)]
    first, second = Membership.objects.order_by("pk")

    def end(membership, by):
        with acting_for(partner.pk, person=by.person.pk):
            memberships.end_membership(membership, by=by)

    at_once(partial(end, second, actors[0]), partial(end, first, actors[1]))

    assert Membership.objects.active().count() == 1


def test_access_is_ended_once(partner):
    admin = actor_of(partner, Role.PARTNER_ADMIN)
    colleague = MembershipFactory(organization=partner, roles=[Role.FINANCE])
    memberships.end_membership(colleague, by=admin)

    with pytest.raises(Refused, match="has left your organization already"):
        memberships.end_membership(colleague, by=admin)

    assert AuditEntry.objects.filter(verb="membership.ended").count() == 1


def test_only_admins_change_people(partner):
    lead = actor_of(partner, Role.DELIVERY_LEAD)
    colleague = MembershipFactory(organization=partner, roles=[Role.FINANCE])

    for action in [
        partial(memberships.end_membership, colleague),
        partial(memberships.change_roles, colleague, [Role.PARTNER_ADMIN]),
        partial(locations.add_location, place()),
    ]:
        with pytest.raises(Refused, match="Partner admin"):
            action(by=lead)

    colleague.refresh_from_db()
    assert (colleague.is_active, colleague.roles) == (True, [Role.FINANCE])
    assert not AuditEntry.objects.exists()


def test_a_location_belongs_to_the_actors_organization(partner):
    locations.add_location(place(), by=actor_of(partner, Role.PARTNER_ADMIN))

    assert Location.objects.get().organization == partner
    assert AuditEntry.objects.get().verb == "location.added"


def test_two_locations_of_one_name_are_refused(partner):
    LocationFactory(organization=partner, name="Office")

    with pytest.raises(Refused, match="already has a location of this name"):
        locations.add_location(place(), by=actor_of(partner, Role.PARTNER_ADMIN))

    assert Location.objects.count() == 1


def test_people_with_finds_who_may_and_still_does(partner):
    admin = MembershipFactory(organization=partner)
    MembershipFactory(organization=partner, roles=[Role.FINANCE])
    MembershipFactory(organization=partner, is_active=False)
    MembershipFactory(organization=partner, person__is_active=False)
    MembershipFactory()

    with acting_for(CustomerFactory().pk):
        assert people.people_with(partner, Role.PARTNER_ADMIN) == [admin.person]


def test_staff_with_names_each_person_once():
    both = staff_actor(Duty.AUDITOR, Duty.PAYMENT_APPROVER).person
    staff_actor(Duty.DELIVERY_REVIEWER)

    assert people.staff_with(Duty.AUDITOR, Duty.PAYMENT_APPROVER) == [both]


@pytest.mark.parametrize(
    ("fields", "promise"),
    [
        ({"kind": "agency"}, "organization_kind_is_known"),
        ({"kind": "customer", "is_listed": True}, "organization_listed_is_partner"),
    ],
)
def test_database_refuses_an_odd_organization(fields, promise):
    with pytest.raises(IntegrityError, match=promise):
        PartnerFactory(**fields)


@pytest.mark.parametrize(
    ("fields", "promise"),
    [
        ({"roles": []}, "membership_has_a_role"),
        ({"roles": [Role.BENEFIT_ADMIN]}, "membership_roles_fit_the_organization"),
        ({"roles": ["king"]}, "membership_roles_fit_the_organization"),
    ],
)
def test_database_refuses_odd_roles(fields, promise):
    with pytest.raises(IntegrityError, match=promise):
        MembershipFactory(**fields)


def test_database_refuses_a_second_place_in_one_organization():
    membership = MembershipFactory()

    with pytest.raises(IntegrityError, match="membership_is_unique"):
        MembershipFactory(
            person=membership.person, organization=membership.organization
        )


def test_database_refuses_an_address_in_capitals():
    with pytest.raises(IntegrityError, match="user_email_is_lower_case"):
        UserFactory(email="Person@example.com")


def test_database_refuses_a_second_location_of_one_name():
    office = LocationFactory()

    with pytest.raises(IntegrityError, match="location_name_is_unique"):
        LocationFactory(organization=office.organization, name=office.name)

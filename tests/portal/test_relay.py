"""Nobody uses the portal to send words of their own to strangers."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.actors import Member
from portal.findings import Refused
from portal.forms import CompanyForm, LocationForm
from portal.models import Location, Organization, User
from portal.roles import Role
from portal.services import invitations, organizations
from tests.factories.portal import (
    DomainFactory,
    LocationFactory,
    PartnerFactory,
    UserFactory,
    actor_of,
)

pytestmark = pytest.mark.django_db
LINKS = [
    "Win at https://evil.example",
    "HTTP://evil.example",
    "www.evil.example",
    "evil.example/prize",
    "Call me@evil.example",
    "mailto:me",
]
NAMES = ["Booking.com", "Müller & Söhne GmbH", "A/S Bright", "Yahoo! Inc.", "北光 v2.0"]
COMPANY = {
    "time_zone": "Europe/Berlin",
    "location_name": "Office",
    "street": "High Street 1",
    "city": "Munich",
    "country": "DE",
}


@pytest.mark.parametrize("name", LINKS)
def test_a_name_with_a_link_is_refused_beside_its_field(client, name):
    company = CompanyForm(COMPANY | {"name": name, "location_name": name})
    form = {"email": "new@example.com", "name": name}
    words = {"password1": "wandering albatross", "password2": "wandering albatross"}
    page = client.post(reverse("account_signup"), form | words)

    for errors in (company.errors["name"], company.errors["location_name"]):
        assert "no link" in errors[0]
    assert "no link" in LocationForm({"name": name}).errors["name"][0]
    assert "no link" in page.context["form"].errors["name"][0]
    assert not User.objects.exists()


@pytest.mark.parametrize("name", NAMES)
def test_names_with_dots_and_strokes_are_names(name):
    assert "name" not in CompanyForm(COMPANY | {"name": name}).errors
    assert PartnerFactory(name=name).name == name


@pytest.mark.parametrize("factory", [PartnerFactory, LocationFactory, UserFactory])
@pytest.mark.parametrize("name", LINKS)
def test_the_database_refuses_a_name_with_a_link(factory, name):
    with pytest.raises(IntegrityError, match="name_is_no_link"), transaction.atomic():
        factory(name=name)


def invite(number, by):
    for guest in range(number):
        invitations.invite(f"{by.person_id}-{guest}@example.com", [Role.FINANCE], by=by)


def test_a_company_without_a_mail_domain_invites_few():
    admin = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)
    invite(5, admin)

    with pytest.raises(Refused, match="Too many"):
        invitations.invite("another@example.com", [Role.FINANCE], by=admin)


def test_a_company_with_a_mail_domain_invites_more():
    company = DomainFactory().organization
    invite(6, actor_of(company, Role.PARTNER_ADMIN))


def test_a_person_with_many_companies_has_one_limit(settings):
    settings.INVITATION_LIMIT = "6/86400s"
    first = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)
    second = Member(first.person, PartnerFactory(), first.roles)
    invite(5, first)
    invitations.invite("a@example.com", [Role.FINANCE], by=second)

    with pytest.raises(Refused, match="Too many"):
        invitations.invite("b@example.com", [Role.FINANCE], by=second)


def test_one_address_is_invited_a_few_times_whoever_invites_it():
    for _number in range(3):
        admin = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)
        invitations.invite("guest@example.com", [Role.FINANCE], by=admin)
    another = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)

    with pytest.raises(Refused, match="Too many"):
        invitations.invite("Guest@Example.com", [Role.FINANCE], by=another)


def test_one_person_registers_a_few_companies():
    person = UserFactory()

    def register(number):
        company = Organization(name=f"Company {number}", country="DE")
        location = Location(name="Office", street="1", city="Munich", country="DE")
        organizations.register_partner(company, location, is_separate=True, by=person)

    for number in range(3):
        register(number)
    with pytest.raises(Refused, match="Too many"):
        register(4)

    assert Organization.objects.count() == 3

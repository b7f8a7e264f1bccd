"""A colleague whose company is registered already: what is found, and what is not."""

import re

import pytest
from django.urls import reverse

from portal.models import (
    AdminRecovery,
    Email,
    Invitation,
    Organization,
    PublicMailDomain,
)
from tests.factories.portal import DomainFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
COMPANY = {
    "name": "Bright Two",
    "time_zone": "UTC",
    "location_name": "Head office",
    "street": "Street 1",
    "city": "Munich",
    "country": "DE",
}


@pytest.fixture
def bob(partner):
    """Return a colleague who is not in the company, whose domain is verified."""
    DomainFactory(organization=partner, name="bright.example")
    return UserFactory(email="bob@bright.example")


def test_registering_a_registered_company_leads_to_its_admins(as_person, bob):
    client = as_person(bob)

    shown = client.get(reverse("register")).text
    response = client.post(reverse("register"), COMPANY)

    assert reverse("my_company") in shown
    assert "bright.example is registered already" in response.text
    assert 'value="Bright Two"' in response.text
    assert Organization.objects.count() == 1


def test_a_subsidiary_is_registered_on_purpose(as_person, bob):
    as_person(bob).post(reverse("register"), {**COMPANY, "is_separate": "on"})

    assert Organization.objects.count() == 2


def test_nobody_else_is_asked_whether_it_is_a_subsidiary(as_person):
    shown = as_person(UserFactory()).get(reverse("register")).text

    assert "is_separate" not in shown


def test_a_colleague_finds_the_company_by_domain_and_nothing_more(
    as_person, bob, partner
):
    shown = as_person(bob).get(reverse("my_company")).text

    assert "bright.example" in shown
    assert partner.name not in shown
    assert partner.slug not in shown


def test_a_person_without_company_is_led_there(as_person, bob):
    assert reverse("my_company") in as_person(bob).get("/").text


def test_who_finds_no_company_reads_what_helps(as_person):
    PublicMailDomain.objects.create(name="gmail.com")
    client = as_person(UserFactory(email="bob@gmail.com"))

    shown = client.get(reverse("my_company")).text

    assert "No company is registered with the mail domain of bob@gmail.com" in shown
    assert reverse("account_email") in shown


def test_a_domain_that_is_not_proved_is_no_choice(as_person, bob):
    DomainFactory(name="rival.example")
    typed = {"domain": "rival.example", "wish": "admin", "explanation": "Gone."}

    as_person(bob).post(reverse("my_company"), typed)

    assert not AdminRecovery.objects.exists()


def test_who_wants_to_be_admin_says_what_happened(as_person, bob):
    typed = {"domain": "bright.example", "wish": "admin"}
    client = as_person(bob)

    assert "Say what happened" in client.post(reverse("my_company"), typed).text
    assert not AdminRecovery.objects.exists()
    response = client.post(
        reverse("my_company"), typed | {"explanation": "Gone."}, follow=True
    )

    assert "The sponsor has your request and answers by mail." in response.text
    assert AdminRecovery.objects.get().explanation == "Gone."


@pytest.mark.parametrize("has_admin", [True, False])
def test_the_answer_does_not_tell_whether_an_admin_is_there(
    as_person, bob, partner, has_admin
):
    if has_admin:
        MembershipFactory(organization=partner)
    typed = {"domain": "bright.example", "wish": "invitation"}

    response = as_person(bob).post(reverse("my_company"), typed, follow=True)

    assert "The company&#x27;s admins have your request." in response.text
    assert Email.objects.count() == has_admin


def test_the_mail_leads_to_a_filled_in_invitation(as_person, bob, partner):
    ada = MembershipFactory(organization=partner)
    as_person(bob).post(
        reverse("my_company"), {"domain": "bright.example", "wish": "invitation"}
    )
    link = re.search(r"/o/\S+\?email=\S+", Email.objects.get().body)[0]

    assert 'value="bob@bright.example"' in as_person(ada.person).get(link).text
    assert not Invitation.objects.exists()

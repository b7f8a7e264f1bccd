"""Pages of company safety: what is offered, why not, and what helps."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from portal.models import AdminRecovery, AuditEntry, Domain, Email, PublicMailDomain
from portal.registry import tasks_of, waiting_for
from portal.roles import Role
from tests.factories.portal import (
    AdminRecoveryFactory,
    DomainFactory,
    MembershipFactory,
    UserFactory,
    actor_of,
)
from tests.mails import last_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(partner):
    """Return the company's only admin, who signs in with a work address."""
    person = UserFactory(email="ada@bright.example")
    return MembershipFactory(organization=partner, person=person)


def page(name, membership, *args):
    return reverse(f"organization:{name}", args=[membership.organization.slug, *args])


def test_the_own_domain_is_verified_by_a_button(as_person, ada):
    client = as_person(ada.person)
    assert (
        "Verify bright.example</button>" in client.get(page("verify_domain", ada)).text
    )

    response = client.post(
        page("verify_domain", ada), {"name": "bright.example"}, follow=True
    )

    assert (
        "bright.example is your company&#x27;s verified mail domain." in response.text
    )
    assert "Verified since" in response.text
    assert Domain.objects.get().is_verified


def test_a_public_mail_domain_is_explained(as_person, ada):
    PublicMailDomain.objects.create(name="bright.example")

    shown = as_person(ada.person).get(page("verify_domain", ada)).text

    assert "Everybody can have an address at bright.example" in shown
    assert reverse("account_email") in shown
    assert "Verify bright.example</button>" not in shown


def test_a_domain_nobody_proved_shows_why_not(as_person, ada):
    response = as_person(ada.person).post(
        page("verify_domain", ada), {"name": "rival.example"}
    )

    assert "You have no verified e-mail address at rival.example." in response.text
    assert not Domain.objects.exists()


def test_a_mailed_link_is_confirmed_on_a_page(as_person, ada):
    client = as_person(ada.person)
    client.post(page("add_domain", ada), {"address": "office@other.example"})
    link = re.search(r"/o/\S+/prove/\S+", last_mail())[0]

    shown = client.get(link).text
    assert "The link came to office@other.example." in shown
    assert not Domain.objects.get().is_verified

    client.post(link)
    assert Domain.objects.get().is_verified
    assert "This link cannot be used" in client.get(link).text


def test_a_waiting_domain_stands_on_the_company_page(as_person, ada):
    client = as_person(ada.person)

    response = client.post(
        page("add_domain", ada), {"address": "office@other.example"}, follow=True
    )

    assert "A link is on its way to office@other.example." in response.text
    assert "for the link mailed to office@other.example" in response.text


@pytest.mark.parametrize("address", ["office", "office@localhost", "@other.example"])
def test_a_malformed_address_keeps_what_was_typed(as_person, ada, address):
    response = as_person(ada.person).post(page("add_domain", ada), {"address": address})

    assert "There is a problem" in response.text
    assert f'value="{address}"' in response.text
    assert not Email.objects.exists()


def test_taking_a_domain_off_is_asked_first(as_person, ada):
    last = DomainFactory(organization=ada.organization)
    client = as_person(ada.person)

    assert (
        "no longer known as your colleagues"
        in client.get(page("remove_domain", ada, last.pk)).text
    )
    response = client.post(page("remove_domain", ada, last.pk), follow=True)

    assert "The last verified mail domain stays" in response.text
    assert Domain.objects.get().is_verified


def test_a_second_domain_goes_by_a_button(as_person, ada):
    first, _second = DomainFactory.create_batch(2, organization=ada.organization)

    response = as_person(ada.person).post(
        page("remove_domain", ada, first.pk), follow=True
    )

    assert f"{first.name} is taken off your company." in response.text
    assert Domain.objects.verified().count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_the_company_page_costs_the_same_for_any_number_of_domains(
    as_person, ada, rows, same_statements
):
    DomainFactory.create_batch(rows, organization=ada.organization)
    AdminRecoveryFactory.create_batch(rows, organization=ada.organization)
    client = as_person(ada.person)
    client.get(page("company", ada))

    with same_statements():
        client.get(page("company", ada))


def test_a_member_asks_once_on_a_page(as_person, ada):
    lead = MembershipFactory(organization=ada.organization, roles=[Role.DELIVERY_LEAD])
    client = as_person(lead.person)
    assert page("ask_for_admin", ada) in client.get(page("company", ada)).text

    client.post(page("ask_for_admin", ada), {"explanation": "Ada has left."})

    assert AdminRecovery.objects.get().person == lead.person
    assert "You asked on" in client.get(page("ask_for_admin", ada)).text


def test_an_admin_is_told_on_the_company_page_and_among_what_waits(as_person, ada):
    recovery = AdminRecoveryFactory(organization=ada.organization)
    client = as_person(ada.person)

    answer = page("recovery", ada, recovery.pk)

    assert answer in client.get(page("company", ada)).text
    assert answer in client.get(page("home", ada)).text


def test_nothing_waits_after_an_objection_and_for_others(as_person, ada):
    recovery = AdminRecoveryFactory(organization=ada.organization)
    lead = actor_of(ada.organization, Role.DELIVERY_LEAD)
    assert tasks_of(waiting_for(lead)) == []

    as_person(ada.person).post(
        page("recovery", ada, recovery.pk), {"objection": "I am on holiday."}
    )

    assert AdminRecovery.objects.get().objection == "I am on holiday."
    shown = as_person(ada.person).get(page("home", ada)).text
    assert "asks to become admin" not in shown


@pytest.mark.parametrize(
    ("is_member", "way"), [(True, "Change roles"), (False, "Invite this colleague")]
)
def test_an_admin_who_agrees_is_led_to_the_way(as_person, ada, is_member, way):
    recovery = AdminRecoveryFactory(organization=ada.organization)
    if is_member:
        MembershipFactory(
            organization=ada.organization, person=recovery.person, roles=["finance"]
        )

    shown = as_person(ada.person).get(page("recovery", ada, recovery.pk)).text

    assert f"{way}</a>" in shown


def test_a_changed_sign_in_address_changes_what_is_offered(as_person, ada):
    EmailAddress.objects.filter(user=ada.person).update(email="ada@new.example")

    shown = as_person(ada.person).get(page("verify_domain", ada)).text

    assert "Verify new.example</button>" in shown
    assert "Verify bright.example" not in shown


def test_the_records_do_not_hold_what_a_link_is_checked_by(as_person, ada):
    client = as_person(ada.person)
    client.post(page("add_domain", ada), {"address": "office@other.example"})

    told = AuditEntry.objects.get().changes

    assert set(told) == {"proof_address", "expires_at"}

"""Addresses: what their mail domain is, and which company it leads to."""

import pytest
from allauth.account.models import EmailAddress

from portal.findings import Refused
from portal.models import AuditEntry, Domain, PublicMailDomain
from portal.services import domains
from tests.factories.portal import DomainFactory, UserFactory
from tests.portal.test_services import register

pytestmark = pytest.mark.django_db


def verified():
    names = Domain.objects.verified().values_list("name", flat=True)
    return sorted(names)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ada@bright.example", "bright.example"),
        ("ADA@BRIGHT.EXAMPLE", "bright.example"),
        (" ada@bright.example. ", "bright.example"),
        ("bright.example", "bright.example"),
        ("ada@münchen.example", "xn--mnchen-3ya.example"),
        ("ada@XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example"),
        ("ada@ｂｒｉｇｈｔ.example", "bright.example"),
        ("ada@測試.example", "xn--g6w251d.example"),
    ],
)
def test_a_mail_domain_has_one_form(text, name):
    assert domains.mail_domain(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "ada",
        "ada@localhost",
        "ada@-bright.example",
        "ada@bright..example",
        "ada@bri ght.example",
        "ada@[192.0.2.1]",
        "ada@bright.example/../x",
        "ada@" + "a" * 64 + ".example",
        "ada@" + ".".join(["a" * 40] * 4),
    ],
)
def test_what_is_no_mail_domain_is_refused(text):
    with pytest.raises(Refused, match="has no mail domain"):
        domains.mail_domain(text)


@pytest.mark.parametrize(
    ("name", "is_public"),
    [
        ("gmail.com", True),
        ("team.free.fr", True),
        ("notgmail.com", False),
        ("bright.example", False),
    ],
)
def test_domains_of_everybody_are_known(catalogue, name, is_public):
    assert domains.is_public(name) == is_public


def test_who_works_at_a_company_has_a_verified_address_there(partner):
    DomainFactory(organization=partner, name="bright.example")
    DomainFactory(name="other.example")

    works = {
        address: domains.works_at(partner, UserFactory(email=address, verified=proved))
        for address, proved in [
            ("ada@bright.example", None),
            ("bob@bright.example", False),
            ("cy@other.example", None),
            ("di@sub.bright.example", None),
        ]
    }

    assert [address for address, does in works.items() if does] == [
        "ada@bright.example"
    ]


def test_an_unverified_domain_ties_nobody_to_a_company():
    waiting = DomainFactory(name="bright.example", verified_at=None)
    person = UserFactory(email="ada@bright.example")

    assert not domains.works_at(waiting.organization, person)


def test_registering_verifies_the_domain_of_the_work_address():
    register(UserFactory(email="ada@bright.example"))

    assert verified() == ["bright.example"]


@pytest.mark.parametrize(
    ("email", "is_proved"), [("ada@gmail.com", None), ("ada@bright.example", False)]
)
def test_registering_without_a_work_address_verifies_nothing(email, is_proved):
    PublicMailDomain.objects.create(name="gmail.com")

    register(UserFactory(email=email, verified=is_proved))

    assert not Domain.objects.exists()


def test_a_registered_company_is_not_registered_again():
    register(UserFactory(email="ada@bright.example"))

    with pytest.raises(Refused, match="is registered already"):
        register(UserFactory(email="bob@bright.example"), "Bright again")

    assert verified() == ["bright.example"]
    assert AuditEntry.objects.filter(verb="organization.registered").count() == 1


def test_a_subsidiary_is_registered_without_the_domain():
    register(UserFactory(email="ada@bright.example"))
    bob = UserFactory(email="bob@bright.example")

    register(bob, "Bright Spain", is_separate=True)

    assert bob.memberships.get().organization.domains.count() == 0
    assert verified() == ["bright.example"]


def test_an_address_that_was_only_typed_ties_nobody_to_a_company(partner):
    DomainFactory(organization=partner, name="bright.example")
    person = UserFactory(email="bob@elsewhere.example")
    EmailAddress.objects.create(user=person, email="bob@bright.example")

    assert not domains.works_at(partner, person)
    assert domains.companies_of(person) == {}
    assert domains.domains_of(person) == ["elsewhere.example"]

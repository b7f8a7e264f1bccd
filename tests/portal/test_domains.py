"""Mail domains: what proves one, whose it is, and what is told to whom."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from portal import clock
from portal.actors import Member
from portal.findings import Refused
from portal.models import AuditEntry, Domain, Email, PublicMailDomain
from portal.roles import Role
from portal.services import domains as domain_services
from portal.services.domains import DomainOffer
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories.portal import (
    DomainFactory,
    MembershipFactory,
    PartnerFactory,
    UserFactory,
    actor_of,
)
from tests.mails import last_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(partner):
    """Return an admin who signs in with a work address."""
    person = UserFactory(email="ada@bright.example")
    return actor_at(partner, person)


def actor_at(organization, person):
    membership = MembershipFactory(organization=organization, person=person)
    return Member.of(membership)


def ask(by, address="office@other.example"):
    return domain_services.ask_for_proof(address, by=by)


def mailed_token():
    return re.search(r"/prove/(\S+)/", last_mail())[1]


def verified():
    names = Domain.objects.verified().values_list("name", flat=True)
    return sorted(names)


def test_the_domain_of_the_own_address_is_verified_at_once(admin):
    domain_services.verify_domain("bright.example", by=admin)

    domain = Domain.objects.get()
    assert (domain.name, domain.organization) == ("bright.example", admin.organization)
    assert domain.is_verified
    assert domain.verified_by == admin.person
    assert AuditEntry.objects.get().verb == "domain.verified"


def test_an_address_that_is_not_verified_proves_nothing(partner):
    person = UserFactory(email="ada@bright.example", verified=False)

    with pytest.raises(Refused, match="no verified e-mail address at bright"):
        domain_services.verify_domain("bright.example", by=actor_at(partner, person))

    assert not Domain.objects.exists()


def test_a_changed_address_proves_its_domain_and_the_former_none(admin):
    EmailAddress.objects.filter(user=admin.person).update(email="ada@new.example")

    domain_services.verify_domain("new.example", by=admin)

    assert verified() == ["new.example"]
    with pytest.raises(Refused, match="no verified e-mail address at bright"):
        domain_services.verify_domain("bright.example", by=admin)


def test_a_domain_of_everybody_is_nobodys(partner):
    PublicMailDomain.objects.create(name="gmail.com")
    admin = actor_at(partner, UserFactory(email="ada@gmail.com"))

    with pytest.raises(Refused, match="so it proves no company"):
        domain_services.verify_domain("gmail.com", by=admin)
    with pytest.raises(Refused, match="proves no company"):
        ask(admin, "office@GMAIL.com")

    assert not Domain.objects.exists()
    assert not Email.objects.exists()


def test_a_domain_of_another_company_is_refused_without_its_name(admin):
    other = DomainFactory(name="bright.example").organization

    with pytest.raises(Refused, match="If it is yours, write to the sponsor") as no:
        domain_services.verify_domain("bright.example", by=admin)

    assert other.name not in str(no.value)
    assert Domain.objects.get().organization == other


def test_a_verified_domain_is_verified_once(admin):
    domain_services.verify_domain("bright.example", by=admin)

    with pytest.raises(Refused, match="verified mail domain of your company already"):
        domain_services.verify_domain("bright.example", by=admin)
    with pytest.raises(Refused, match="verified mail domain of your company already"):
        ask(admin, "office@bright.example")

    assert not Email.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_companies_that_verify_one_domain_at_once_do_not_share_it():
    def verify(number):
        person = UserFactory(email=f"person{number}@bright.example")
        actor = actor_at(PartnerFactory(), person)

        def action():
            with acting_for(actor.organization_id, person=person.pk):
                domain_services.verify_domain("bright.example", by=actor)

        return action

    outcomes = at_once(verify(1), verify(2))

    assert [type(each) for each in outcomes].count(Refused) == 1
    assert verified() == ["bright.example"]


def test_offers_say_of_each_proved_domain_why_not(admin):
    PublicMailDomain.objects.create(name="gmail.com")
    DomainFactory(organization=admin.organization, name="bright.example")
    DomainFactory(name="taken.example")
    for address in ["ada@gmail.com", "ada@taken.example", "ada@free.example"]:
        EmailAddress.objects.create(user=admin.person, email=address, verified=True)
    EmailAddress.objects.create(user=admin.person, email="ada@open.example")

    offers = {offer.name: offer for offer in domain_services.offers(by=admin)}

    assert next(iter(offers)) == "bright.example"
    assert offers["bright.example"].is_done
    assert "proves no company" in offers["gmail.com"].why_not
    assert "another company" in offers["taken.example"].why_not
    assert offers["free.example"] == DomainOffer("free.example")
    assert len(offers) == 4


def test_another_domain_is_proved_by_a_link_in_a_mail(admin):
    waiting = ask(admin)

    email = Email.objects.get()
    assert email.to == "office@other.example"
    assert verified() == []
    domain_services.prove_domain(waiting, by=admin)
    assert verified() == ["other.example"]
    assert Domain.objects.get().token_hash == ""


def test_the_table_does_not_hold_the_link_to_a_domain(admin):
    waiting = ask(admin)

    assert len(mailed_token()) > 40
    assert waiting.token_hash not in last_mail()


def test_a_link_works_once(admin):
    waiting = ask(admin)
    domain_services.prove_domain(waiting, by=admin)

    with pytest.raises(Refused, match="used already or has expired"):
        domain_services.prove_domain(waiting, by=admin)


@pytest.mark.parametrize(("seconds", "waits"), [(-1, True), (0, False)])
def test_a_link_is_good_until_its_moment(admin, time_machine, seconds, waits):
    waiting = ask(admin)

    time_machine.move_to(waiting.expires_at + timedelta(seconds=seconds), tick=False)

    assert waiting.is_waiting == waits
    assert Domain.objects.waiting().exists() == waits


def test_a_link_expires(admin):
    waiting = ask(admin)
    Domain.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    with pytest.raises(Refused, match="used already or has expired"):
        domain_services.prove_domain(waiting, by=admin)

    assert verified() == []


def test_a_later_link_replaces_the_first(admin):
    first = ask(admin)
    second = ask(admin, "postmaster@other.example")

    with pytest.raises(Refused, match="used already or has expired"):
        domain_services.prove_domain(first, by=admin)
    domain_services.prove_domain(second, by=admin)

    assert verified() == ["other.example"]
    assert Email.objects.count() == 2


def test_whose_domain_it_is_shows_only_after_the_proof(admin):
    DomainFactory(name="other.example")

    waiting = ask(admin)

    assert Email.objects.get().to == "office@other.example"
    with pytest.raises(Refused, match="mail domain of another company"):
        domain_services.prove_domain(waiting, by=admin)
    assert not Domain.objects.get(pk=waiting.pk).is_verified


def test_an_organization_cannot_mail_links_without_end(admin, settings):
    settings.DOMAIN_LIMIT = "1/60s"
    ask(admin)

    with pytest.raises(Refused, match="Too many attempts"):
        ask(admin, "office@third.example")

    assert Email.objects.count() == 1


def test_only_admins_deal_with_domains(partner):
    lead = actor_of(partner, Role.DELIVERY_LEAD)
    domain = DomainFactory(organization=partner)

    for action in [
        lambda: domain_services.verify_domain("example.com", by=lead),
        lambda: ask(lead),
        lambda: domain_services.prove_domain(domain, by=lead),
        lambda: domain_services.remove_domain(domain, by=lead),
    ]:
        with pytest.raises(Refused, match="Partner admin"):
            action()

    assert Domain.objects.get().is_verified
    assert not AuditEntry.objects.exists()


def test_the_last_verified_domain_stays(admin):
    last = DomainFactory(organization=admin.organization)

    with pytest.raises(Refused, match="last verified mail domain stays"):
        domain_services.remove_domain(last, by=admin)

    assert verified() == [last.name]


def test_another_domain_is_taken_off_and_can_come_back(admin):
    DomainFactory(organization=admin.organization, name="zeta.example")
    domain_services.verify_domain("bright.example", by=admin)

    domain_services.remove_domain(Domain.objects.get(name="bright.example"), by=admin)

    assert verified() == ["zeta.example"]
    assert Domain.objects.shown().count() == 1
    domain_services.verify_domain("bright.example", by=admin)
    assert verified() == ["bright.example", "zeta.example"]


@pytest.mark.django_db(transaction=True)
def test_two_domains_cannot_both_be_taken_off_at_once():
    partner = PartnerFactory()
    admin = actor_of(partner, Role.PARTNER_ADMIN)
    domains = DomainFactory.create_batch(2, organization=partner)

    def remove(domain):
        def action():
            with acting_for(partner.pk, person=admin.person_id):
                domain_services.remove_domain(domain, by=admin)

        return action

    at_once(*map(remove, domains))

    assert len(verified()) == 1


def test_a_link_that_waits_is_taken_back(admin):
    waiting = ask(admin)

    domain_services.remove_domain(waiting, by=admin)

    with pytest.raises(Refused, match="used already or has expired"):
        domain_services.prove_domain(waiting, by=admin)

"""The mails of company safety: whom they greet, where they lead, what they quote."""

import pytest
from django.conf import settings

from portal.actors import Member
from portal.models import Email
from portal.roles import Duty, Role
from portal.services import domains, memberships
from portal.services import recovery as recovery_services
from tests.factories.portal import (
    DomainFactory,
    MembershipFactory,
    UserFactory,
    actor_of,
    staff_actor,
)
from tests.mails import words_of

pytestmark = pytest.mark.django_db
WORDS = "It's <urgent> & true."


@pytest.fixture
def company(partner):
    partner.name = "Müller & <Sons>"
    partner.save()
    DomainFactory(organization=partner, name="bright.example")
    return partner


@pytest.fixture
def all_mails(company):
    """Live through everything that is told; give the mails by name."""
    reviewer = staff_actor(Duty.ENROLLMENT_REVIEWER)
    ada = Member.of(MembershipFactory(organization=company))
    bob, cy = (UserFactory(email=f"{name}@bright.example") for name in ["bob", "cy"])
    waiting = domains.ask_for_proof("office@other.example", by=ada)
    domains.confirm_domain(waiting, reason=WORDS, by=reviewer)
    domains.take_domain_away(waiting, reason=WORDS, by=reviewer)
    recovery_services.ask_for_invitation("bright.example", by=bob)
    recovery = recovery_services.ask_for_admin_at("bright.example", WORDS, by=bob)
    recovery_services.approve_recovery(recovery, by=reviewer)
    declined = recovery_services.ask_for_admin_at("bright.example", WORDS, by=cy)
    recovery_services.decline_recovery(declined, reason=WORDS, by=reviewer)
    memberships.leave(by=actor_of(company, Role.FINANCE))
    mails = {mail.key.partition(":")[0]: mail for mail in Email.objects.all()}
    for mail in mails.values():
        mail.body = words_of(mail)
    return mails


def test_each_mail_greets_its_reader_and_leads_to_a_page(all_mails):
    assert len(all_mails) == 9
    for mail in all_mails.values():
        assert mail.body.startswith("Hello")
        assert f"{settings.ORIGIN}/" in mail.body
        assert "Hello ," not in mail.body


def test_what_was_typed_stands_as_it_was_typed(all_mails):
    quoting = {name for name, mail in all_mails.items() if WORDS in mail.body}

    assert quoting == {
        "domain-removed",
        "domain-verified",
        "recovery-asked",
        "recovery-asked-admin",
        "recovery-declined",
    }
    assert all("&amp;" not in m.body + m.subject for m in all_mails.values())


def test_each_mail_names_the_company(all_mails, company):
    assert all(company.name in mail.subject + mail.body for mail in all_mails.values())


def test_the_proof_goes_to_the_typed_address_in_the_askers_language(company):
    ada = MembershipFactory(organization=company, person__language="zh-hant")

    domains.ask_for_proof("office@other.example", by=Member.of(ada))

    mail = Email.objects.get()
    assert mail.to == "office@other.example"
    assert "UTC" in words_of(mail)

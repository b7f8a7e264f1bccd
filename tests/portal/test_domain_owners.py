"""Mail domains at the sponsor and in the database: whose each one is."""

import pytest
from django.db import IntegrityError

from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Domain, Email, PublicMailDomain
from portal.roles import Duty
from portal.services import domains
from portal.tenancy import acting_for
from tests.factories.portal import DomainFactory, MembershipFactory, staff_actor
from tests.portal.test_domains import (
    admin,
    ask,
    verified,
)

pytestmark = pytest.mark.django_db
__all__ = ["admin"]


def test_the_sponsor_verifies_with_a_reason_and_tells_the_admins(admin):
    waiting = ask(admin)
    by = staff_actor(Duty.ENROLLMENT_REVIEWER)

    domains.confirm_domain(waiting, reason="Seen in the register.", by=by)

    assert verified() == ["other.example"]
    mail = Email.objects.get(to=admin.person.email)
    assert mail.subject == "Mail domain verified: other.example"
    assert "Seen in the register." in mail.body


def test_what_became_public_meanwhile_is_verified_for_nobody(admin):
    waiting = ask(admin)
    PublicMailDomain.objects.create(name=waiting.name)
    by = staff_actor(Duty.ENROLLMENT_REVIEWER)

    with pytest.raises(Refused, match="Everybody can have"):
        domains.confirm_domain(waiting, reason="Seen in the register.", by=by)

    assert verified() == []


def test_the_sponsor_takes_a_domain_away_and_another_company_proves_it(admin):
    domain = DomainFactory(name="bright.example")
    boss = MembershipFactory(organization=domain.organization).person
    by = staff_actor(Duty.PROGRAM_MANAGER)

    domains.take_domain_away(domain, reason="It was sold.", by=by)

    assert "It was sold." in Email.objects.get(to=boss.email).body
    domains.verify_domain("bright.example", by=admin)
    assert Domain.objects.verified().get().organization == admin.organization


def test_what_was_taken_away_is_not_taken_away_again():
    domain = DomainFactory()
    by = staff_actor(Duty.PROGRAM_MANAGER)
    domains.take_domain_away(domain, reason="Sold.", by=by)

    with pytest.raises(Refused, match="taken away already"):
        domains.take_domain_away(domain, reason="Sold.", by=by)

    assert AuditEntry.objects.filter(verb="domain.removed").count() == 1


@pytest.mark.parametrize("action", [domains.confirm_domain, domains.take_domain_away])
def test_an_auditor_decides_about_no_domain(action):
    domain = DomainFactory()

    with pytest.raises(Refused, match="Enrollment reviewer, Program manager"):
        action(domain, reason="No.", by=staff_actor(Duty.AUDITOR))

    assert Domain.objects.get().is_verified
    assert not Email.objects.exists()


def test_database_refuses_a_link_without_an_end():
    with pytest.raises(IntegrityError, match="domain_link_ends"):
        DomainFactory(verified_at=None, token_hash="x")


def test_database_refuses_a_link_to_a_verified_domain():
    with pytest.raises(IntegrityError, match="domain_link_ends"):
        DomainFactory(token_hash="x", expires_at=clock.now())


def test_database_refuses_a_domain_that_is_two_companies():
    domain = DomainFactory()

    with pytest.raises(IntegrityError, match="domain_verified_once"):
        DomainFactory(name=domain.name)


def test_database_refuses_a_domain_twice_in_one_company():
    domain = DomainFactory()

    with pytest.raises(IntegrityError, match="domain_once_an_organization"):
        DomainFactory(
            name=domain.name, organization=domain.organization, verified_at=None
        )


def test_database_refuses_a_domain_in_capitals():
    with pytest.raises(IntegrityError, match="domain_is_lower_case"):
        DomainFactory(name="Bright.example")


def test_database_refuses_a_public_domain_in_capitals():
    with pytest.raises(IntegrityError, match="public_domain_is_lower_case"):
        PublicMailDomain.objects.create(name="Gmail.com")


def test_raw_sql_sees_only_the_companys_own_domains():
    ours, _theirs = DomainFactory(), DomainFactory()

    with acting_for(ours.organization_id):
        assert list(Domain.objects.all()) == [ours]

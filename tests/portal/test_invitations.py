"""Inviting, joining, leaving: by whom, once, and never the last admin."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse

from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email, Invitation, Membership
from portal.roles import Role
from portal.services import invitations
from tests.concurrency import at_once
from tests.factories.portal import (
    CustomerFactory,
    MembershipFactory,
    StaffFactory,
    UserFactory,
    actor_of,
)
from tests.mails import last_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(partner):
    return actor_of(partner, Role.PARTNER_ADMIN)


@pytest.fixture
def guest(db):
    return UserFactory(email="guest@example.com")


def invite(host, *roles):
    return invitations.invite("Guest@Example.com", roles or [Role.FINANCE], by=host)


def mailed_link():
    return re.search(r"/invitation/\S+", last_mail())[0]


def test_an_invitation_goes_by_mail_and_leads_to_its_page(host, client):
    invite(host)

    email = Email.objects.get()
    assert email.to == "guest@example.com"
    assert email.subject == f"Invitation to {host.organization}"
    assert "Your roles: Finance." in last_mail()
    assert client.get(mailed_link()).status_code == 200


def test_the_table_does_not_hold_the_link(host):
    invitation = invite(host)

    assert invitation.token_hash not in mailed_link()
    assert invitations.invitation_by(invitation.token_hash) is None


def test_joining_gives_the_invited_roles(host, guest):
    invitations.accept(invite(host), by=guest)

    membership = Membership.objects.get(person=guest)
    assert (membership.organization, membership.roles) == (
        host.organization,
        [Role.FINANCE],
    )
    assert AuditEntry.objects.filter(verb="invitation.accepted").count() == 1


def test_another_address_cannot_join(host):
    invitation = invite(host)

    with pytest.raises(Refused, match="was sent to guest@"):
        invitations.accept(invitation, by=UserFactory())

    assert Invitation.objects.get().accepted_at is None
    assert Membership.objects.count() == 1


def test_an_address_that_is_not_proven_cannot_join(host):
    invitation = invite(host)
    impostor = UserFactory(email="guest@example.com", verified=False)

    with pytest.raises(Refused, match="was sent to guest@"):
        invitations.accept(invitation, by=impostor)


def test_a_used_invitation_cannot_be_used_again(host, guest):
    invitation = invite(host)
    invitations.accept(invitation, by=guest)

    with pytest.raises(Refused, match="used already or has expired"):
        invitations.accept(invitation, by=guest)

    assert Membership.objects.filter(person=guest).count() == 1


@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False)])
def test_an_invitation_is_open_until_its_moment(host, time_machine, seconds, is_open):
    invitation = invite(host)

    time_machine.move_to(invitation.expires_at + timedelta(seconds=seconds), tick=False)

    assert invitation.is_open == is_open
    assert Invitation.objects.open().exists() == is_open


def test_an_expired_invitation_cannot_be_used(host, guest, client):
    invitation = invite(host)
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    with pytest.raises(Refused, match="used already or has expired"):
        invitations.accept(invitation, by=guest)

    assert client.get(mailed_link()).status_code == 404
    assert not Membership.objects.filter(person=guest).exists()


def test_a_withdrawn_invitation_cannot_be_used(host, guest):
    invitation = invite(host)
    invitations.withdraw_invitation(invitation, by=host)

    with pytest.raises(Refused, match="used already or has expired"):
        invitations.accept(invitation, by=guest)


def test_a_second_invitation_replaces_the_first(host):
    first, second = invite(host), invite(host, Role.DELIVERY_LEAD)

    assert list(Invitation.objects.open()) == [second]
    assert first != second


@pytest.mark.django_db(transaction=True)
def test_an_invitation_accepted_twice_at_once_is_used_once(partner):
    host = actor_of(partner, Role.PARTNER_ADMIN)
    invitation = invitations.invite("guest@example.com", [Role.FINANCE], by=host)
    guest = UserFactory(email="guest@example.com")

    outcomes = at_once(*[partial(invitations.accept, invitation, by=guest)] * 2)

    assert [type(outcome) for outcome in outcomes].count(Refused) == 1
    assert Membership.objects.filter(person=guest).count() == 1
    assert AuditEntry.objects.filter(verb="invitation.accepted").count() == 1


def test_a_colleague_is_not_invited_again(host, guest):
    MembershipFactory(person=guest, organization=host.organization)

    with pytest.raises(Refused, match="is already in your organization"):
        invite(host)

    assert not Invitation.objects.exists()
    assert not Email.objects.exists()


def test_only_admins_invite(partner):
    with pytest.raises(Refused, match="Partner admin, Benefit admin"):
        invite(actor_of(partner, Role.FINANCE))

    assert not Invitation.objects.exists()


def test_a_customer_does_not_invite_into_roles_of_partners():
    clerk = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)

    with pytest.raises(Refused, match="does not have these roles"):
        invite(clerk, Role.FINANCE)

    assert not Invitation.objects.exists()


def test_the_sponsors_people_join_nobody(host):
    staff = StaffFactory(email="guest@example.com")

    with pytest.raises(Refused, match="People who work at the sponsor"):
        invitations.accept(invite(host), by=staff)

    assert Invitation.objects.get().accepted_at is None
    assert not Membership.objects.filter(person=staff).exists()


def test_who_left_and_joins_again_has_only_the_invited_roles(host, guest):
    MembershipFactory(
        person=guest,
        organization=host.organization,
        roles=[Role.PARTNER_ADMIN],
        is_active=False,
    )

    invitations.accept(invite(host), by=guest)

    membership = Membership.objects.get(person=guest)
    assert (membership.is_active, membership.roles) == (True, [Role.FINANCE])


def test_a_guest_without_account_is_led_through_signing_up(host, client):
    invite(host)
    link = mailed_link()

    page = client.get(link).text

    assert f"/accounts/signup/?next={link}&amp;email=guest%40example.com" in page
    assert "guest@example.com" in page


def test_a_signed_out_post_joins_nobody(host, client):
    invite(host)

    assert client.post(mailed_link()).status_code == 200
    assert Membership.objects.count() == 1


def test_another_person_is_told_to_sign_out(host, as_person):
    invite(host)
    client = as_person(UserFactory(email="other@example.com"))

    page = client.get(mailed_link()).text

    assert "You are signed in as other@example.com" in page
    client.post(mailed_link())
    assert Membership.objects.count() == 1


def test_the_guest_joins_by_a_button(host, guest, as_person):
    invite(host)

    response = as_person(guest).post(mailed_link())

    assert response.url == reverse("organization:home", args=[host.organization.slug])
    assert as_person(guest).post(mailed_link()).status_code == 404


def test_the_invitation_speaks_the_guests_language(host, settings):
    UserFactory(email="guest@example.com", language="zh-hant")

    assert invitations._guest("guest@example.com", host.person).language == "zh-hant"
    assert invitations._guest("other@example.com", host.person).language == "en"


def test_an_organization_cannot_send_mails_without_end(host, settings):
    settings.INVITATION_LIMIT = "1/60s"
    invitations.invite("first@example.com", [Role.FINANCE], by=host)

    with pytest.raises(Refused, match="Too many attempts"):
        invitations.invite("second@example.com", [Role.FINANCE], by=host)

    assert Invitation.objects.count() == 1

"""Who is told is asked at the moment of telling: who has left hears nothing."""

import pytest
from django.core import mail as outbox
from django.urls import reverse

from portal import mail
from portal.models import Email, MailProblem
from portal.tasks import send_email
from tests.factories.portal import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setattr(mail, "render_to_string", lambda name, words: name)


@pytest.fixture
def member(db):
    return MembershipFactory()


def tell(member, **context):
    path = reverse("organization:company", args=[member.organization.slug])
    mail.queue("greeting", to=member.person, key="1", path=path, **context)


def reached():
    """Send the only mail; give whom it reaches."""
    send_email(Email.objects.get().key)
    return [to for message in outbox.outbox for to in message.to]


def test_a_member_is_told(member):
    tell(member)

    assert reached() == [member.person.email]


def test_who_has_lost_access_meanwhile_is_not_told_of_its_pages(member):
    tell(member)
    MembershipFactory(person=member.person)
    member.is_active = False
    MembershipFactory(organization=member.organization)
    member.save()

    assert reached() == []
    assert Email.objects.get().set_aside_at
    assert Email.objects.get().last_error == MailProblem.PERSON_LEFT


def test_a_closed_account_is_told_nothing(member):
    tell(member)
    MembershipFactory(organization=member.organization)
    member.person.is_active = False
    member.person.save()

    assert reached() == []


def test_a_closed_account_of_nobody_is_told_nothing():
    person = UserFactory()
    mail.queue("greeting", to=person, key="1", path="/accounts/login/")
    person.is_active = False
    person.save()

    assert reached() == []


def test_who_hears_of_the_own_end_is_told(member):
    tell(member, to_former=True)
    MembershipFactory(organization=member.organization)
    member.is_active = False
    member.save()

    assert reached() == [member.person.email]


def test_a_person_is_told_at_the_address_of_now(member):
    tell(member)
    member.person.email = "newly@example.com"
    member.person.save()

    assert reached() == ["newly@example.com"]


def test_what_is_sealed_for_who_has_left_is_forgotten(member):
    path = reverse("organization:company", args=[member.organization.slug])
    mail.queue_sealed("greeting", to=member.person, key="1", path=path)
    member.person.is_active = False
    MembershipFactory(organization=member.organization)
    member.person.save()

    assert reached() == []

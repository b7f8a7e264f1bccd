"""A browser's session: whose it is, and that it ends when it is ended."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.urls import reverse

from portal import clock
from portal.tasks import forget_sessions
from tests.factories.portal import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def membership():
    return MembershipFactory()


@pytest.fixture
def page(membership):
    return reverse("organization:home", args=[membership.organization.slug])


def is_signed_in(client, page):
    return client.get(page).status_code == 200


def test_signing_out_ends_the_session_at_once(client, membership, page):
    client.force_login(membership.person)
    cookies = client.cookies.copy()
    assert is_signed_in(client, page)

    client.post(reverse("account_logout"))
    client.cookies = cookies

    assert not is_signed_in(client, page)
    assert not Session.objects.filter(pk=cookies["sessionid"].value).exists()


def test_a_deleted_session_has_ended_at_once(client, membership, page):
    client.force_login(membership.person)
    Session.objects.all().delete()

    assert not is_signed_in(client, page)


def test_a_session_ends_after_its_time(client, membership, page):
    client.force_login(membership.person)

    with time_machine.travel(clock.now() + timedelta(hours=13), tick=False):
        assert not is_signed_in(client, page)


def test_a_closed_account_is_out_at_once(client, membership, page):
    client.force_login(membership.person)
    membership.person.is_active = False
    membership.person.save()

    assert not is_signed_in(client, page)


def test_a_new_password_ends_the_sessions_of_others(client, membership, page):
    client.force_login(membership.person)
    membership.person.set_password("quite another one")
    membership.person.save()

    assert not is_signed_in(client, page)


def test_ended_sessions_are_forgotten_and_others_stay(client, as_person, membership):
    client.force_login(UserFactory())
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    as_person(membership.person)

    forget_sessions()
    forget_sessions()

    assert Session.objects.get().pk == client.session.session_key

"""An account changes only for who proves again to be its owner, who is told of it."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.urls import reverse

from portal import clock
from portal.models import Email
from tests.factories.portal import UserFactory
from tests.mails import last_mail, words_of
from tests.portal.test_accounts import code

pytestmark = pytest.mark.django_db
OLD, NEW = "ada@example.com", "new@example.com"
PAGE = reverse("account_email")
PASSWORD = "pass-phrase"


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_BACKEND = "portal.mail.OutboxBackend"


@pytest.fixture
def ada(db):
    return UserFactory(email=OLD)


@pytest.fixture
def session(client, ada):
    """Return a browser that Ada has left open for a while."""
    earlier = clock.now() - timedelta(minutes=20)
    with clock.set_to(earlier):
        client.force_login(ada)
    return client


def prove(session):
    session.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def add(session):
    return session.post(PAGE, {"email": NEW, "action_add": ""})


def add_and_confirm(session):
    add(session)
    session.post(reverse("account_email_verification_sent"), {"code": code()})


def told(address):
    """Return the subjects of what an address was told."""
    found = Email.objects.filter(to=address).order_by("pk")
    return [mail.subject for mail in found]


@pytest.mark.parametrize(("seconds", "is_fresh"), [(299, True), (300, False)])
def test_who_has_just_signed_in_is_not_asked_again(
    session, time_machine, seconds, is_fresh
):
    begun = clock.now().replace(microsecond=0) + timedelta(hours=1)
    time_machine.move_to(begun, tick=False)
    prove(session)

    time_machine.move_to(begun + timedelta(seconds=seconds), tick=False)

    assert ("reauthenticate" in add(session).url) != is_fresh


@pytest.mark.parametrize(
    ("page", "form"),
    [
        (PAGE, {"email": NEW, "action_add": ""}),
        (PAGE, {"email": "second@example.com", "action_primary": ""}),
        (PAGE, {"email": "second@example.com", "action_remove": ""}),
        (reverse("mfa_activate_totp"), {"code": "123456"}),
        (reverse("mfa_add_webauthn"), {}),
        (reverse("mfa_generate_recovery_codes"), {}),
    ],
)
def test_an_open_session_alone_changes_nothing(session, ada, page, form):
    EmailAddress.objects.create(user=ada, email="second@example.com", verified=True)

    response = session.post(page, form)

    assert response.url.startswith(reverse("account_reauthenticate"))
    ada.refresh_from_db()
    assert ada.email == OLD
    assert EmailAddress.objects.filter(user=ada).count() == 2
    assert not ada.authenticator_set.exists()
    assert told(NEW) == []


def test_the_password_is_not_changed_without_the_one_of_now(session, ada):
    words = {"password1": "wandering albatross", "password2": "wandering albatross"}

    session.post(reverse("account_change_password"), {"oldpassword": "?"} | words)

    assert authenticate(username=OLD, password=PASSWORD) == ada
    assert told(OLD) == []


def test_a_wrong_password_proves_nothing(session):
    session.post(reverse("account_reauthenticate"), {"password": "wrong"})

    assert add(session).url.startswith(reverse("account_reauthenticate"))


def test_each_change_of_address_is_told_to_the_address_before(session, ada):
    prove(session)
    add_and_confirm(session)
    session.post(PAGE, {"email": NEW, "action_primary": ""})
    session.post(PAGE, {"email": OLD, "action_remove": ""})

    ada.refresh_from_db()
    assert ada.email == NEW
    assert told(OLD) == [
        "An e-mail address was added to your account",
        "Your main e-mail address was changed",
        "An e-mail address was taken off your account",
    ]
    assert NEW in words_of(Email.objects.filter(to=OLD).order_by("pk")[1])


def test_a_changed_password_is_told(session):
    words = {"password1": "wandering albatross", "password2": "wandering albatross"}

    session.post(reverse("account_change_password"), {"oldpassword": PASSWORD} | words)

    assert told(OLD) == ["Your password was changed"]
    assert "set another password at once" in last_mail()


def test_a_second_factor_that_is_taken_off_is_told(session, ada):
    prove(session)
    ada.authenticator_set.create(type="totp", data={"secret": "A" * 32})

    session.post(reverse("mfa_deactivate_totp"))

    assert told(OLD) == ["Codes were switched off for your account"]


def test_nobody_is_told_of_the_first_address(client):
    words = {"password1": "wandering albatross", "password2": "wandering albatross"}
    client.post(reverse("account_signup"), {"email": NEW, "name": "New"} | words)
    client.post(reverse("account_email_verification_sent"), {"code": code()})

    assert EmailAddress.objects.get(email=NEW).verified
    assert told(NEW) == ["Your code for Planning Services"]

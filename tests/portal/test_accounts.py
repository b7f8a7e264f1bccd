"""Signing up, in and out: by e-mail, with mails that read well."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.urls import reverse

from portal.models import Email, User
from tests.conftest import give_second_factor
from tests.factories.portal import UserFactory
from tests.mails import last_mail, words_of

pytestmark = pytest.mark.django_db
PASSPHRASE = "wandering albatross"


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_BACKEND = "portal.mail.OutboxBackend"


def sign_up(client, **fields):
    form = {
        "email": "Ada@Example.com",
        "name": "Ada Bright",
        "password1": PASSPHRASE,
        "password2": PASSPHRASE,
    }
    address = reverse("account_signup") + "?next=/register/"
    return client.post(address, form | fields)


def sign_in(client, password=PASSPHRASE):
    form = {"login": "ada@example.com", "password": password}
    return client.post(reverse("account_login"), form)


def code():
    return re.search(r"^[A-Z0-9-]{4,12}$", last_mail(), re.MULTILINE)[0]


def confirm(client):
    return client.post(
        reverse("account_email_verification_sent"), {"code": code()}, follow=True
    )


def test_a_person_signs_up_proves_the_address_and_goes_on(client):
    sign_up(client)
    person = User.objects.get()
    assert (person.email, person.name) == ("ada@example.com", "Ada Bright")
    assert not EmailAddress.objects.get().verified

    response = confirm(client)

    assert response.redirect_chain[-1][0] == "/register/"
    assert EmailAddress.objects.get().verified


@pytest.mark.parametrize(("seconds", "is_good"), [(14 * 60 + 59, 1), (15 * 60 + 1, 0)])
def test_a_code_is_good_for_as_long_as_its_mail_says(
    client, time_machine, seconds, is_good
):
    begun = datetime(2026, 3, 2, 10, tzinfo=UTC)
    time_machine.move_to(begun, tick=False)
    sign_up(client)
    assert "The code is valid for 15 minutes." in last_mail()

    time_machine.move_to(begun + timedelta(seconds=seconds), tick=False)
    confirm(client)

    assert EmailAddress.objects.filter(verified=True).count() == is_good


def test_the_mail_with_the_code_reads_well(client):
    sign_up(client)

    email = Email.objects.get()
    assert email.subject == "Your code for Planning Services"
    words = words_of(email)
    assert words.startswith("Hello Ada Bright,\n\nSomebody, we think you,")
    assert "example.com!" not in words
    assert "{" not in words


def test_nobody_works_with_an_address_that_is_not_proven(client):
    sign_up(client)

    assert client.get(reverse("register")).status_code == 302


def test_a_weak_password_is_refused_with_the_reason(client):
    response = sign_up(client, password1="short", password2="short")

    assert "at least 12 characters" in response.text
    assert not User.objects.exists()


def test_a_taken_address_is_told_by_mail_only(client):
    UserFactory(email="ada@example.com")

    response = sign_up(client)

    assert response.status_code == 302
    assert Email.objects.get().subject == "You have an account already"


def test_signing_in_needs_the_code_of_the_second_factor(client):
    person = UserFactory(email="ada@example.com", password=PASSPHRASE)
    give_second_factor(person)

    assert sign_in(client).url == reverse("mfa_authenticate")
    assert client.get(reverse("register")).status_code == 302


def test_a_wrong_password_and_an_unknown_address_look_alike(client):
    unknown = sign_in(client).context["form"].errors
    UserFactory(email="ada@example.com", password=PASSPHRASE)

    assert sign_in(client, "wrong").context["form"].errors == unknown


def test_attempts_to_sign_in_are_limited(client, settings):
    settings.SIGN_IN_LIMIT = "3/300s"
    UserFactory(email="ada@example.com", password=PASSPHRASE)
    for _ in range(3):
        sign_in(client, "wrong")

    response = sign_in(client)

    assert "Too many failed login attempts" in response.text
    assert client.get(reverse("register")).status_code == 302


def test_a_forgotten_password_is_set_anew_by_mail(client):
    person = UserFactory(email="ada@example.com", password=PASSPHRASE)
    client.post(reverse("account_reset_password"), {"email": "ada@example.com"})
    email = Email.objects.get()
    assert email.subject == "Set another password"
    link = next(word for word in words_of(email).split() if "/key/" in word)

    form = client.get(link, follow=True)
    words = {"password1": "another albatross", "password2": "another albatross"}
    client.post(form.redirect_chain[-1][0], words)

    assert authenticate(username=person.email, password="another albatross") == person
    assert authenticate(username=person.email, password=PASSPHRASE) is None


def test_a_password_for_an_unknown_address_is_told_by_mail_only(client):
    response = client.post(
        reverse("account_reset_password"), {"email": "nobody@example.com"}
    )

    assert response.url == reverse("account_reset_password_done")
    assert Email.objects.get().subject == "There is no account with this address"


def test_other_devices_are_listed_and_signed_out(client, as_person):
    person = UserFactory(email="ada@example.com", password=PASSPHRASE)
    other = type(client)()
    sign_in(other)
    sign_in(client)

    page = client.get(reverse("usersessions_list"))
    assert len(page.context["sessions"]) == 2
    client.post(reverse("usersessions_list"))

    assert client.get(reverse("register")).status_code == 200
    assert other.get(reverse("register")).status_code == 302
    assert person.pk


def test_a_password_that_everybody_tries_is_refused_beside_its_field(client):
    response = sign_up(client, password1="aaaaaaaaaaaa", password2="aaaaaaaaaaaa")

    assert "guessed too easily" in response.text
    assert not User.objects.exists()


def test_an_abandoned_sign_up_does_not_hold_an_address(client):
    stranger = type(client)()
    sign_up(stranger, name="Stranger")
    owner = UserFactory(email="owner@example.com", password=PASSPHRASE)
    client.force_login(owner)
    client.post(reverse("account_reauthenticate"), {"password": PASSPHRASE})

    page = reverse("account_email")
    client.post(page, {"email": "ada@example.com", "action_add": ""})
    confirm(client)
    client.post(page, {"email": "ada@example.com", "action_primary": ""})

    owner.refresh_from_db()
    assert owner.email == "ada@example.com"
    assert list(User.objects.all()) == [owner]


def test_a_claim_beside_a_proved_address_goes_alone(client):
    other = UserFactory(email="other@example.com")
    EmailAddress.objects.create(user=other, email="ada@example.com")
    sign_up(client)
    person = User.objects.get(email="ada@example.com")

    confirm(client)

    assert EmailAddress.objects.get(email="ada@example.com").user == person
    assert EmailAddress.objects.get(user=other).email == "other@example.com"


def test_a_known_address_costs_the_same_work_at_sign_up(client, monkeypatch):
    hashed = []

    class Hasher(MD5PasswordHasher):
        algorithm = "counted"

        def encode(self, password, salt):
            hashed.append(password)
            return super().encode(password, salt)

    monkeypatch.setattr("django.contrib.auth.hashers.get_hasher", lambda *_: Hasher())
    unknown = sign_up(client)
    times = len(hashed)
    known = sign_up(type(client)())

    assert len(hashed) == 2 * times > 0
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_wrong_passwords_lock_one_place_and_not_the_person(client, settings):
    settings.SIGN_IN_LIMIT = "3/300s"
    UserFactory(email="ada@example.com", password=PASSPHRASE)
    for _ in range(4):
        sign_in(client, "wrong")
    assert "Too many failed login attempts" in sign_in(client).text

    elsewhere = type(client)(REMOTE_ADDR="192.0.2.7")
    sign_in(elsewhere)

    assert elsewhere.get(reverse("register")).status_code == 200


def test_a_person_is_not_guessed_from_many_places(client, settings):
    settings.SIGN_IN_WIDE_LIMIT = "3/3600s"
    UserFactory(email="ada@example.com", password=PASSPHRASE)
    places = [type(client)(REMOTE_ADDR=f"192.0.2.{number}") for number in range(4)]
    for place in places[:2]:
        sign_in(place, "wrong")

    sign_in(places[2])  # one that is right uses nothing up
    assert places[2].get(reverse("register")).status_code == 200
    sign_in(type(client)(REMOTE_ADDR="192.0.2.9"), "wrong")

    assert "Too many failed login attempts" in sign_in(places[3]).text


def test_links_in_mails_lead_to_our_address_whatever_is_asked(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    UserFactory(email="ada@example.com", password=PASSPHRASE)
    for address in ["ada@example.com", "nobody@example.com"]:
        form = {"email": address}
        client.post(reverse("account_reset_password"), form, HTTP_HOST="evil.example")
    sign_up(type(client)(HTTP_HOST="evil.example"))

    for mail in Email.objects.all():
        assert "evil" not in words_of(mail)
        assert f"{settings.ORIGIN}/" in words_of(mail)


def test_mails_and_pages_speak_the_accounts_language(client):
    UserFactory(email="ada@example.com", password=PASSPHRASE, language="zh-hant")
    client.cookies["django_language"] = "en"

    client.post(reverse("account_reset_password"), {"email": "ada@example.com"})
    assert "密碼" in Email.objects.get().subject
    assert '<html lang="en"' in client.get("/").text

    sign_in(client)
    assert '<html lang="zh-hant"' in client.get(reverse("register")).text

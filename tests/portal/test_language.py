"""Languages: chosen by a menu, kept for mails."""

import pytest
from django.urls import reverse

from portal.models import User
from tests.factories.portal import UserFactory

pytestmark = pytest.mark.django_db


def choose(client, language, **fields):
    return client.post(reverse("set_language"), {"language": language} | fields)


def test_a_stranger_chooses_a_language_and_stays_on_the_page(client):
    response = choose(client, "zh-hant", next="/accounts/login/")

    assert response.url == "/accounts/login/"
    assert '<html lang="zh-hant"' in client.get("/").text


def test_mails_speak_the_chosen_language(as_person):
    person = UserFactory()

    choose(as_person(person), "zh-hant")

    assert User.objects.get(pk=person.pk).language == "zh-hant"


def test_an_unknown_language_changes_nothing(as_person):
    person = UserFactory()

    choose(as_person(person), "tlh")

    assert User.objects.get(pk=person.pk).language == "en"


def test_choosing_does_not_lead_to_another_site(client):
    assert choose(client, "en", next="https://elsewhere.example/").url == "/"


def test_a_language_is_not_changed_by_a_link(client):
    assert client.get(reverse("set_language")).status_code == 405

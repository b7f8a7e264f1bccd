"""Attempt counters, with Redis and without."""

import pytest
from django.core.cache import caches
from django.urls import reverse

from portal.cache import ForgivingRedisCache
from portal.errors import Refused
from portal.limits import count_attempt
from tests.factories import UserFactory

DEAD = "unix:///nonexistent/redis.sock"


@pytest.fixture
def without_redis(settings):
    settings.CACHES = {
        "default": {"BACKEND": "portal.cache.ForgivingRedisCache", "LOCATION": DEAD}
    }
    assert isinstance(caches["default"], ForgivingRedisCache)


def attempt():
    count_attempt("lookup", "person", "2/900s")


def test_attempts_beyond_the_limit_are_refused():
    attempt()
    attempt()

    with pytest.raises(Refused, match="Wait 15 minutes"):
        attempt()


def test_another_person_has_attempts_of_its_own():
    for _ in range(2):
        count_attempt("lookup", "one", "2/900s")

    count_attempt("lookup", "other", "2/900s")


def test_without_redis_nothing_is_counted_and_nothing_fails(without_redis):
    for _ in range(5):
        attempt()


@pytest.mark.django_db
def test_without_redis_a_person_still_signs_in(client, without_redis, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "5/m/ip", "login_failed": "5/m/key"}
    UserFactory(email="ada@example.com", password="pass-phrase")

    wrong = {"login": "ada@example.com", "password": "wrong"}
    assert client.post(reverse("account_login"), wrong).status_code == 200
    right = wrong | {"password": "pass-phrase"}
    assert client.post(reverse("account_login"), right).status_code == 302


def test_the_cache_without_redis_is_empty(without_redis):
    cache = caches["default"]
    cache.set("key", 1)

    assert cache.add("key", 1)
    assert (cache.get("key"), cache.get("key", 7)) == (None, 7)
    assert cache.incr("key") == 1
    assert not cache.delete("key")

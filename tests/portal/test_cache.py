"""Attempt counters and nudges, with a Redis that is away or never answers."""

import socket
import time
from contextlib import contextmanager

import pytest
from celery import Celery
from django.conf import settings as real
from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCache
from django.urls import reverse

from portal import settings as portal_settings
from portal import settings as portals
from portal.cache import absence_of_redis
from portal.db import nudge
from portal.findings import Refused
from portal.limits import count_attempt, count_failures
from tests.concurrency import at_once
from tests.factories.portal import UserFactory

pytestmark = pytest.mark.django_db
ABSENT, HANGING = "absent", "hanging"


@pytest.fixture(params=[ABSENT, HANGING])
def without_redis(request, settings, tmp_path):
    """Have a Redis that is not there, or one that takes calls and says nothing."""
    path = tmp_path / "redis.sock"
    with socket.socket(socket.AF_UNIX) as server:
        if request.param == HANGING:
            server.bind(str(path))
            server.listen(100)
        redis = portal_settings.CACHES["redis"] | {"LOCATION": f"unix://{path}"}
        settings.CACHES = portals.CACHES | {"redis": redis}
        assert isinstance(caches["redis"], RedisCache)
        absence_of_redis.forget()
        yield path
    absence_of_redis.forget()


@contextmanager
def within(seconds):
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


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


def test_only_what_fails_uses_up_an_attempt():
    for _ in range(3):
        with count_failures("lookup", "person", "1/900s"):
            pass
    with pytest.raises(LookupError), count_failures("lookup", "person", "1/900s"):
        raise LookupError

    with pytest.raises(Refused):
        count_attempt("lookup", "person", "1/900s")


def test_without_redis_attempts_are_counted_all_the_same(without_redis):
    with within(1):
        attempt()
        attempt()
        with pytest.raises(Refused, match="Wait 15 minutes"):
            attempt()


@pytest.mark.django_db(transaction=True)
def test_without_redis_many_at_once_get_no_further_than_the_limit(without_redis):
    outcomes = at_once(*[attempt] * 6)

    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 4


def test_without_redis_sign_in_stays_guarded(client, without_redis, settings):
    settings.SIGN_IN_LIMIT = "3/300s"
    UserFactory(email="ada@example.com", password="pass-phrase")
    wrong = {"login": "ada@example.com", "password": "wrong"}
    right = wrong | {"password": "pass-phrase"}

    def sign_in(typed):
        return client.post(reverse("account_login"), typed)

    client.get(reverse("account_login"))  # its templates are read once
    with within(2):
        assert sign_in(wrong).status_code == 200
    assert sign_in(right).status_code == 302
    client.logout()
    for _ in range(3):
        sign_in(wrong)
    assert sign_in(right).status_code == 200


def test_a_redis_that_is_back_is_asked_again(without_redis, settings):
    attempt()
    assert absence_of_redis.is_known()

    absence_of_redis.forget()
    settings.CACHES = portals.CACHES
    cache.delete("attempts:back:person:0")
    assert count_attempt("back", "person", "1/60s")
    assert caches["redis"].delete("attempts:back:person:0")
    assert not absence_of_redis.is_known()


def test_without_redis_a_change_does_not_wait_for_the_worker(
    without_redis, django_capture_on_commit_callbacks
):
    app = Celery("away", broker=f"redis+socket://{without_redis}", set_as_current=False)
    app.conf.broker_transport_options = real.CELERY_BROKER_TRANSPORT_OPTIONS
    app.conf.task_publish_retry = real.CELERY_TASK_PUBLISH_RETRY

    with within(2), django_capture_on_commit_callbacks(execute=True):
        for _ in range(20):
            nudge(app.signature("portal.tasks.send_email"), "key")
    assert absence_of_redis.is_known()

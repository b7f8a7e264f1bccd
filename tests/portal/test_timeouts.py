"""What waits too long is ended, and can be repeated."""

import os
import subprocess
import sys
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import InternalError, connection, transaction
from django.urls import reverse
from psycopg.errors import IdleInTransactionSessionTimeout

from tests.conftest import LOGIN
from tests.factories.portal import PartnerFactory
from tests.factories.vouchers import VoucherFactory, owner_of
from tests.workers import database_url
from vouchers.models import State, Voucher

SHOWN = "SELECT current_setting(unnest(%s::text[]))"
NAMES = ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"]
CLOCK = """
import django
django.setup()
from celery.signals import celeryd_init
from django.db import connection
from portal.celery import app
celeryd_init.send(sender="worker", conf=app.conf)
with connection.cursor() as cursor:
    cursor.execute("SHOW statement_timeout")
    print(cursor.fetchone()[0])
"""


@contextmanager
def held(table, pk):
    """Hold a row as somebody does who forgot it in a console."""
    login = {key.lower(): settings.OWNER[key] for key in LOGIN if settings.OWNER[key]}
    name = connection.settings_dict["NAME"]
    with psycopg.connect(dbname=name, **login) as console:
        console.execute(f"SELECT FROM {table} WHERE id = %s FOR UPDATE", [pk])
        yield
        console.rollback()


@pytest.mark.django_db
def test_the_portals_login_waits_for_nothing_without_an_end():
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, [NAMES])
        assert [value for (value,) in cursor.fetchall()] == ["5s", "30s", "1min"]


def test_the_clock_may_take_longer_than_a_page(django_db_setup):
    shown = subprocess.run(
        [sys.executable, "-c", CLOCK],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PORTAL_SECRET_KEY": settings.SECRET_KEY,
            "PORTAL_DATABASE_URL": database_url(),
        },
        capture_output=True,
        check=True,
        text=True,
    )
    assert shown.stdout.strip() == "15min"


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_a_row_in_vain_is_told_and_does_it_again(client, settings):
    voucher = VoucherFactory(assigned=True, partner=PartnerFactory())
    owner = owner_of(voucher)
    client.force_login(owner.person)
    client.raise_request_exception = False
    address = reverse("vouchers:cancel", args=[owner.organization.slug, voucher.number])
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")

    with held("vouchers_voucher", voucher.pk):
        refused = client.post(address)
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert "Nothing of what you just sent was saved." in refused.text
    assert Voucher.objects.get().state == State.ASSIGNED

    assert client.post(address).status_code == 302
    assert Voucher.objects.get().state == State.CANCELLED


@pytest.mark.parametrize(
    ("fault", "status"), [("SELECT pg_sleep(1)", 503), ("SELECT 1 / 0", 500)]
)
@pytest.mark.django_db
def test_only_what_took_too_long_asks_to_be_repeated(
    client, monkeypatch, fault, status
):
    client.raise_request_exception = False

    def fail(*_arguments):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '100ms'")
            cursor.execute(fault)

    monkeypatch.setattr("portal.views.home.render", fail)
    response = client.get("/")

    assert response.status_code == status
    assert ("Retry-After" in response) is (status == 503)
    assert "<h1>" in response.text


@pytest.mark.django_db
def test_what_the_database_ended_while_we_were_busy_can_be_repeated(
    client, monkeypatch
):
    client.raise_request_exception = False

    def fail(*_arguments):
        raise InternalError from IdleInTransactionSessionTimeout

    monkeypatch.setattr("portal.views.home.render", fail)
    response = client.get("/")

    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_health_says_when_the_database_is_away(client, settings, monkeypatch):
    nowhere = {"dbname": "none", "host": "/nonexistent"}
    monkeypatch.setattr(connection, "get_connection_params", lambda: nowhere)

    assert client.get("/health").status_code == 503

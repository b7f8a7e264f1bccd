"""The database's own wall between organizations, tried with raw SQL."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.models import Location
from portal.tenancy import (
    acting_as_person,
    acting_for,
    acting_for_all,
    choose_organization,
)
from tests.factories import CustomerFactory, LocationFactory


def locations():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM portal_location ORDER BY id")
        return [pk for (pk,) in cursor.fetchall()]


@pytest.fixture
def two_offices(db):
    return LocationFactory(), LocationFactory()


def test_raw_sql_sees_only_the_named_organizations_rows(two_offices):
    ours, _theirs = two_offices

    with acting_for(ours.organization_id):
        assert locations() == [ours.pk]


def test_raw_sql_sees_nothing_when_no_organization_is_named(two_offices):
    with acting_for(0):
        assert locations() == []


def test_raw_sql_cannot_write_into_another_organization(two_offices):
    ours, theirs = two_offices

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        acting_for(ours.organization_id),
    ):
        LocationFactory(organization=theirs.organization)


def test_raw_sql_cannot_touch_another_organizations_row(two_offices):
    ours, theirs = two_offices

    with acting_for(ours.organization_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE portal_location SET name = 'x' WHERE id = %s", [theirs.pk]
        )
        assert cursor.rowcount == 0

    assert Location.objects.get(pk=theirs.pk).name == theirs.name


def test_the_scope_ends_with_its_block(two_offices):
    ours, theirs = two_offices
    with acting_for(ours.organization_id):
        pass

    assert locations() == [ours.pk, theirs.pk]


def test_the_scope_ends_with_a_failed_block(two_offices):
    ours, theirs = two_offices
    with pytest.raises(ZeroDivisionError), acting_for(ours.organization_id):
        raise ZeroDivisionError

    assert locations() == [ours.pk, theirs.pk]


@pytest.mark.django_db
def test_an_organization_does_not_see_a_strangers_name():
    customer, stranger = CustomerFactory(), CustomerFactory()

    with acting_for(customer.pk), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM portal_organization")
        assert cursor.fetchall() == [(customer.pk,)]

    assert stranger.pk


def settings_now():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, current_setting('portal.organization', true),"
            " current_setting('portal.person', true)"
        )
        return cursor.fetchone()


@pytest.mark.django_db(transaction=True)
def test_the_scope_of_a_block_ends_with_it_however_it_ends():
    def fail():
        with acting_for(2, 3):
            assert 1 / 0

    with acting_for(1):
        with acting_for_all():
            assert settings_now() == ("portal_sponsor", "", "")
        assert settings_now() == ("portal_app", "1", "")
        with pytest.raises(ZeroDivisionError):
            fail()
        assert settings_now() == ("portal_app", "1", "")
    assert not settings_now()[1]


@pytest.mark.django_db(transaction=True)
def test_a_person_goes_on_for_an_organization_until_the_block_ends():
    with acting_for_all():
        with acting_as_person(7):
            choose_organization(5)
            assert settings_now() == ("portal_app", "5", "7")
        assert settings_now() == ("portal_sponsor", "", "")


@pytest.mark.django_db(transaction=True)
def test_a_change_of_scope_is_one_statement_and_the_same_scope_none():
    with acting_for(1), CaptureQueriesContext(connection) as captured:
        with acting_for(1):
            pass
        with acting_for(2):
            pass
    told = [query["sql"] for query in captured if "set_config" in query["sql"]]

    assert len(told) == 2  # into the scope of 2, and back


def test_rows_in_portions_are_only_those_of_the_organization(two_offices):
    ours, theirs = two_offices

    with acting_for(ours.organization_id):
        assert list(Location.objects.iterator(chunk_size=1)) == [ours]
    with acting_for(theirs.organization_id), connection.chunked_cursor() as cursor:
        cursor.execute("SELECT id FROM portal_location")
        assert cursor.fetchall() == [(theirs.pk,)]


def test_a_copy_has_only_rows_of_the_organization(two_offices):
    ours, _theirs = two_offices

    with (
        acting_for(ours.organization_id),
        connection.cursor() as cursor,
        cursor.copy("COPY (SELECT id FROM portal_location) TO STDOUT") as copy,
    ):
        assert [int(pk) for (pk,) in copy.rows()] == [ours.pk]

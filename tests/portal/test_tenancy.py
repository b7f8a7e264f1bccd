"""The database's own wall between organizations, tried with raw SQL."""

import pytest
from django.db import ProgrammingError, connection, transaction

from portal.models import Location
from portal.tenancy import acting_for
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

"""Rows under a lock: as they are now, and read no more often than it takes."""

from contextlib import suppress

import pytest

from portal.db import locked, read_under_lock, save
from portal.models import Organization
from portal.tenancy import acting_for_all
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)
MINE = Organization.objects.select_for_update(of=("self",), no_key=True)


@pytest.fixture
def customer():
    with acting_for_all():
        return CustomerFactory(name="Riverside")


def rename(customer, name):
    with locked(customer) as held:
        held.name = name
        save(held)
        return held


def test_a_lock_gives_the_row_as_it_is_now(customer):
    with acting_for_all():
        Organization.objects.filter(pk=customer.pk).update(country="TW")

        with locked(customer) as held:
            assert (held.country, customer.country) == ("TW", "DE")


def test_a_row_read_under_its_lock_is_not_read_again(customer):
    with acting_for_all():
        row = read_under_lock(MINE.get(pk=customer.pk))

        assert rename(row, "Lakeside") is row
        assert rename(row, "Hillside") is row

    with acting_for_all():
        assert Organization.objects.get(pk=customer.pk).name == "Hillside"


def test_the_next_transaction_reads_the_row_anew(customer):
    with acting_for_all():
        row = read_under_lock(MINE.get(pk=customer.pk))
    with acting_for_all():
        Organization.objects.filter(pk=row.pk).update(name="Lakeside")

    with acting_for_all():
        held = rename(row, "Hillside")

    assert held is not row


def test_outside_of_a_transaction_no_lock_is_taken_for_granted(customer):
    with acting_for_all():
        row = Organization.objects.get(pk=customer.pk)
    read_under_lock(row)

    with acting_for_all():
        assert rename(row, "Lakeside") is not row


def test_a_deed_that_failed_is_followed_by_the_row_as_it_is(customer):
    with acting_for_all():
        row = read_under_lock(MINE.get(pk=customer.pk))
        with suppress(ZeroDivisionError), locked(row) as held:
            held.name = "Lakeside"
            save(held)
            assert 1 / 0

        with locked(row) as held:
            assert (held.name, held is row) == ("Riverside", False)

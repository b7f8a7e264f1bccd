"""Rows under a lock, and that nothing written is lost in silence."""

import re
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    transaction,
)
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from psycopg.errors import DeadlockDetected

from portal import db
from portal.db import lock_free_rows, lock_row, lock_rows, save_rows
from portal.models import Location, Organization
from portal.tenancy import acting_for, acting_for_all
from tests.concurrency import at_once
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import (
    CustomerFactory,
    LocationFactory,
    PartnerFactory,
    UserFactory,
)
from tests.factories.vouchers import VoucherFactory
from vouchers.models import Voucher

ROOT = Path(db.__file__).parent.parent
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def location():
    with acting_for_all():
        return LocationFactory(name="Before", city="Berlin")


def named(*names):
    return Location.objects.filter(name__in=names).values_list("name", flat=True)


def test_every_lock_leaves_the_key_alone():
    """Who only points to a row never waits for it: one manner of locking."""
    calls = re.compile(r"select_for_update\(([^)]*)\)")
    apps = ("portal", "enrollment", "vouchers", "engagements", "payments")
    found = [
        (path.name, call)
        for app in apps
        for path in (ROOT / app).rglob("*.py")
        for call in calls.findall(path.read_text().replace('("self",)', "self"))
    ]

    assert len(found) >= 5
    assert [each for each in found if "no_key=True" not in each[1]] == []


WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: VoucherFactory(assigned=True), "project_manager"),
        (lambda: EngagementFactory(upcoming=True), "lead"),
    ],
)
def test_a_lock_waited_for_reads_what_the_row_points_to_now(make, name):
    """What may be empty would seem empty, and what may not, the row itself gone."""
    row, other = make(), UserFactory()
    is_locked = Event()

    def change():
        with acting_for_all(), lock_row(row), connection.cursor() as cursor:
            type(row).objects.filter(pk=row.pk).update(**{name: other})
            is_locked.set()
            end = monotonic() + 10
            while monotonic() < end:
                cursor.execute(WAITS)
                if cursor.fetchone() != (0,):
                    return

    def read():
        is_locked.wait(timeout=10)
        with acting_for_all(), lock_row(row, name) as current:
            return getattr(current, name)

    assert at_once(change, read) == [None, other]


def test_a_lock_gives_the_row_as_it_is_now(location):
    with acting_for_all():
        Location.objects.filter(pk=location.pk).update(city="Bonn")

        with lock_row(location) as current:
            assert (current.city, location.city) == ("Bonn", "Berlin")


def test_a_lock_reads_what_is_around_the_row_anew(location):
    around = Organization.objects.filter(pk=location.organization_id)
    with acting_for_all():
        around.update(time_zone="Asia/Tokyo")

        with lock_row(location, "organization") as current:
            assert current.organization.time_zone == "Asia/Tokyo"


def test_a_lock_reads_related_rows_in_the_same_statement(
    location, django_assert_num_queries
):
    with (
        acting_for_all(),
        lock_row(location, "organization") as current,
        django_assert_num_queries(0),
    ):
        assert current.organization == location.organization


def test_what_is_at_hand_is_not_read_again(location, django_assert_num_queries):
    organization = location.organization
    with (
        acting_for_all(),
        CaptureQueriesContext(connection) as captured,
        lock_row(location, at_hand=["organization"]) as current,
        django_assert_num_queries(0),
    ):
        assert current.organization is organization

    assert "JOIN" not in "".join(query["sql"] for query in captured)


def test_what_was_at_hand_is_not_what_the_row_points_to_now(location):
    other = PartnerFactory()
    with acting_for_all():
        Location.objects.filter(pk=location.pk).update(organization=other)

        with lock_row(location, at_hand=["organization"]) as current:
            assert current.organization == other


def test_a_lock_without_a_savepoint_is_undone_by_the_block_around_it(location):
    with acting_for_all():
        with (
            suppress(ZeroDivisionError),
            transaction.atomic(),
            lock_row(location, savepoint=False) as current,
        ):
            current.name = "After"
            current.save()
            assert 1 / 0

        with lock_row(location) as current:
            assert current.name == "Before"


@pytest.fixture
def voucher(transactional_db):
    return VoucherFactory(assigned=True, partner=PartnerFactory())


def test_a_lock_follows_no_key_that_it_is_not_told_to(voucher):
    # The partner sees the voucher, and not the customer's agreement.
    with (
        acting_for(voucher.partner_id),
        CaptureQueriesContext(connection) as captured,
        lock_row(voucher),
    ):
        pass

    assert "JOIN" not in "".join(query["sql"] for query in captured)


def test_what_an_organization_does_not_see_it_cannot_lock(voucher):
    other = CustomerFactory()

    with (
        acting_for(other.pk),
        pytest.raises(Voucher.DoesNotExist),
        lock_row(voucher),
    ):
        pytest.fail("There is nothing to lock.")


def test_what_changed_under_a_lock_is_gone_when_the_action_fails(location):
    with acting_for_all():
        with suppress(ZeroDivisionError), lock_row(location) as current:
            current.name = "After"
            current.save()
            assert 1 / 0

        with lock_row(location) as current:
            assert current.name == "Before"


def test_rows_are_locked_in_the_order_of_their_keys(location):
    with acting_for_all():
        other = LocationFactory()
        rows = Location.objects.order_by("-pk")

        with lock_rows(rows) as current:
            assert current == [location, other]


def test_many_rows_are_saved_each_with_its_own_values(
    location, django_assert_num_queries
):
    with acting_for_all():
        other = LocationFactory(city="Paris", latitude=None)
        location.name, location.latitude, location.city = "100 % 'A'", 1.5, "Bonn"
        other.name, other.latitude = "B", None
        with django_assert_num_queries(1):
            save_rows([location, other], ["name", "latitude"])

        assert list(Location.objects.order_by("pk").values_list()) == [
            Location.objects.filter(pk=each.pk).values_list().get()
            for each in (location, other)
        ]
        assert list(
            Location.objects.order_by("pk").values_list("name", "latitude", "city")
        ) == [("100 % 'A'", 1.5, "Berlin"), ("B", None, "Paris")]


def test_no_rows_need_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        save_rows([], ["name"])


def test_a_value_that_cannot_be_sent_is_an_error_and_leaves_nothing(location):
    def write():
        with acting_for_all():
            LocationFactory(organization=location.organization, name="First")
            LocationFactory(organization=location.organization, name="a\x00b")

    with pytest.raises((ValueError, DatabaseError)):
        write()

    assert list(named("First")) == []


def test_a_statement_with_too_few_values_is_an_error_and_leaves_nothing(location):
    def write():
        with acting_for_all(), connection.cursor() as cursor:
            LocationFactory(organization=location.organization, name="First")
            cursor.execute("SELECT %s, %s", [1])

    with pytest.raises((TypeError, DatabaseError)):
        write()

    assert list(named("First")) == []


def test_nothing_is_written_after_a_block_that_broke(location):
    """Whoever swallows an error of the database hears of it at the next write."""

    def write():
        with acting_for_all():
            with suppress(IntegrityError):
                Location.objects.create(pk=location.pk, organization_id=1, name="Twice")
            LocationFactory(organization=location.organization, name="After")

    with pytest.raises((TransactionManagementError, DatabaseError)):
        write()

    assert list(named("Twice", "After")) == []


def test_a_refused_row_is_the_fault_of_the_block_that_wrote_it(location):
    with acting_for_all():
        LocationFactory(organization=location.organization, name="Outer")
        with suppress(IntegrityError), transaction.atomic():
            Location.objects.create(
                pk=location.pk, organization=location.organization, name="Twice"
            )
        LocationFactory(organization=location.organization, name="After")

    assert set(named("Outer", "Twice", "After")) == {"Outer", "After"}


def test_a_server_that_went_away_is_named_as_such_and_leaves_nothing(location):
    def write():
        with acting_for_all(), connection.cursor() as cursor:
            LocationFactory(organization=location.organization, name="Lost")
            cursor.execute("RESET ROLE; SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        write()
    connection.close()

    with acting_for_all():
        assert list(named("Lost", "Before")) == ["Before"]


def test_a_connection_that_the_server_ended_is_not_usable():
    connection.ensure_connection()
    assert connection.is_usable()

    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("RESET ROLE; SELECT pg_terminate_backend(pg_backend_pid())")
    # The last that a server does is to close the line.
    deadline = monotonic() + 10
    while connection.is_usable() and monotonic() < deadline:
        sleep(0.01)

    assert not connection.is_usable()
    connection.close()


class TestBatches:
    def test_rows_that_belong_together_stay_in_one_batch(self):
        taken = []

        def action(rows):
            taken.append(rows)
            return len(rows)

        rows = [(place, n) for place in "aab" for n in range(400)]
        done = db.at_pace(
            action, rows, most=1000, together=lambda row: row[0], what="Row"
        )

        assert done == 1200
        assert [len({row[0] for row in batch}) for batch in taken] == [1, 1]

    def test_what_is_broken_is_left_alone_and_stops_nobody(self, caplog):
        def action(rows):
            if 7 in rows:
                raise ValueError(rows)
            return len(rows)

        done = db.at_pace(action, list(range(20)), most=10, what="Row")

        assert done == 19
        assert "Row 7 could not be turned" in caplog.text

    def test_a_slow_batch_makes_the_next_one_smaller(self, monkeypatch):
        sizes, clock_ = [], iter(range(1000))
        monkeypatch.setattr(db.time, "perf_counter", lambda: next(clock_))

        db.at_pace(
            lambda rows: sizes.append(len(rows)) or 0,
            list(range(2000)),
            most=5000,
            what="Row",
        )

        assert sizes == [1000, 300, 250, 250, 200]

    @pytest.mark.parametrize(("losses", "outcome"), [(2, 3), (3, None)])
    def test_who_loses_a_deadlock_tries_again_twice(self, losses, outcome):
        tries = []

        def action(rows):
            tries.append(rows)
            if len(tries) <= losses:
                raise OperationalError from DeadlockDetected()
            return len(rows)

        with suppress(OperationalError):
            assert db.at_pace(action, [1, 2, 3], most=10, what="Row") == outcome

        assert len(tries) == 3
        assert (outcome is None) == (losses == 3)


def test_the_clock_passes_over_what_somebody_holds(location):
    with acting_for_all():
        other = LocationFactory()
    keys = [location.pk, other.pk]

    def free_now():
        with acting_for_all(), lock_free_rows(Location.objects.all(), keys) as rows:
            return [row.pk for row in rows]

    with acting_for_all(), lock_row(location):
        [outcome] = at_once(free_now)

    assert outcome == [other.pk]
    assert free_now() == keys

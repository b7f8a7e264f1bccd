"""Tables on their way to a browser: whose rows they hold, what they leave behind."""

import io
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, count, islice

import pytest
from django.db import InternalError, connection
from django.utils import timezone
from django.utils.translation import get_language, override
from psycopg.pq import TransactionStatus

from portal.models import Location
from portal.roles import Duty, Role
from portal.spreadsheets import downloads
from portal.spreadsheets.columns import Column
from portal.spreadsheets.csv import write_csv
from portal.spreadsheets.downloads import FileFormat, download, seen_by
from portal.spreadsheets.reading import read_table
from portal.spreadsheets.xlsx import write_xlsx
from portal.tenancy import acting_for_all, scope_now
from tests.factories import CustomerFactory, LocationFactory, actor_of, staff_actor


@pytest.mark.parametrize("file_format", FileFormat)
def test_a_table_is_saved_and_never_shown_or_kept(file_format):
    response = download("Gutscheine 券", [b"a", b"b"], file_format)

    assert response.getvalue() == b"ab"
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert f".{file_format}" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] in {
        "text/csv; charset=utf-8",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }


def pieces(write=write_csv):
    """Write the names of all locations that there are for whoever asks."""
    rows = Location.objects.order_by("pk").values_list("name")
    yield from write(["name"], rows.iterator(chunk_size=100))


SERIALS = count()


def add_locations(organization, number=1):
    Location.objects.bulk_create(
        LocationFactory.build(
            organization=organization, name=f"{organization.slug} {serial:06}"
        )
        for serial in islice(SERIALS, number)
    )


def made_owner():
    """Make two customers with many rows each; give who belongs to the first one."""
    with acting_for_all():
        mine, other = CustomerFactory(), CustomerFactory()
        add_locations(mine, 1_500)
        add_locations(other, 1_500)
        return actor_of(mine, Role.BENEFIT_ADMIN)


@pytest.fixture
def owner(db):
    return made_owner()


@pytest.fixture
def owner_on_disk(transactional_db):
    return made_owner()


def is_idle():
    link = connection.connection
    status = link.info.transaction_status if link else TransactionStatus.IDLE
    return status == TransactionStatus.IDLE and not connection.in_atomic_block


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_a_table_holds_the_rows_of_its_reader_alone(owner, write):
    file_format = FileFormat.CSV if write is write_csv else FileFormat.XLSX
    file = io.BytesIO(b"".join(seen_by(owner, pieces(write), file_format)))

    table = read_table(file, [Column("name", "name")])
    found = [row.values["name"] for row in table.rows]
    assert len(found) == 1_500
    assert {name.partition(" ")[0] for name in found} == {owner.organization.slug}


def test_a_table_of_the_sponsor_holds_everything(owner):
    staff = staff_actor(Duty.PROGRAM_MANAGER)

    assert (
        b"".join(seen_by(staff, pieces(), FileFormat.CSV)).count(b"\n") == 1 + 2 * 1_500
    )


@pytest.mark.parametrize("read", [1, 2, 3])
def test_no_connection_is_held_while_a_browser_is_waited_for(owner_on_disk, read):
    before = scope_now.get()
    file = seen_by(owner_on_disk, pieces(), FileFormat.CSV)
    response = download("locations", file, FileFormat.CSV)

    sent = list(islice(response.streaming_content, read))

    assert len(sent) == min(read, 2)
    assert read == 1 or connection.connection is None
    assert is_idle()
    assert scope_now.get() == before
    response.close()
    assert is_idle()


def test_the_headings_go_out_before_the_database_is_asked(owner_on_disk):
    def asked():
        yield b"name"
        raise ZeroDivisionError

    assert next(seen_by(owner_on_disk, asked(), FileFormat.CSV)) == b"name"


def test_what_waits_for_its_reader_is_bounded(owner_on_disk, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_AHEAD", 10)
    rows = (b"x" * 6 for _row in range(5))

    sent = list(seen_by(owner_on_disk, chain([b"name"], rows), FileFormat.CSV))

    assert sent == [b"name", b"x" * 12, b"x" * 12, b"x" * 6]


def test_an_error_on_the_way_closes_what_was_open(owner):
    def broken():
        yield next(pieces())
        raise ZeroDivisionError

    before = list(connection.savepoint_ids)
    file = seen_by(owner, broken(), FileFormat.CSV)
    next(file)

    with pytest.raises(ZeroDivisionError):
        next(file)
    assert connection.savepoint_ids == before


def test_all_of_a_table_sees_one_moment_and_changes_nothing(owner_on_disk):
    customer = owner_on_disk.organization

    def counts(change):
        yield b"count"
        for _time in range(2):
            yield f" {Location.objects.count()}".encode()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(meanwhile, customer).result()
        change()

    def written(change):
        return b"".join(seen_by(owner_on_disk, counts(change), FileFormat.CSV))

    assert written(lambda: None) == b"count 1500 1500"
    with pytest.raises(InternalError, match="read-only transaction"):
        written(lambda: add_locations(customer))
    assert written(lambda: None) == b"count 1504 1504"


def meanwhile(customer):
    try:
        with acting_for_all():
            add_locations(customer)
    finally:
        connection.close()


def test_a_table_speaks_the_language_and_time_of_whoever_asked(owner):
    def words():
        for _piece in range(2):
            yield f"{get_language()} {timezone.get_current_timezone_name()}".encode()

    with override("zh-hant"), timezone.override("Asia/Taipei"):
        file = seen_by(owner, words(), FileFormat.CSV)

    assert list(file) == [b"zh-hant Asia/Taipei"] * 2
    assert get_language() == "en"

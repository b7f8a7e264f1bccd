"""Statements that ride along: in order, in their transaction, and never forgotten."""

from contextlib import contextmanager, suppress
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

from portal.tenancy import acting_for, acting_for_all
from tests.factories import LocationFactory, VoucherFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def notes():
    """Make a table of one column that only this test knows."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; CREATE TEMPORARY TABLE note (text text UNIQUE)")
    yield read_notes
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; DROP TABLE note")


def read_notes():
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM note ORDER BY text")
        return [text for (text,) in cursor.fetchall()]


def literal(text):
    [written] = connection.literals([text])
    return written


def write(text):
    connection.ahead(b"INSERT INTO note VALUES (%b)" % literal(text))


@contextmanager
def failing():
    """Fail at the end of a block of its own, where all of it is taken back."""
    with suppress(ZeroDivisionError), transaction.atomic():
        yield
        assert 1 / 0


def write_all(*texts):
    with transaction.atomic():
        for text in texts:
            write(text)


def write_in_vain(*texts):
    with pytest.raises(IntegrityError):
        write_all(*texts)


def waiting():
    return list(connection.connection.waiting)


def test_what_rides_along_is_there_for_the_next_statement(notes):
    with transaction.atomic():
        write("50 % of a 'quote'")

        assert len(waiting()) == 2
        assert notes() == ["50 % of a 'quote'"]
        assert waiting() == []


def test_the_commit_takes_along_what_nobody_asked_after(notes):
    with transaction.atomic():
        write("a")

    assert notes() == ["a"]


def test_outside_of_a_transaction_nothing_waits(notes):
    write("a")

    assert waiting() == []
    assert notes() == ["a"]


def test_a_failed_block_takes_back_what_still_waits(notes):
    with failing():
        write("a")

    assert waiting() == []
    assert notes() == []


def test_a_failed_inner_block_takes_back_its_own_only(notes):
    with transaction.atomic():
        write("a")
        with failing():
            write("b")
        write("c")

    assert notes() == ["a", "c"]


def test_a_failed_inner_block_takes_back_what_it_sent_too(notes):
    with transaction.atomic():
        write("a")
        with failing():
            write("b")
            notes()
            write("c")

    assert notes() == ["a"]


def test_a_refused_row_fails_in_the_block_that_wrote_it(notes):
    write("a")

    with transaction.atomic():
        write_in_vain("a")
        write("b")

    assert notes() == ["a", "b"]


def test_a_refused_row_at_the_commit_leaves_nothing(notes):
    write("a")

    write_in_vain("b", "a")

    assert notes() == ["a"]


def test_a_row_refused_before_an_inner_block_is_not_the_inner_blocks_fault(notes):
    write("a")

    def write_around(inner):
        with transaction.atomic():
            write("a")
            with transaction.atomic():
                inner()

    with pytest.raises(IntegrityError):
        write_around(lambda: pytest.fail("The inner block is never entered."))


def let_ride(*texts):
    """Write in a block whose last rows go with what comes after it."""
    with transaction.atomic():
        connection.let_ride()
        for text in texts:
            write(text)


def test_what_a_block_lets_ride_goes_with_the_commit(notes):
    with transaction.atomic():
        let_ride("a")
        assert waiting() == [b"BEGIN", b"INSERT INTO note VALUES ('a')"]

    assert notes() == ["a"]


def test_a_block_that_only_read_before_it_wrote_needs_no_savepoint(notes):
    with transaction.atomic(), transaction.atomic():
        connection.let_ride()
        assert connection.read(b"SELECT 1") == [(1,)]
        assert [each.split()[0] for each in waiting()] == [b"SAVEPOINT"]
        write("a")

    assert notes() == ["a"]


def test_a_block_that_read_and_is_taken_back_leaves_the_one_around_it_whole(notes):
    with transaction.atomic():
        write("a")
        with failing():
            connection.let_ride()
            connection.read(b"SELECT 1")
            write("b")
        write("c")

    assert notes() == ["a", "c"]


def test_a_read_that_fails_before_the_savepoint_fails_the_transaction(notes):
    def deed():
        with transaction.atomic():
            with suppress(DatabaseError), transaction.atomic():
                connection.let_ride()
                connection.read(b"SELECT 1 / 0")
            notes()

    with pytest.raises(TransactionManagementError):
        deed()


def test_what_is_asked_in_short_fails_as_what_is_asked_at_length(notes):
    write("a")

    with pytest.raises(IntegrityError) as short:
        connection.ask(b"INSERT INTO note VALUES ('a') RETURNING text")
    with pytest.raises(IntegrityError) as long, connection.cursor() as cursor:
        cursor.execute("INSERT INTO note VALUES ('a') RETURNING text")

    assert str(short.value) == str(long.value)
    assert short.value.__cause__.diag.constraint_name == "note_text_key"


def test_nothing_is_asked_in_a_transaction_that_is_broken():
    with transaction.atomic():
        connection.set_rollback(True)

        with pytest.raises(TransactionManagementError):
            connection.ask(b"SELECT 1")


def test_a_server_that_went_away_is_named_as_such():
    pid = connection.ask(b"SELECT pg_backend_pid()")[0][0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()

    with pytest.raises(OperationalError):
        connection.ask(b"SELECT 1")
    connection.close()


def test_no_session_can_switch_a_guard_off():
    voucher = VoucherFactory()

    def deed():
        with acting_for_all(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, true)"
                " FROM pg_trigger WHERE tgrelid = 'vouchers_voucher'::regclass"
            )
            cursor.execute(
                "UPDATE vouchers_voucher SET state = 'paid' WHERE id = %s", [voucher.pk]
            )

    with pytest.raises(DatabaseError, match="Invalid transition"):
        deed()


def test_a_block_that_lets_ride_is_taken_back_with_the_one_around_it(notes):
    with transaction.atomic():
        let_ride("a")
        with failing():
            let_ride("b")
        with failing():
            let_ride("c")
            notes()
            let_ride("d")

    assert notes() == ["a"]


def test_a_row_that_rode_and_is_refused_fails_the_transaction(notes):
    write("a")

    def deed():
        with transaction.atomic():
            let_ride("b")
            let_ride("a")

    with pytest.raises(IntegrityError):
        deed()

    assert notes() == ["a"]


def test_nothing_overtakes_what_waits(notes):
    with transaction.atomic(), connection.cursor() as cursor:
        write("a")
        with cursor.copy("COPY note FROM STDIN") as copy:
            assert waiting() == []
            copy.write_row(["b"])
        write("c")
        cursor.executemany("INSERT INTO note VALUES (%s)", [["d"], ["e"]])
        write("f")
        assert len(list(cursor.stream("SELECT text FROM note"))) == 6

    assert notes() == list("abcdef")


def test_rows_in_portions_see_only_those_of_the_organization():
    with acting_for_all():
        ours, theirs = LocationFactory(), LocationFactory()

    with acting_for(ours.organization_id):
        found = list(type(ours).objects.iterator(chunk_size=1))
    with acting_for(theirs.organization_id), connection.chunked_cursor() as cursor:
        cursor.execute("SELECT id FROM portal_location")
        assert cursor.fetchall() == [(theirs.pk,)]

    assert found == [ours]


def test_a_copy_sees_only_rows_of_the_organization():
    with acting_for_all():
        ours, _theirs = LocationFactory(), LocationFactory()

    with (
        acting_for(ours.organization_id),
        connection.cursor() as cursor,
        cursor.copy("COPY (SELECT id FROM portal_location) TO STDOUT") as copy,
    ):
        assert [int(pk) for (pk,) in copy.rows()] == [ours.pk]


def test_each_statement_is_logged_for_itself(notes, django_assert_num_queries):
    with django_assert_num_queries(4) as captured, transaction.atomic():
        write("a")
        notes()

    assert [query["sql"].split()[0] for query in captured] == [
        *("BEGIN", "INSERT", "SELECT", "COMMIT")
    ]


def test_a_transaction_in_which_nothing_is_asked_is_never_begun():
    connection.ensure_connection()

    with transaction.atomic(), transaction.atomic():
        assert connection.connection.info.transaction_status == 0

    assert connection.connection.info.transaction_status == 0


def test_a_plan_is_kept_once_for_each_connection(notes):
    for text in ("a", "b"):
        connection.prepare("test_note", "INSERT INTO note VALUES ($1)")
        connection.ahead(b"EXECUTE test_note(%b)" % literal(text))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE name = 'test_note'"
        )
        assert cursor.fetchall() == [(1,)]
    assert notes() == ["a", "b"]


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


def test_a_connection_in_a_failed_transaction_is_not_usable():
    with transaction.atomic():
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert not connection.is_usable()
        transaction.set_rollback(True)

    assert connection.is_usable()

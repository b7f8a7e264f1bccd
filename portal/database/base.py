"""Statements whose answer nobody waits for ride along with the next one.

Each round trip costs as much as a small statement. Beginning a transaction, telling
for whom it works, savepoints, and rows that are only written (``ahead``) are therefore
kept until something is asked, and sent in one message before it; at the latest the
commit takes them along. Nothing can overtake them: whatever a cursor sends, it sends
them first. One that fails fails the statement with which it rides, inside the same
transaction, so that all of it holds or none.
"""

import select
from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import base as djangos
from django.db.backends.postgresql.psycopg_any import register_tzloader
from django.db.backends.utils import debug_transaction
from psycopg import OperationalError, pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

# Its cursors are psycopg's, of which the type checker knows nothing.
base: Any = djangos
BEGIN = b"BEGIN"
# What changes nothing of the world outside of its transaction.
IDLE_TALK = (BEGIN, b"SAVEPOINT ", b"RELEASE ", b"SET LOCAL ")


def is_idle(statement: bytes) -> bool:
    return statement.startswith(IDLE_TALK)


class Cursor(base.Cursor):
    """Sends what waits on its connection before it sends anything else."""

    # The last statement by itself, when others rode along with it.
    statement: bytes | None = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> "Cursor":
        self.statement = None
        waiting = take(self.connection)
        if not waiting:
            super().execute(query, params, **options)
            return self
        is_written = params is None and isinstance(query, bytes)
        self.statement = query if is_written else self.mogrify(query, params).encode()
        super().execute(b"; ".join([*waiting, self.statement]), **options)
        self.set_result(-1)
        return self

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        send(self.connection)
        super().executemany(query, params_seq, **options)

    def stream(self, *args: Any, **options: Any) -> Any:
        send(self.connection)
        return super().stream(*args, **options)

    def copy(self, *args: Any, **options: Any) -> Any:
        send(self.connection)
        return super().copy(*args, **options)


class ServerSideCursor(base.ServerSideCursor):
    """The same for rows that the server hands out in portions."""

    statement: bytes | None = None

    def execute(self, *args: Any, **options: Any) -> "ServerSideCursor":
        send(self.connection)
        super().execute(*args, **options)
        return self


def take(connection: Any) -> list[bytes]:
    """Give what waits on a psycopg connection, and forget it."""
    waiting: list[bytes] = getattr(connection, "waiting", [])
    if waiting:
        connection.waiting = []
    return waiting


def send(connection: Any) -> None:
    """Send what waits on a psycopg connection by itself."""
    waiting = take(connection)
    if waiting:
        exchange(connection, waiting)


def exchange(connection: Any, statements: list[bytes]) -> Any:
    """Send statements in one message, and give the answer to the last one.

    libpq does so in one call; psycopg's cursors would look at each answer.
    """
    answer = connection.pgconn.exec_(b"; ".join(statements))
    if answer.status == pq.ExecStatus.FATAL_ERROR:
        if connection.pgconn.status == pq.ConnStatus.BAD:
            raise OperationalError(answer.error_message.decode(errors="replace"))
        raise error_from_result(answer, connection.info.encoding)
    return answer


class DatabaseOperations(base.DatabaseOperations):
    """Logs each statement for itself, however many were sent at once."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str | None:
        alone: bytes | str = cursor.statement or sql
        if isinstance(alone, bytes):
            return alone.decode()
        written: str | None = super().last_executed_query(cursor, sql, params)
        return written


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection to PostgreSQL, on which statements can wait."""

    ops_class = DatabaseOperations

    def ahead(self, statement: bytes) -> None:
        """Send a statement that gives nothing back, at the latest with the commit."""
        if self.get_autocommit():
            with self.cursor() as cursor:
                cursor.execute(statement)
        else:
            self._wait(statement)

    def literals(self, values: Iterable[Any]) -> list[bytes]:
        """Write values as they stand in a statement."""
        self.ensure_connection()
        with self.wrap_database_errors:
            return list(map(self.connection.transformer.as_literal, values))

    def ask(self, statement: bytes) -> list[tuple]:
        """Carry out a statement now, and give its rows."""
        rows: list[tuple]
        if self.execute_wrappers or self.queries_logged:
            with self.cursor() as cursor:
                cursor.execute(statement)
                rows = cursor.fetchall()
                return rows
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            answer = exchange(self.connection, [*take(self.connection), statement])
            reader = self.connection.transformer
            reader.set_pgresult(answer)
            rows = reader.load_rows(0, answer.ntuples, tuple)
            reader.set_pgresult(None)
            return rows

    def read(self, statement: bytes) -> list[tuple]:
        """Carry out a statement that only reads, and give its rows.

        Savepoints of blocks that let their rows ride wait on: there is nothing yet
        to be undone, and if nothing else is asked there never will be.
        """
        waiting: list[bytes] = self.connection.waiting
        kept_back: list[bytes] = []
        marks = [self._mark_of(sid) for sid in self.connection.riding]
        while waiting and waiting[-1] in marks:
            kept_back.insert(0, waiting.pop())
        rows = self.ask(statement)
        self.connection.waiting = kept_back
        return rows

    def let_ride(self) -> None:
        """Let what the innermost block writes last go with what comes after the block.

        A row that the database refuses then fails the transaction, not the block.
        """
        if self.savepoint_ids and self.savepoint_ids[-1]:
            self.connection.riding.add(self.savepoint_ids[-1])

    def prepare(self, name: str, sql: str) -> None:
        """Let the server keep the plan of a statement, once for each connection.

        ``EXECUTE name(…)`` carries it out.
        """
        if name not in self.connection.prepared:
            with self.cursor() as cursor:
                cursor.execute(f"PREPARE {name} AS {sql}")
            self.connection.prepared.add(name)

    def _wait(self, statement: bytes) -> None:
        self.connection.waiting.append(statement)
        if self.queries_logged:
            self.queries_log.append({"sql": statement.decode(), "time": "0.000"})

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return params | {"cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if hasattr(connection, "prepared"):
            return connection
        connection.waiting = []
        connection.prepared = set()
        connection.riding = set()
        connection.transformer = Transformer(connection)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None:
            return super().create_cursor()
        # Inside of a transaction psycopg believes to be outside: see below.
        is_outside = self.get_autocommit()
        cursor = ServerSideCursor(
            self.connection, name=name, scrollable=False, withhold=is_outside
        )
        register_tzloader(self.timezone, cursor)
        return cursor

    def is_usable(self) -> bool:
        """Tell whether the server is still there; a quiet socket says so at once."""
        if self.connection is None or self.connection.closed:
            return False
        if self.connection.info.transaction_status == pq.TransactionStatus.INERROR:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return True if not poll.poll(0) else bool(super().is_usable())

    def _start_transaction_under_autocommit(self) -> None:
        """Begin by hand: psycopg would send its BEGIN by itself."""
        self._wait(BEGIN)

    def _commit(self) -> None:
        if self.connection is None:
            return
        waiting = take(self.connection)
        has_written = not all(map(is_idle, waiting))
        with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
            if has_written:
                exchange(self.connection, [*waiting, b"COMMIT"])
            elif BEGIN not in waiting:
                self.connection.commit()

    def _rollback(self) -> None:
        if self.connection is not None:
            take(self.connection)
        super()._rollback()

    def _savepoint(self, sid: str) -> None:
        self._mark(self._mark_of(sid))

    def _savepoint_commit(self, sid: str) -> None:
        release = self.ops.savepoint_commit_sql(sid).encode()
        if sid not in self.connection.riding:
            self._mark(release)
            return
        self.connection.riding.discard(sid)
        mark = self._mark_of(sid)
        if mark in self.connection.waiting:
            # All that was sent since only read: the rows can do without the savepoint.
            self.connection.waiting.remove(mark)
        else:
            self._wait(release)

    def _savepoint_rollback(self, sid: str) -> None:
        self.connection.riding.discard(sid)
        waiting, mark = self.connection.waiting, self._mark_of(sid)
        if mark in waiting:
            # Nobody has heard of what came after it.
            del waiting[waiting.index(mark) + 1 :]
        else:
            take(self.connection)
            super()._savepoint_rollback(sid)

    def _mark_of(self, sid: str) -> bytes:
        mark: str = self.ops.savepoint_create_sql(sid)
        return mark.encode()

    def _mark(self, statement: bytes) -> None:
        """Let a savepoint's mark ride along, unless rows wait to be written.

        Their failure belongs to the block in which they were written.
        """
        if all(map(is_idle, self.connection.waiting)):
            self._wait(statement)
            return
        with self.cursor() as cursor:
            cursor.execute(statement)

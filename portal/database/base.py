"""Statements whose answer nobody waits for ride along with the next one.

Each round trip costs as much as a small statement. Beginning a transaction, telling
for whom it works, savepoints, and rows that are only written (``ahead``) are therefore
kept until something is asked, and sent in one message before it; at the latest the
commit takes them along. Nothing can overtake them: whatever a cursor sends, it sends
them first. One that fails fails the statement with which it rides, inside the same
transaction, so that all of it holds or none.
"""

import select
from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base as djangos
from django.db.backends.postgresql.psycopg_any import register_tzloader
from django.db.backends.utils import debug_transaction
from psycopg import pq

# Its cursors are psycopg's, of which the type checker knows nothing.
base: Any = djangos
BEGIN = "BEGIN"
# What changes nothing of the world outside of its transaction.
IDLE_TALK = (BEGIN, "SAVEPOINT ", "RELEASE ", "SELECT set_config(")


def is_idle(statement: str) -> bool:
    return statement.startswith(IDLE_TALK)


class Cursor(base.Cursor):
    """Sends what waits on its connection before it sends anything else."""

    # The last statement by itself, when others rode along with it.
    statement: str | None = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> "Cursor":
        self.statement = None
        waiting = take(self.connection)
        if not waiting:
            super().execute(query, params, **options)
            return self
        self.statement = self.mogrify(query, params)
        super().execute("; ".join([*waiting, self.statement]).encode(), **options)
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

    statement: str | None = None

    def execute(self, *args: Any, **options: Any) -> "ServerSideCursor":
        send(self.connection)
        super().execute(*args, **options)
        return self


def take(connection: Any) -> list[str]:
    """Give what waits on a psycopg connection, and forget it."""
    waiting: list[str] = connection.waiting
    if waiting:
        connection.waiting = []
    return waiting


def send(connection: Any) -> None:
    """Send what waits on a psycopg connection by itself."""
    waiting = take(connection)
    if waiting:
        connection.execute("; ".join(waiting).encode())


class DatabaseOperations(base.DatabaseOperations):
    """Logs each statement for itself, however many were sent at once."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str | None:
        alone: str | None = cursor.statement
        return alone or super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection to PostgreSQL, on which statements can wait."""

    ops_class = DatabaseOperations

    def ahead(self, sql: str, params: Sequence[Any] | None = None) -> None:
        """Send a statement that gives nothing back, at the latest with the commit."""
        if self.get_autocommit():
            with self.cursor() as cursor:
                cursor.execute(sql, params)
        elif params is None:
            self._wait(sql)
        else:
            with self.wrap_database_errors:
                self._wait(self.connection.writer.mogrify(sql, params))

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
        self.ensure_connection()
        if name not in self.connection.prepared:
            with self.cursor() as cursor:
                cursor.execute(f"PREPARE {name} AS {sql}")
            self.connection.prepared.add(name)

    def _wait(self, statement: str) -> None:
        self.connection.waiting.append(statement)
        if self.queries_logged:
            self.queries_log.append({"sql": statement, "time": "0.000"})

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return params | {"cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.waiting = []
        connection.prepared = set()
        connection.riding = set()
        connection.writer = connection.cursor()
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
                self.connection.execute("; ".join([*waiting, "COMMIT"]).encode())
            elif BEGIN not in waiting:
                self.connection.commit()

    def _rollback(self) -> None:
        if self.connection is not None:
            take(self.connection)
        super()._rollback()

    def _savepoint(self, sid: str) -> None:
        self._mark(self.ops.savepoint_create_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        release = self.ops.savepoint_commit_sql(sid)
        if sid in self.connection.riding:
            self.connection.riding.discard(sid)
            self._wait(release)
        else:
            self._mark(release)

    def _savepoint_rollback(self, sid: str) -> None:
        self.connection.riding.discard(sid)
        waiting, mark = self.connection.waiting, self.ops.savepoint_create_sql(sid)
        if mark in waiting:
            # Nobody has heard of what came after it.
            del waiting[waiting.index(mark) + 1 :]
        else:
            take(self.connection)
            super()._savepoint_rollback(sid)

    def _mark(self, statement: str) -> None:
        """Let a savepoint's mark ride along, unless rows wait to be written.

        Their failure belongs to the block in which they were written.
        """
        if all(map(is_idle, self.connection.waiting)):
            self._wait(statement)
            return
        with self.cursor() as cursor:
            cursor.execute(statement)

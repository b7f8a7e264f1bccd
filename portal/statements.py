"""Statements on one row by its key, made once for each model and kept prepared.

What they do is what the ORM does. It builds each statement anew, and PostgreSQL plans
it anew, which together takes longer than to carry it out; a deed has four of them.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.fields import Field

Row = TypeVar("Row", bound=models.Model)
PLAIN = {str, int, bool, date, datetime, type(None)}


class Statement(NamedTuple):
    """A statement that the server keeps: its name, and how it is called."""

    name: str
    sql: str
    call: str

    @classmethod
    def of(cls, sql: str, count: int) -> "Statement":
        # PostgreSQL cuts long names, so that two of them may become one.
        name = f"portal_{sha256(sql.encode()).hexdigest()[:24]}"
        places = ", ".join(["%s"] * count)
        return cls(name, sql, f"EXECUTE {name}({places})")

    def run(self, values: Sequence[Any]) -> Any:
        """Carry it out now, and give its only row, or nothing."""
        database = connections[DEFAULT_DB_ALIAS]
        database.prepare(self.name, self.sql)
        with database.cursor() as cursor:
            cursor.execute(self.call, values)
            return cursor.fetchone()

    def ride(self, values: Sequence[Any]) -> None:
        """Send it with the next statement."""
        database = connections[DEFAULT_DB_ALIAS]
        database.prepare(self.name, self.sql)
        database.ahead(self.call, values)


class Reading(NamedTuple):
    """How to read one row of a model under a lock."""

    statement: Statement
    names: list[str]
    compiler: Any
    converters: dict[int, Any]


@cache
def _reading(model: type[models.Model]) -> Reading:
    rows = model._default_manager.select_for_update(of=("self",), no_key=True)
    compiler = rows.filter(pk=0).query.get_compiler(DEFAULT_DB_ALIAS)
    sql, _params = compiler.as_sql()
    columns = [column for column, _sql, _alias in compiler.select]
    statement = Statement.of(sql % "$1", 1)
    names = [column.target.attname for column in columns]
    return Reading(statement, names, compiler, compiler.get_converters(columns))


def read_locked(model: type[Row], pk: Any) -> Row:
    """Lock one row but for its key, and give it; raises ``DoesNotExist``."""
    reading = _reading(model)
    found = reading.statement.run([pk])
    if found is None:
        raise model.DoesNotExist
    if reading.converters:
        [found] = reading.compiler.apply_converters([found], reading.converters)
    return model.from_db(DEFAULT_DB_ALIAS, reading.names, found)


@cache
def _insertion(model: type[models.Model]) -> tuple[Statement, list[Field]]:
    meta = model._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    columns = ", ".join(map(_column, fields))
    values = ", ".join(_places(fields))
    parts = ("INSERT INTO", meta.db_table, f"({columns}) VALUES ({values})")
    sql = " ".join([*parts, "RETURNING", _column(meta.pk)])
    return Statement.of(sql, len(fields)), fields


def insert(row: models.Model) -> None:
    """Write a new row, and give it its number."""
    statement, fields = _insertion(type(row))
    [row.pk] = statement.run(_values(row, fields, is_new=True))


def insert_ahead(row: models.Model) -> None:
    """Write a new row whose number nobody asks for; sent with the next statement."""
    statement, fields = _insertion(type(row))
    statement.ride(_values(row, fields, is_new=True))


@cache
def _change(model: type[models.Model], fields: tuple[Field, ...]) -> Statement:
    meta = model._meta
    *places, key = _places([*fields, meta.pk])
    changes = ", ".join(
        f"{_column(field)} = {place}"
        for field, place in zip(fields, places, strict=True)
    )
    sql = " ".join(
        ["UPDATE", meta.db_table, "SET", changes, "WHERE", _column(meta.pk), "=", key]
    )
    return Statement.of(sql, len(fields) + 1)


def update_ahead(row: models.Model, fields: Iterable[Field]) -> None:
    """Write these fields of a row; sent with the next statement."""
    changed = tuple(fields)
    values = _values(row, changed, is_new=False)
    _change(type(row), changed).ride([*values, row.pk])


def _column(field: Field) -> str:
    return connection.ops.quote_name(field.column)


def _places(fields: Sequence[Field]) -> list[str]:
    return [f"${number}" for number in range(1, len(fields) + 1)]


def _values(row: models.Model, fields: Sequence[Field], *, is_new: bool) -> list[Any]:
    values = [(field, field.pre_save(row, is_new)) for field in fields]
    return [
        # The driver writes plain values as the database wants them.
        value if type(value) in PLAIN else field.get_db_prep_save(value, connection)
        for field, value in values
    ]

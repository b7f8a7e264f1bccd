"""Changes of one row by its key, put together once for each model.

What they do is what the ORM does: see ``portal.kept`` for why.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.fields import Field

from portal.kept import Statement, kept

Row = TypeVar("Row", bound=models.Model)
PLAIN = {str, int, bool, date, datetime, type(None)}


@cache
def _reading(model: type[models.Model]) -> Callable[..., models.QuerySet]:
    rows = model._default_manager.select_for_update(of=("self",), no_key=True)
    return lambda pk: rows.filter(pk=pk)


def read_locked(model: type[Row], pk: Any) -> Row:
    """Lock one row but for its key, and give it; raises ``DoesNotExist``."""
    found: list[Row] = kept(_reading(model), pk=pk)
    if not found:
        raise model.DoesNotExist  # type: ignore[attr-defined]
    return found[0]


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
    [[row.pk]] = statement.ask(_values(row, fields, is_new=True))


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
    return connection.ops.quote_name(str(field.column))


def _places(fields: Sequence[Field]) -> list[str]:
    return [f"${number}" for number in range(1, len(fields) + 1)]


def _values(row: models.Model, fields: Sequence[Field], *, is_new: bool) -> list[Any]:
    values = [(field, field.pre_save(row, is_new)) for field in fields]
    return [
        # The driver writes plain values as the database wants them.
        value if type(value) in PLAIN else field.get_db_prep_save(value, connection)
        for field, value in values
    ]

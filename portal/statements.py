"""Changes of one row by its key, put together once for each model.

What they do is what the ORM does: see ``portal.kept`` for why.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple, Self, TypeVar

from django.db import connection, models
from django.db.models.fields import Field

from portal.kept import Statement, kept
from portal.values import Reader

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


class Change(NamedTuple):
    """A statement that writes rows of one kind, and where its values come from."""

    statement: Statement
    reader: Reader
    # Fields that compute their value when it is saved, by their place.
    computed: list[tuple[int, Field]]

    @classmethod
    def of(cls, sql: str, fields: Iterable[Field]) -> Self:
        reader = Reader.of(fields)
        places = list(enumerate(reader.fields))
        computed = [(place, field) for place, field in places if _computes(field)]
        return cls(Statement.of(sql), reader, computed)

    def values(self, row: models.Model, *, is_new: bool) -> list[Any]:
        values = list(self.reader.read(row))
        for place, field in self.computed:
            values[place] = field.pre_save(row, is_new)
        return [
            # The driver writes plain values as the database wants them.
            value if type(value) in PLAIN else field.get_db_prep_save(value, connection)
            for field, value in zip(self.reader.fields, values, strict=True)
        ]


def _computes(field: Any) -> bool:
    if isinstance(field, models.DateField | models.TimeField):
        return field.auto_now or field.auto_now_add
    return type(field).pre_save is not Field.pre_save


@cache
def _insertion(model: type[models.Model]) -> Change:
    meta = model._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    columns = ", ".join(map(_column, fields))
    values = ", ".join(_places(fields))
    parts = ("INSERT INTO", meta.db_table, f"({columns}) VALUES ({values})")
    return Change.of(" ".join([*parts, "RETURNING", _column(meta.pk)]), fields)


def insert(row: models.Model) -> None:
    """Write a new row, and give it its number."""
    change = _insertion(type(row))
    [[row.pk]] = change.statement.ask(change.values(row, is_new=True))


def insert_ahead(row: models.Model) -> None:
    """Write a new row whose number nobody asks for; sent with the next statement."""
    change = _insertion(type(row))
    change.statement.ride(change.values(row, is_new=True))


@cache
def _change(model: type[models.Model], fields: tuple[Field, ...]) -> Change:
    meta = model._meta
    *places, key = _places([*fields, meta.pk])
    changes = ", ".join(
        f"{_column(field)} = {place}"
        for field, place in zip(fields, places, strict=True)
    )
    parts = ("UPDATE", meta.db_table, "SET", changes, "WHERE", _column(meta.pk))
    return Change.of(" ".join([*parts, "=", key]), [*fields, meta.pk])


def update_ahead(row: models.Model, fields: Iterable[Field]) -> None:
    """Write these fields of a row; sent with the next statement."""
    change = _change(type(row), tuple(fields))
    change.statement.ride(change.values(row, is_new=False))


def _column(field: Field) -> str:
    return connection.ops.quote_name(str(field.column))


def _places(fields: Sequence[Field]) -> list[str]:
    return [f"${number}" for number in range(1, len(fields) + 1)]

"""Queries that are put together once and whose plan the server keeps.

``kept(rows, person=7)`` gives what ``list(rows(person=7))`` gives. The ORM would build
the same statement anew each time, and PostgreSQL plan it anew, which together takes
several times as long as to read the row. It is for rows found by a key: a kept plan
knows nothing of the values, so nothing may hang on how many rows there are of which.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.query import get_related_populators

from portal.database import ours
from portal.roles import Kind
from portal.tenancy import Viewer

# Values that stand for those to come, while a statement is put together.
FIRST_NUMBER = -990_000_000


class Statement(NamedTuple):
    """A statement that the server keeps: its name, in full, and two ways to call it."""

    name: str
    sql: str
    call: bytes
    plain: bytes

    @classmethod
    def of(cls, sql: str) -> Self:
        # PostgreSQL cuts long names, so that two of them may become one.
        name = f"portal_{sha256(sql.encode()).hexdigest()[:24]}"
        plain = re.sub(r"\$(\d+)", r"%(\1)b", sql.replace("%", "%%"))
        call = f"EXECUTE {name}(%b)" if "$1" in sql else f"EXECUTE {name}%b"
        return cls(name, sql, call.encode(), plain.encode())

    def ask(self, values: Sequence[Any]) -> list[tuple]:
        """Carry it out now, and give its rows."""
        database = ours()
        rows: list[tuple] = database.ask(self._called_on(database, values))
        return rows

    def read(self, values: Sequence[Any]) -> list[tuple]:
        """Carry it out now, where it only reads, and give its rows."""
        database = ours()
        rows: list[tuple] = database.read(self._called_on(database, values))
        return rows

    def ride(self, values: Sequence[Any]) -> None:
        """Send it with the next statement."""
        database = ours()
        database.ahead(self._called_on(database, values))

    def _called_on(self, database: Any, values: Sequence[Any]) -> bytes:
        """Give the call by name; behind a pooler, where no name is kept, all of it."""
        written: list[bytes] = database.literals(values)
        if settings.DATABASE_IS_POOLED:
            return self.plain % {b"%d" % n: each for n, each in enumerate(written, 1)}
        database.prepare(self.name, self.sql)
        return self.call % b", ".join(written)


class KeptQuery:
    """The statement of a queryset, and how its rows become objects."""

    def __init__(self, rows: models.QuerySet, stands_for: dict[Any, str]) -> None:
        self.compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = self.compiler.as_sql()
        found = [each for each in params if isinstance(each, int | str)]
        self.names = sorted({stands_for[each] for each in found if each in stands_for})
        places = [self._place(param, stands_for) for param in params]
        self.statement = Statement.of(sql % tuple(places))
        self._learn_columns()

    def _place(self, param: Any, stands_for: dict[Any, str]) -> str:
        if isinstance(param, int | str) and param in stands_for:
            return f"${self.names.index(stands_for[param]) + 1}"
        return str(ours().ops.compose_sql("%s", [param]))

    def _learn_columns(self) -> None:
        select, klass = self.compiler.select, self.compiler.klass_info
        self.model = klass["model"]
        own = klass["select_fields"]
        self.own = slice(own[0], own[-1] + 1)
        self.attributes = [column[0].target.attname for column in select[self.own]]
        populators: Any = get_related_populators
        self.related = populators(klass, select, DEFAULT_DB_ALIAS)
        self.annotations = self.compiler.annotation_col_map or {}
        self.converters = self.compiler.get_converters([each[0] for each in select])

    def rows(self, **values: Any) -> list[Any]:
        found = self.statement.read([values[name] for name in self.names])
        if self.converters:
            found = self.compiler.apply_converters(found, self.converters)
        return [self._made_of(row) for row in found]

    def _made_of(self, row: Sequence[Any]) -> Any:
        made = self.model.from_db(DEFAULT_DB_ALIAS, self.attributes, row[self.own])
        for each in self.related:
            each.populate(row, made)
        for name, column in self.annotations.items():
            setattr(made, name, row[column])
        return made


@cache
def _query(rows: Callable[..., models.QuerySet], names: tuple[str, ...]) -> KeptQuery:
    stands = {name: FIRST_NUMBER - number for number, name in enumerate(names)}
    words = {str(number): name for name, number in stands.items()}
    numbers = {number: name for name, number in stands.items()}
    return KeptQuery(rows(**stands), {**numbers, **words})


def kept(rows: Callable[..., models.QuerySet], **values: Any) -> list[Any]:
    """Read the rows that a function of values gives.

    The function may only hold columns against the values, not ask what they are.
    """
    query = _query(rows, tuple(values))
    assert len(query.names) == len(values), "each value is held against a column"
    return query.rows(**values)


class Reader(NamedTuple):
    """An actor as far as the rule of visibility asks, by numbers."""

    kind: Kind
    sees_whole_organization: bool
    organization_id: int | None
    person_id: int | None


def kept_for(
    viewer: Viewer, rows: Callable[..., models.QuerySet], **values: Any
) -> list[Any]:
    """Read the rows that ``rows(viewer, …)`` gives, in the same way."""
    seen = _seen_by(rows, viewer.kind, viewer.sees_whole_organization)
    whose = {"organization": viewer.organization_id, "person": viewer.person_id}
    everything = {**values, **whose}
    return _query(seen, tuple(everything)).rows(**everything)


@cache
def _seen_by(
    rows: Callable[..., models.QuerySet], kind: Kind, sees_whole: bool
) -> Callable[..., models.QuerySet]:
    def seen(organization: int, person: int, **values: Any) -> models.QuerySet:
        return rows(Reader(kind, sees_whole, organization, person), **values)

    return seen

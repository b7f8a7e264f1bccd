"""Many rows at once: all under their locks, and saved by one statement."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, models, transaction

from portal.audit import remember
from portal.shown import ensure_as_shown

Row = TypeVar("Row", bound=models.Model)


@contextmanager
def locked_all(rows: "models.QuerySet[Row]") -> Iterator[list[Row]]:
    """Give the rows as they are now, and keep others off them until we commit.

    They are locked in the order of their keys: of two deeds on the same rows one waits
    for the other, never both.
    """
    with transaction.atomic():
        held = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
        for row in held:
            ensure_as_shown(row)
        yield [remember(row) for row in held]


def save_all(rows: Sequence[models.Model], names: Iterable[str]) -> None:
    """Save some fields of rows of one kind, which may differ, with one statement."""
    if not rows:
        return
    model = rows[0]._meta
    fields: list[Any] = [model.get_field(name) for name in names]
    kinds = [field.db_type(connection) for field in fields]
    columns = [connection.ops.quote_name(field.column) for field in fields]
    sets = ", ".join(f"{column} = each.{column}" for column in columns)
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    statement = (
        f"UPDATE {model.db_table} AS old SET {sets}"  # noqa: S608 -- names of ours
        f" FROM unnest(%s::bigint[], {arrays}) AS each (id, {', '.join(columns)})"
        " WHERE old.id = each.id"
    )
    values: list[list[Any]] = [[row.pk for row in rows]]
    for field in fields:
        kept = [getattr(row, field.attname) for row in rows]
        values.append([field.get_db_prep_save(value, connection) for value in kept])
    with connection.cursor() as cursor:
        cursor.execute(statement, values)

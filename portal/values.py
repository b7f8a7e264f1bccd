"""What a row holds, as one can hold it against what it held before."""

from collections.abc import Callable, Iterable
from datetime import date, time
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, Self

from django.db import models
from django.db.models.fields import Field

Values = tuple[Any, ...]
# Values of these fields stay as they are; others are kept as their text.
LASTING = (
    *(models.CharField, models.TextField, models.BooleanField, models.IntegerField),
    *(models.FloatField, models.DecimalField, models.DateField, models.TimeField),
    *(models.DurationField, models.UUIDField, models.ForeignKey),
)
# What nobody reads, not even as a hash.
SECRET = {"password", "token_hash"}


class Reader(NamedTuple):
    """Reads the same fields of many rows at once."""

    fields: tuple[Field, ...]
    read: Callable[[Any], Values]

    @classmethod
    def of(cls, fields: Iterable[Field]) -> Self:
        chosen = tuple(fields)
        names = [field.attname for field in chosen]
        read = attrgetter(*names)
        return cls(chosen, read if len(names) > 1 else lambda row: (read(row),))


@cache
def _told(model: type[models.Model]) -> tuple[Reader, list[tuple[int, Field]]]:
    """Give what reads a model's fields, and those whose values may change in place."""
    told = Reader.of(
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in SECRET
    )
    places = list(enumerate(told.fields))
    return told, [(n, field) for n, field in places if not isinstance(field, LASTING)]


def values_of(row: models.Model) -> Values:
    """Give the values of everything but the key and what nobody reads."""
    told, changeable = _told(row.__class__)
    values = told.read(row)
    if not changeable:
        return values
    kept = list(values)
    for place, field in changeable:
        kept[place] = str(field.value_to_string(row))
    return tuple(kept)


def differing(
    model: type[models.Model], before: Values, after: Values
) -> list[tuple[Field, Any, Any]]:
    """Give the fields whose values differ, each with both."""
    if before == after:
        return []
    fields = _told(model)[0].fields
    each = zip(fields, before, after, strict=True)
    return [(field, old, new) for field, old, new in each if old != new]


def texts_of(row: models.Model) -> dict[str, str]:
    """Give field → text of what a row holds."""
    each = zip(_told(row.__class__)[0].fields, values_of(row), strict=True)
    return {field.name: text_of(value) for field, value in each}


def text_of(value: Any) -> str:
    """Write a value as serialized rows have it."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date | time) else str(value)

"""What a list shows, kept in its address."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.forms import DateInput

# Where in a list a page stands is no part of what the list shows.
PLACES = {"newer", "older", "more"}


class DayField(forms.DateField):
    """A day that may be left open."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=DateInput(), **kwargs)


class ListFilter(forms.Form):
    """Every wish is optional; one that makes no sense is said and passed over.

    ``ranges`` are pairs of fields: the first day and the last one.
    """

    ranges: tuple[tuple[str, str], ...] = ()

    def __init__(self, address: QueryDict) -> None:
        super().__init__(address)
        self.address = address

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        for first, last in self.ranges:
            begin, end = typed.get(first), typed.get(last)
            if begin and end and end < begin:
                self.add_error(last, _("This day lies before the first one."))
        return typed

    @property
    def chosen(self) -> dict[str, Any]:
        """Give what was asked for and makes sense, by field."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def is_narrow(self) -> bool:
        return any(self.address.get(name) for name in self.fields)

    @property
    def query(self) -> str:
        """Give the part of the address that says what the list shows."""
        pairs = (
            (name, value)
            for name in self.fields
            for value in self.address.getlist(name)
            if value
        )
        return urlencode(list(pairs))


def kept_query(query: str) -> str:
    """Give an address's query without the place in the list."""
    pairs: Iterable[tuple[str, str]] = parse_qsl(query, max_num_fields=50)
    return urlencode([(name, value) for name, value in pairs if name not in PLACES])


def begin_of(day: date) -> datetime:
    """Give the first moment of a day, where the reader is."""
    return timezone.make_aware(datetime.combine(day, time()))


def end_of(day: date) -> datetime:
    """Give the first moment after a day."""
    return begin_of(day + timedelta(days=1))

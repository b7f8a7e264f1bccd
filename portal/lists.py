"""Pages of a list by position, not by number: the same speed at any length."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django_filters import DateFilter, Filter, FilterSet

from portal.fields import DayField
from portal.text import parse_int

Row = TypeVar("Row")
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, newest first, and the addresses of its neighbors."""

    rows: list[Row]
    newer_url: str
    older_url: str


def page_of(
    rows: Any,
    request: HttpRequest,
    size: int = SIZE,
    *,
    shape: Callable[[Any], Any] | None = None,
) -> Page:
    """Cut the page that the address asks for out of rows with ``created_at``.

    Raises ``Http404`` for a place that no list has given out.
    ``shape`` turns what the query gives into what the page shows.
    """
    newer, older = (request.GET.get(side, "") for side in ("newer", "older"))
    edge, backwards = _edge(newer or older), bool(newer)
    if edge:
        rows = rows.filter(_condition_beyond(edge, newer=backwards))
    order = ("created_at", "id") if backwards else ("-created_at", "-id")
    page_rows = list(rows.order_by(*order)[: size + 1])
    if shape is not None:
        page_rows = [shape(row) for row in page_rows]
    more, page_rows = len(page_rows) > size, page_rows[:size]
    if backwards:
        page_rows.reverse()
    has_newer = more if backwards else bool(edge)
    has_older = bool(edge) if backwards else more
    return Page(
        page_rows,
        _url(request, "newer", page_rows[0]) if page_rows and has_newer else "",
        _url(request, "older", page_rows[-1]) if page_rows and has_older else "",
    )


def _edge(place: str) -> tuple[datetime, int] | None:
    if not place:
        return None
    moment, _sign, pk = place.partition("~")
    key = parse_int(pk)
    try:
        at = parse_datetime(moment)
        if at is None or at.tzinfo is None or key is None:
            raise Http404(place)
        # The database knows fewer distances from UTC than Python does.
        return at.astimezone(UTC), key
    except (ValueError, OverflowError) as error:
        raise Http404(place) from error


def _condition_beyond(edge: tuple[datetime, int], *, newer: bool) -> Q:
    at, pk = edge
    if newer:
        return Q(created_at__gte=at) & (Q(created_at__gt=at) | Q(id__gt=pk))
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(id__lt=pk))


def _url(request: HttpRequest, side: str, row: Any) -> str:
    parameters = request.GET.copy()
    for word in ("newer", "older"):
        parameters.pop(word, None)
    parameters[side] = f"{row.created_at.isoformat()}~{row.pk}"
    return f"{request.path}?{parameters.urlencode()}"


# Where in a list a page stands is no part of what the list shows.
PLACES = {"newer", "older", "more"}
MOST_FIELDS = 50  # in one address
MOST_QUOTED = 40  # signs of a name that no list has


class ListForm(forms.Form):
    """What an address asks of a list; what it does not know, it says."""

    ranges: tuple[tuple[str, str], ...] = ()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.data:
            if name not in self.fields and name not in PLACES:
                words = {"name": Truncator(name).chars(MOST_QUOTED)}
                self.add_error(None, _("This list has no filter “%(name)s”.") % words)
        for first, last in self.ranges:
            begin, end = data.get(first), data.get(last)
            if begin and end and end < begin:
                self.add_error(last, _("This day lies before the first one."))
        return data


class ListFilter(FilterSet):
    """What a list shows; every wish is optional.

    One that makes no sense is said, and nothing is shown until it is mended: never
    more than was asked for. ``ranges`` are pairs of fields: the first day and the last.
    """

    ranges: tuple[tuple[str, str], ...] = ()

    class Meta:
        form = ListForm

    def get_form_class(self) -> type[forms.Form]:
        form: type[ListForm] = super().get_form_class()
        form.ranges = self.ranges
        return form

    @property
    def qs(self) -> Any:
        """Return the rows that were asked for."""
        return super().qs if self.is_valid() else self.queryset.none()

    @property
    def is_narrow(self) -> bool:
        return any(self.data.get(name) for name in self.filters)

    @property
    def query(self) -> str:
        """Return the part of the address that says what the list shows."""
        pairs = (
            (name, value)
            for name in self.filters
            for value in self.data.getlist(name)
            if value
        )
        return urlencode(list(pairs))


class ChoiceFilter(Filter):
    """One of some choices, in the order and the groups in which they are given."""

    field_class = forms.ChoiceField


class ChoicesFilter(Filter):
    """Any of some choices."""

    field_class = forms.MultipleChoiceField

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, "in", **kwargs)


class DayFilter(DateFilter):
    """A day that may be left open."""

    field_class = DayField


class MomentFilter(DayFilter):
    """Moments from a day on, or until its end, where the reader is."""

    def filter(self, qs: Any, value: date | None) -> Any:
        if value is None:
            return qs
        is_first = self.lookup_expr == "gte"
        edge = begin_of(value) if is_first else end_of(value)
        lookup = f"{self.field_name}__{'gte' if is_first else 'lt'}"
        return qs.filter(**{lookup: edge})


def refused_export(request: HttpRequest, filters: ListFilter, page: str) -> Any:
    """Lead to the list that says what is wrong; nothing where all is right."""
    if filters.is_valid():
        return None
    messages.error(request, _("Nothing was exported: a filter makes no sense."))
    return redirect(f"{page}?{request.GET.urlencode()}")


def kept_query(query: str) -> str:
    """Return an address's query without the place in the list.

    Raises ``ValueError`` for one that asks for more than any list has.
    """
    pairs: Iterable[tuple[str, str]] = parse_qsl(query, max_num_fields=MOST_FIELDS)
    return urlencode([(name, value) for name, value in pairs if name not in PLACES])


def begin_of(day: date) -> datetime:
    """Return the first moment of a day, where the reader is."""
    return timezone.make_aware(datetime.combine(day, time()))


def end_of(day: date) -> datetime:
    """Return the first moment after a day."""
    return begin_of(day + timedelta(days=1))

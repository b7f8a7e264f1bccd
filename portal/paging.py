"""Pages of a list by position, not by number: the same speed at any length."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Q
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from portal.web import parse_int

Row = TypeVar("Row")
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, newest first, and the addresses of its neighbours."""

    rows: list[Row]
    newer_url: str
    older_url: str


def page_of(
    rows: Any,
    request: HttpRequest,
    size: int = SIZE,
    *,
    made: Callable[[Any], Any] | None = None,
) -> Page:
    """Cut the page that the address asks for out of rows with ``created_at``.

    ``made`` turns what the query gives into what the page shows.
    """
    newer = request.GET.get("newer", "")
    edge = _edge(newer or request.GET.get("older", ""))
    backwards = bool(newer and edge)
    if edge:
        rows = rows.filter(_beyond(edge, newer=backwards))
    order = ("created_at", "id") if backwards else ("-created_at", "-id")
    found = list(rows.order_by(*order)[: size + 1])
    if made is not None:
        found = [made(each) for each in found]
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_newer = more if backwards else bool(edge)
    has_older = bool(edge) if backwards else more
    return Page(
        found,
        _url(request, "newer", found[0]) if found and has_newer else "",
        _url(request, "older", found[-1]) if found and has_older else "",
    )


def _edge(text: str) -> tuple[datetime, int] | None:
    moment, _, pk = text.partition("~")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    key = parse_int(pk)
    return (at, key) if at and at.tzinfo and key is not None else None


def _beyond(edge: tuple[datetime, int], *, newer: bool) -> Q:
    at, pk = edge
    if newer:
        return Q(created_at__gte=at) & (Q(created_at__gt=at) | Q(id__gt=pk))
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(id__lt=pk))


def _url(request: HttpRequest, side: str, row: Any) -> str:
    kept = request.GET.copy()
    for each in ("newer", "older"):
        kept.pop(each, None)
    kept[side] = f"{row.created_at.isoformat()}~{row.pk}"
    return f"{request.path}?{kept.urlencode()}"

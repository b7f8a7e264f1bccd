"""State badges, deadlines, money, and what a machine allows."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from babel.numbers import format_currency
from django import template
from django.db.models import Model
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale
from django_fsm import can_proceed

from portal import clock
from portal.shown import hidden_field
from portal.states import why_not as reason_against

register = template.Library()


# A list shows the same few badges and days on all its lines: they are made once.
MANY = 5000
badges: dict[tuple, SafeString] = {}
# What stands for the number in the address of a record.
NUMBER = "NUMBER"


@register.simple_tag(takes_context=True)
def shown(context: Context, *records: Any) -> SafeString:
    """Let a form carry how it shows these records: each a row, or a list of them."""
    rows: list[Model] = []
    for record in records:
        rows.extend([record] if isinstance(record, Model) else record or [])
    return hidden_field(context.get("request"), rows)


@register.simple_tag
def state_badge(thing: Any) -> SafeString:
    """Render the state of a record as a badge, always with the word."""
    key = (type(thing), thing.state, get_language())
    if key not in badges:
        context = {"state": thing.state, "label": thing.get_state_display()}
        badges[key] = render_to_string("partials/state_badge.html", context)
    return badges[key]


@register.simple_tag
def deadline(day: date | None) -> SafeString:
    """Render a date with the days that are left."""
    if day is None:
        return _deadline(None, None, get_language())
    return _deadline(day, clock.days_until(day), get_language())


@lru_cache(MANY)
def _deadline(
    day: date | None, days_left: int | None, _language: str | None
) -> SafeString:
    context = {"date": day, "days_left": days_left}
    return render_to_string("partials/deadline.html", context)


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """Write a date, or that of a moment, as the reader's language does."""
    if isinstance(value, datetime):
        value = value.date()
    return _day(value, get_language()) if value else ""


@lru_cache(MANY)
def _day(value: date, _language: str | None) -> str:
    return date_format(value)


@register.simple_tag
def lines(template_name: str, rows: Iterable[tuple], **context: Any) -> SafeString:
    """Render the lines of a list, each once for the same values on the same day."""
    more = tuple(sorted(context.items()))
    reader = (get_language(), clock.today())
    made = [_line(template_name, values, more, reader) for values in rows]
    return SafeString("".join(made))


@lru_cache(MANY)
def _line(template_name: str, values: tuple, more: tuple, _reader: tuple) -> SafeString:
    return render_to_string(template_name, {"line": values, **dict(more)})


@register.simple_tag
def address_of(page: str, slug: str) -> str:
    """Give the address of a record's page, to be filled in by ``at`` on each line."""
    return reverse(page, args=[slug, NUMBER])


@register.filter
def at(number: str, address: str) -> str:
    """Fill a record's number into ``address_of`` its page."""
    return address.replace(NUMBER, quote(number))


@register.filter
def may(thing: Any, move: str) -> bool:
    """Ask the machine: ``{% if voucher|may:"cancel" %}``."""
    return can_proceed(getattr(thing, move))


@register.filter
def why_not(thing: Any, move: str) -> str:
    """Give the sentence against a move: ``{{ voucher|why_not:"cancel" }}``."""
    return reason_against(thing, move)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Show an amount with its currency, as the reader's language writes it."""
    if amount is None:
        return ""
    locale = to_locale(get_language() or "en")
    return format_currency(amount, currency, locale=locale, currency_digits=True)

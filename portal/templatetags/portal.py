"""State badges, deadlines, money, and what a machine allows."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol
from urllib.parse import quote

from babel import Locale
from babel.numbers import format_currency
from django import template
from django.db.models import Model
from django.forms.utils import flatatt
from django.template import Context
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from portal import clock
from portal.clock import Deadline
from portal.shown import hidden_field
from portal.states import why_not as reason_against

register = template.Library()


# What stands for the number in the address of a record.
NUMBER = "NUMBER"


@register.simple_tag(takes_context=True)
def shown_state(context: Context, *records: Any) -> SafeString:
    """Let a form carry how it shows these records: each a row, or a list of them."""
    rows: list[Model] = []
    for record in records:
        rows.extend([record] if isinstance(record, Model) else record or [])
    return hidden_field(context.get("request"), rows)


@register.simple_tag
def state_badge(row: Any) -> SafeString:
    """Show the state of a record as a badge, always with the word."""
    state, label = row.state, row.get_state_display()
    return format_html('<span class="badge-state badge-{}">{}</span>', state, label)


DEADLINE = """\
<span class="deadline deadline-{}">
  <time datetime="{}">{}</time><span class="visually-hidden">,</span>
  <span class="deadline-left">{}</span>
</span>
"""
SOON = 14


class DeadlineOwner(Protocol):
    """What lives in a time zone, as an organization does."""

    @property
    def time_zone(self) -> str: ...


@register.simple_tag
def deadline(day: date | Deadline | None, owner: DeadlineOwner | None) -> str:
    """Show a date with the days that are left where its owner is.

    Without an owner it is the program's: a promise of the sponsor's.
    """
    if day is None:
        return ""
    zone = owner.time_zone if owner else clock.PROGRAM
    due = day if isinstance(day, Deadline) else Deadline(day, zone)
    days = due.days_left
    urgency = "late" if days < 0 else "soon" if days <= SOON else "calm"
    texts = due.day.isoformat(), date_format(due.day), _days_left(days)
    return format_html(DEADLINE, urgency, *texts)


def _days_left(days: int) -> str:
    if days == 0:
        return _("today")
    if days > 0:
        phrase = ngettext("%(days)s day left", "%(days)s days left", days)
    else:
        phrase = ngettext("%(days)s day ago", "%(days)s days ago", -days)
    return phrase % {"days": abs(days)}


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """Write a date, or that of a moment, as the reader's language does."""
    if isinstance(value, datetime):
        value = value.date()
    return date_format(value) if value else ""


@register.simple_tag
def address_of(page: str, slug: str) -> str:
    """Return the address of a record's page, to be filled in by ``at`` on each line."""
    return reverse(page, args=[slug, NUMBER])


@register.filter
def at(number: str, address: str) -> str:
    """Fill a record's number into ``address_of`` its page."""
    return address.replace(NUMBER, quote(number))


@register.filter
def may(row: Any, move: str) -> bool:
    """Ask the machine: ``{% if voucher|may:"cancel" %}``."""
    return can_proceed(getattr(row, move))


@register.filter
def why_not(row: Any, move: str) -> str:
    """Return the sentence against a move: ``{{ voucher|why_not:"cancel" }}``."""
    return reason_against(row, move)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Show an amount with its currency, as the reader's language writes it."""
    if amount is None:
        return ""
    locale = _locale_of(get_language() or "en")
    return format_currency(amount, currency, locale=locale, currency_digits=True)


@register.simple_tag
def attributes(attrs: dict[str, Any], base: str = "") -> SafeString:
    """Write a widget's attributes, our class before its own; no placeholder."""
    written = {"class": base} if base else {}
    written |= {name: value for name, value in attrs.items() if name != "placeholder"}
    if base and attrs.get("class"):
        written["class"] = f"{base} {attrs['class']}"
    return format_html_join("", "{}", zip(map(_attribute, written.items())))


def _attribute(pair: tuple[str, Any]) -> str:
    name, value = pair
    if value is False:
        return ""
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', *pair)


@register.simple_tag
def options(
    groups: Iterable[tuple[str | None, list[dict[str, Any]], int]],
) -> SafeString:
    """Write the options of a select: as tags, a long list costs more than its page."""
    return SafeString("\n".join(_option_lines(groups)))


def _option_lines(
    groups: Iterable[tuple[str | None, list[dict[str, Any]], int]],
) -> Iterator[str]:
    for name, group, _index in groups:
        if name:
            yield format_html('<optgroup label="{}">', name)
        for option in group:
            value = conditional_escape(str(option["value"]))
            label = conditional_escape(option["label"])
            attrs = flatatt(option["attrs"]) if option["attrs"] else ""
            yield f'<option value="{value}"{attrs}>{label}</option>'
        if name:
            yield "</optgroup>"


@cache
def _locale_of(language: str) -> Locale:
    return Locale.parse(to_locale(language))

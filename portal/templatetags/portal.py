"""State badges, deadlines, money, and what a machine allows."""

from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from django import template
from django.utils.translation import get_language, to_locale
from django_fsm import can_proceed

from portal import clock
from portal.states import why_not as reason_against

register = template.Library()


@register.inclusion_tag("partials/state_badge.html")
def state_badge(thing: Any) -> dict[str, str]:
    """Render the state of a record as a badge, always with the word."""
    return {"state": thing.state, "label": thing.get_state_display()}


@register.inclusion_tag("partials/deadline.html")
def deadline(day: date | None) -> dict[str, Any]:
    """Render a date with the days that are left."""
    return {"date": day, "days_left": clock.days_until(day) if day else None}


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

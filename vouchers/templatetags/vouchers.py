"""What templates say of days."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format

from portal.models import Organization
from vouchers.models import LedgerEntry
from vouchers.presentation import ledger

register = template.Library()


@register.inclusion_tag("vouchers/ledger_sentence.html")
def ledger_sentence(entry: LedgerEntry, reader: Organization) -> dict[str, Any]:
    """Render an entry's sentence, with the way to its cause."""
    return {"sentence": ledger.linked_sentence_of(entry, reader)}


@register.filter
def in_words(entry: LedgerEntry) -> str:
    """Return an entry's sentence as plain text."""
    return ledger.sentence_of(entry)


@register.filter
def exact(number: Decimal) -> str:
    """Return a number without the zeros that end it: 2.500 is 2.5."""
    text = f"{number:f}"
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return number_format(Decimal(short), use_l10n=True, force_grouping=True)

"""What each entry of the ledger says of itself, and where its cause can be read."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import ngettext

from portal import clock
from portal.models import Organization
from vouchers.models import LedgerEntry
from vouchers.models.ledger import EntryType

# Stands for the cause until the sentence is cut there; nobody can type it.
CAUSE = "\x00"


@dataclass(frozen=True)
class LinkedSentence:
    """A sentence in which one thing, the cause, leads to its page."""

    before: str
    cause: str
    url: str
    after: str

    def __str__(self) -> str:
        return f"{self.before}{self.cause}{self.after}"


@dataclass(frozen=True)
class Cause:
    """What moved the days: its name and its page."""

    name: str
    url: str


def linked_sentence_of(entry: LedgerEntry, reader: Organization) -> LinkedSentence:
    """Say what an entry means, as one of the customer's people reads it."""
    sentence = SENTENCES[EntryType(entry.kind)](entry)
    before, _cause, after = sentence.partition(CAUSE)
    cause = cause_of(entry, reader)
    return LinkedSentence(before, cause.name, cause.url, after)


def sentence_of(entry: LedgerEntry) -> str:
    """Say what an entry means in plain text, for files and the sponsor's pages."""
    return str(linked_sentence_of(entry, entry.agreement.customer))


def cause_of(entry: LedgerEntry, reader: Organization) -> Cause:
    if entry.voucher:
        return Cause(entry.voucher.number, entry.voucher.url_for(reader))
    if entry.purchase:
        return Cause(entry.purchase.reference, entry.purchase.url_for(reader))
    if entry.conversion:
        is_source = entry.kind == EntryType.CONVERTED
        conversion = entry.conversion
        other = conversion.target if is_source else conversion.source
        return Cause(
            other.licensing_id,
            reverse("vouchers:conversion", args=[reader.slug, conversion.pk]),
        )
    agreement = entry.agreement
    pool = reverse("vouchers:entitlement", args=[reader.slug])
    return Cause(agreement.licensing_id, f"{pool}#agreement-{agreement.pk}")


def sentence_values(entry: LedgerEntry) -> dict[str, object]:
    voucher = entry.voucher
    return {
        "days": entry.days,
        "cause": CAUSE,
        "note": entry.note,
        "type": voucher.engagement_type if voucher else "",
    }


def sentence_of_grant(entry: LedgerEntry) -> str:
    if entry.purchase_id:
        sentence = ngettext(
            "%(days)s day was granted for order %(cause)s.",
            "%(days)s days were granted for order %(cause)s.",
            entry.days,
        )
    else:
        sentence = ngettext(
            "%(days)s day was granted under agreement %(cause)s: %(note)s",
            "%(days)s days were granted under agreement %(cause)s: %(note)s",
            entry.days,
        )
    return sentence % sentence_values(entry)


def sentence_of_hold(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "%(days)s day left the pool for voucher %(cause)s (%(type)s).",
        "%(days)s days left the pool for voucher %(cause)s (%(type)s).",
        entry.days,
    )
    return sentence % sentence_values(entry)


def sentence_of_return(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "%(days)s day came back to the pool from voucher %(cause)s (%(type)s).",
        "%(days)s days came back to the pool from voucher %(cause)s (%(type)s).",
        entry.days,
    )
    return sentence % sentence_values(entry)


def sentence_of_delivery(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "%(days)s day was delivered under voucher %(cause)s (%(type)s).",
        "%(days)s days were delivered under voucher %(cause)s (%(type)s).",
        entry.days,
    )
    return sentence % sentence_values(entry)


def sentence_of_reversal(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "The delivery of %(days)s day was reversed; voucher %(cause)s (%(type)s)"
        " holds it again.",
        "The delivery of %(days)s days was reversed; voucher %(cause)s (%(type)s)"
        " holds them again.",
        entry.days,
    )
    return sentence % sentence_values(entry)


def sentence_of_payment(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "The sponsor paid for %(days)s day of voucher %(cause)s (%(type)s).",
        "The sponsor paid for %(days)s days of voucher %(cause)s (%(type)s).",
        entry.days,
    )
    return sentence % sentence_values(entry)


def sentence_of_loss(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "%(days)s day was lost: voucher %(cause)s (%(type)s) expired after its"
        " agreement had ended.",
        "%(days)s days were lost: voucher %(cause)s (%(type)s) expired after its"
        " agreement had ended.",
        entry.days,
    )
    return sentence % sentence_values(entry)


def sentence_of_expiry(entry: LedgerEntry) -> str:
    """Say with what the free days ended: the program comes first where both did."""
    agreement = entry.agreement
    wiped_on = agreement.program.pool_wipe_on
    day = clock.day_of(entry.created_at, agreement.customer.time_zone)
    if wiped_on and day >= wiped_on:
        sentence = ngettext(
            "%(days)s free day of agreement %(cause)s expired: the program took all"
            " free days off on %(day)s.",
            "%(days)s free days of agreement %(cause)s expired: the program took all"
            " free days off on %(day)s.",
            entry.days,
        )
        return sentence % {**sentence_values(entry), "day": date_format(wiped_on)}
    sentence = ngettext(
        "%(days)s free day expired: agreement %(cause)s had ended.",
        "%(days)s free days expired: agreement %(cause)s had ended.",
        entry.days,
    )
    return sentence % sentence_values(entry)


def sentence_of_increase(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "The sponsor added %(days)s day to agreement %(cause)s: %(note)s",
        "The sponsor added %(days)s days to agreement %(cause)s: %(note)s",
        entry.days,
    )
    return sentence % sentence_values(entry)


def sentence_of_decrease(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "The sponsor took %(days)s free day off agreement %(cause)s: %(note)s",
        "The sponsor took %(days)s free days off agreement %(cause)s: %(note)s",
        entry.days,
    )
    return sentence % sentence_values(entry)


def sentence_of_conversion(entry: LedgerEntry) -> str:
    conversion = entry.conversion
    assert conversion is not None, "the database asks for it"
    words = {"program": conversion.target.program, "other": conversion.target_days}
    sentence = ngettext(
        "%(days)s day was converted to %(other)s of “%(program)s” in agreement"
        " %(cause)s.",
        "%(days)s days were converted to %(other)s of “%(program)s” in agreement"
        " %(cause)s.",
        entry.days,
    )
    return sentence % {**sentence_values(entry), **words}


def sentence_of_receipt(entry: LedgerEntry) -> str:
    conversion = entry.conversion
    assert conversion is not None, "the database asks for it"
    words = {"program": conversion.source.program, "other": conversion.source_days}
    sentence = ngettext(
        "%(days)s day came for %(other)s of “%(program)s” from agreement %(cause)s.",
        "%(days)s days came for %(other)s of “%(program)s” from agreement %(cause)s.",
        entry.days,
    )
    return sentence % {**sentence_values(entry), **words}


SENTENCES: dict[EntryType, Callable[[LedgerEntry], str]] = {
    EntryType.GRANTED: sentence_of_grant,
    EntryType.HELD: sentence_of_hold,
    EntryType.RETURNED: sentence_of_return,
    EntryType.CONSUMED: sentence_of_delivery,
    EntryType.REVERSED: sentence_of_reversal,
    EntryType.PAID: sentence_of_payment,
    EntryType.LOST: sentence_of_loss,
    EntryType.EXPIRED: sentence_of_expiry,
    EntryType.RAISED: sentence_of_increase,
    EntryType.LOWERED: sentence_of_decrease,
    EntryType.CONVERTED: sentence_of_conversion,
    EntryType.RECEIVED: sentence_of_receipt,
}

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
    thing: str
    url: str
    after: str

    def __str__(self) -> str:
        return f"{self.before}{self.thing}{self.after}"


@dataclass(frozen=True)
class Cause:
    """What moved the days: its name and its page."""

    name: str
    url: str


def told(entry: LedgerEntry, reader: Organization) -> LinkedSentence:
    """Say what an entry means, as one of the customer's people reads it."""
    sentence = SENTENCES[EntryType(entry.kind)](entry)
    before, _cause, after = sentence.partition(CAUSE)
    cause = cause_of(entry, reader)
    return LinkedSentence(before, cause.name, cause.url, after)


def sentence_of(entry: LedgerEntry) -> str:
    """Say what an entry means in plain text, for files and the sponsor's pages."""
    return str(told(entry, entry.agreement.customer))


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


def words_of(entry: LedgerEntry) -> dict[str, object]:
    voucher = entry.voucher
    return {
        "days": entry.days,
        "cause": CAUSE,
        "note": entry.note,
        "type": voucher.engagement_type if voucher else "",
    }


def granted(entry: LedgerEntry) -> str:
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
    return sentence % words_of(entry)


def held(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "%(days)s day left the pool for voucher %(cause)s (%(type)s).",
        "%(days)s days left the pool for voucher %(cause)s (%(type)s).",
        entry.days,
    )
    return sentence % words_of(entry)


def returned(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "%(days)s day came back to the pool from voucher %(cause)s (%(type)s).",
        "%(days)s days came back to the pool from voucher %(cause)s (%(type)s).",
        entry.days,
    )
    return sentence % words_of(entry)


def consumed(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "%(days)s day was delivered under voucher %(cause)s (%(type)s).",
        "%(days)s days were delivered under voucher %(cause)s (%(type)s).",
        entry.days,
    )
    return sentence % words_of(entry)


def reversed_(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "The delivery of %(days)s day was reversed; voucher %(cause)s (%(type)s)"
        " holds it again.",
        "The delivery of %(days)s days was reversed; voucher %(cause)s (%(type)s)"
        " holds them again.",
        entry.days,
    )
    return sentence % words_of(entry)


def paid(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "The sponsor paid for %(days)s day of voucher %(cause)s (%(type)s).",
        "The sponsor paid for %(days)s days of voucher %(cause)s (%(type)s).",
        entry.days,
    )
    return sentence % words_of(entry)


def lost(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "%(days)s day was lost: voucher %(cause)s (%(type)s) expired after its"
        " agreement had ended.",
        "%(days)s days were lost: voucher %(cause)s (%(type)s) expired after its"
        " agreement had ended.",
        entry.days,
    )
    return sentence % words_of(entry)


def expired(entry: LedgerEntry) -> str:
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
        return sentence % {**words_of(entry), "day": date_format(wiped_on)}
    sentence = ngettext(
        "%(days)s free day expired: agreement %(cause)s had ended.",
        "%(days)s free days expired: agreement %(cause)s had ended.",
        entry.days,
    )
    return sentence % words_of(entry)


def raised(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "The sponsor added %(days)s day to agreement %(cause)s: %(note)s",
        "The sponsor added %(days)s days to agreement %(cause)s: %(note)s",
        entry.days,
    )
    return sentence % words_of(entry)


def lowered(entry: LedgerEntry) -> str:
    sentence = ngettext(
        "The sponsor took %(days)s free day off agreement %(cause)s: %(note)s",
        "The sponsor took %(days)s free days off agreement %(cause)s: %(note)s",
        entry.days,
    )
    return sentence % words_of(entry)


def converted(entry: LedgerEntry) -> str:
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
    return sentence % {**words_of(entry), **words}


def received(entry: LedgerEntry) -> str:
    conversion = entry.conversion
    assert conversion is not None, "the database asks for it"
    words = {"program": conversion.source.program, "other": conversion.source_days}
    sentence = ngettext(
        "%(days)s day came for %(other)s of “%(program)s” from agreement %(cause)s.",
        "%(days)s days came for %(other)s of “%(program)s” from agreement %(cause)s.",
        entry.days,
    )
    return sentence % {**words_of(entry), **words}


SENTENCES: dict[EntryType, Callable[[LedgerEntry], str]] = {
    EntryType.GRANTED: granted,
    EntryType.HELD: held,
    EntryType.RETURNED: returned,
    EntryType.CONSUMED: consumed,
    EntryType.REVERSED: reversed_,
    EntryType.PAID: paid,
    EntryType.LOST: lost,
    EntryType.EXPIRED: expired,
    EntryType.RAISED: raised,
    EntryType.LOWERED: lowered,
    EntryType.CONVERTED: converted,
    EntryType.RECEIVED: received,
}

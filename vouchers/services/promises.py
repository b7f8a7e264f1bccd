"""The promise of a reservation: what held at that moment, and the rate.

Nothing of it changes later, and later checks do not fail on what it says.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from portal import clock
from portal.findings import Finding
from portal.models import Location
from vouchers.models import Reservation, Voucher
from vouchers.models.reservations import PromisedRate

# What later steps read instead of asking again.
KEPT = {"agreement", "competency", "domain", "enrollment", "offering", "training"}
# What cannot fail later. Not some consultant but the lead is asked on the first day.
# The rest is written down too, but is of that moment alone, as that it was assigned.
LASTING = KEPT | {"consultant"}


def frozen(judge: Callable[[], Iterable[Finding]]) -> list[dict[str, Any]]:
    """Write findings down as they are, in the words of now of every language.

    ``judge`` gives the findings in the language that is active when it is called.
    """
    told: dict[str, list[Finding]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            told[language] = list(judge())
    return [
        {
            "code": each.code,
            "since": each.since.isoformat() if each.since else None,
            "until": each.until.isoformat() if each.until else None,
            "words": {
                language: _words(findings[place]) for language, findings in told.items()
            },
        }
        for place, each in enumerate(told[settings.LANGUAGE_CODE])
    ]


def _words(finding: Finding) -> dict[str, str]:
    return {
        "rule": str(finding.rule),
        "found": str(finding.found),
        "needed": str(finding.needed),
    }


def promised(reservation: Reservation) -> list[Finding]:
    """Give what a reservation promised and cannot fail later, in the words of then."""
    return [each for each in judged(reservation) if each.code in LASTING]


def judged(reservation: Reservation) -> list[Finding]:
    """Give all that was judged, and held, when a voucher was reserved."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return [_read(each, language) for each in reservation.promise]


def _read(frozen_one: dict[str, Any], language: str) -> Finding:
    words = frozen_one["words"]
    said = words.get(language) or words[settings.LANGUAGE_CODE]
    return Finding(
        holds=True,
        since=_day(frozen_one["since"]),
        until=_day(frozen_one["until"]),
        code=frozen_one["code"],
        **said,
    )


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def kept(reservation: Reservation) -> list[Finding]:
    """Give what later checks read instead of asking again: promised on which day."""
    day = date_format(promised_on(reservation), "DATE_FORMAT")
    return [
        replace(
            each,
            found=_("Promised on %(day)s: %(found)s")
            % {"day": day, "found": each.found},
            # It held then; how long it would have held matters no more.
            since=promised_on(reservation),
            until=None,
        )
        for each in promised(reservation)
        if each.code in KEPT
    ]


def promised_on(reservation: Reservation) -> date:
    """Give the day of the promise, as the partner counts days."""
    return clock.day_of(reservation.reserved_at, reservation.partner.time_zone)


def rate_for(voucher: Voucher, location: Location) -> PromisedRate | None:
    """Ask the app that knows rates for the one of today; none may be set yet."""
    rate: PromisedRate | None = import_string(settings.RATE_OF_RESERVATION)(
        voucher, location
    )
    return rate

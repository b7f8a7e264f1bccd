"""What every deed on a pool shares: its entries, and whether days may still come."""

from typing import Any

from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from portal.errors import Refused
from vouchers.models import CustomerAgreement, LedgerEntry, Standing
from vouchers.models.ledger import WAYS, Kind

# Far below what the sums of a pool can count.
MOST_IN_POOL = 10_000_000


def entry(
    kind: Kind, agreement: CustomerAgreement, days: int, *, note: str = "", **cause: Any
) -> LedgerEntry:
    """Give an entry to write; ``cause`` names its purchase or its conversion.

    A purchase's number is the note of its grant.
    """
    source, target = WAYS[kind]
    purchase = cause.get("purchase")
    return LedgerEntry(
        agreement=agreement,
        customer_id=agreement.customer_id,
        kind=kind,
        source=source,
        target=target,
        days=days,
        note=purchase.reference if purchase else note,
        **cause,
    )


def refuse_pool(pool: CustomerAgreement) -> None:
    """Raise ``Refused`` where free days could not stay: they would expire at once."""
    if pool.standing == Standing.ENDED:
        raise Refused(
            _("Agreement %(agreement)s ended on %(day)s.")
            % {"agreement": pool, "day": date_format(pool.last_day)}
        )
    if pool.is_wiped:
        raise Refused(wiped(pool))


def wiped(pool: CustomerAgreement) -> str:
    """Say when the program of a pool took the free days off."""
    day = pool.program.pool_wipe_on
    assert day is not None, "it has passed"
    return _("The program took all free days off on %(day)s.") % {
        "day": date_format(day)
    }


def refuse_overflow(pool: CustomerAgreement, days: int) -> None:
    """Raise ``Refused`` for more days than the sums of a pool can count."""
    if pool.balance.free + days > MOST_IN_POOL:
        raise Refused(
            _("A pool holds at most %(most)s free days.")
            % {"most": localize(MOST_IN_POOL)},
            field="days",
        )

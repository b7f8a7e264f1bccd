"""What the clock does with vouchers: reminding and expiring."""

from datetime import date

from portal import mail
from portal.actors import CLOCK
from portal.audit import record
from portal.db import locked
from vouchers.models import ReleaseReason, State, Voucher
from vouchers.models.ledger import Kind
from vouchers.services.entitlement import move_days
from vouchers.services.people import followers
from vouchers.services.reservations import end_reservation


def expire(voucher: Voucher) -> None:
    """Close a voucher past its date.

    Its days return when the agreement still ran on the voucher's last day, whenever
    the clock gets to it, and are lost when it had ended [PSTRAIN].
    """
    with locked(voucher) as held:
        was_reserved = held.state == State.RESERVED
        held.expire()
        held.save()
        if was_reserved:
            end_reservation(held, ReleaseReason.EXPIRED, by=CLOCK)
        returns = held.agreement.is_running(held.expires_on)
        move_days(Kind.RETURNED if returns else Kind.LOST, held)
        record("voucher.expired", held, by=CLOCK, parties=held.parties)
        for person, path in followers(held):
            mail.queue(
                "voucher-expired",
                to=person,
                key=held.number,
                voucher=held,
                returns=returns,
                path=path,
            )


def remind(voucher: Voucher, today: date) -> None:
    """Tell a voucher's followers how many days are left, once per rung of the ladder.

    A rung that was missed is made up for by the next run; only the nearest is sent.
    """
    left = (voucher.expires_on - today).days
    rungs = [rung for rung in voucher.program.expiry_reminder_days if left <= rung]
    if left < 0 or not rungs:
        return
    for person, path in followers(voucher):
        mail.queue(
            "voucher-expires",
            to=person,
            key=f"{voucher.number}:{voucher.expires_on}:{min(rungs)}",
            voucher=voucher,
            days_left=left,
            path=path,
        )

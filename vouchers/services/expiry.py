"""What the clock does with vouchers: reminding and expiring."""

from datetime import date

from portal import clock, mail
from portal.actors import CLOCK
from portal.audit import record
from portal.db import locked
from portal.models import User
from portal.services import people_with
from vouchers.models import ReleaseReason, State, Voucher
from vouchers.models.entitlement import Kind
from vouchers.services.entitlement import move_days
from vouchers.services.reservations import customer_side, end_reservation
from vouchers.services.vouchers import PARTNER_SIDE


def expire(voucher: Voucher) -> None:
    """Close a voucher past its date.

    Its days return while the agreement runs and are lost when it has ended [PSTRAIN].
    """
    with locked(voucher) as held:
        was_reserved = held.state == State.RESERVED
        held.expire()
        held.save()
        if was_reserved:
            end_reservation(held, ReleaseReason.EXPIRED, by=CLOCK)
        today = clock.today(held.customer.time_zone)
        returns = held.agreement.is_running(today)
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
    ladder = voucher.agreement.program.expiry_reminder_days
    rungs = [rung for rung in ladder if left <= rung]
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


def followers(voucher: Voucher) -> list[tuple[User, str]]:
    """List who is told of a voucher's dates, each with the page of their side."""
    own = [(each, voucher.url_for(voucher.customer)) for each in customer_side(voucher)]
    if voucher.partner is None:
        return own
    theirs = people_with(voucher.partner, *PARTNER_SIDE)
    return own + [(each, voucher.url_for(voucher.partner)) for each in theirs]

"""What a new voucher is refused for; cancelling vouchers and using them up."""

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.models import EngagementType
from portal import clock
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.roles import Duty
from portal.words import listed
from vouchers.models import CustomerAgreement, State, Voucher
from vouchers.models.ledger import Kind
from vouchers.services.entitlement import move_days
from vouchers.services.people import OWNERS, tell_partner


def refuse_creation(
    pool: CustomerAgreement, wanted: Sequence[tuple[EngagementType, int]]
) -> None:
    """Raise ``Refused``, beside its field, unless such vouchers may be made today."""
    kinds = set(wanted)
    for engagement_type in {each for each, _days in kinds}:
        refuse_open(pool, engagement_type)
    for engagement_type, days in kinds:
        refuse_length(engagement_type, days)
    refuse_sum(pool, [days for _type, days in wanted])


def refuse_open(pool: CustomerAgreement, engagement_type: EngagementType) -> None:
    """Raise ``Refused`` unless vouchers of a type can be made of a pool today."""
    if not pool.activated_at:
        raise Refused(
            _("Activate the benefit of agreement %(agreement)s first.")
            % {"agreement": pool},
            field="agreement",
        )
    refuse_date(pool)
    refuse_type(pool, engagement_type)


def refuse_date(pool: CustomerAgreement) -> None:
    today = clock.today(pool.customer.time_zone)
    last_day = pool.program.creation_ends_on
    if not pool.is_running(today):
        raise Refused(
            _("Agreement %(agreement)s runs from %(start)s to %(end)s; not today.")
            % {
                "agreement": pool,
                "start": date_format(pool.starts_on),
                "end": date_format(pool.ends_on),
            },
            field="agreement",
        )
    if last_day and today > last_day:
        raise Refused(
            _("Vouchers could be created until %(day)s.")
            % {"day": date_format(last_day)}
        )


def refuse_type(pool: CustomerAgreement, engagement_type: EngagementType) -> None:
    offering = engagement_type.offering
    if offering.program_id != pool.program_id:
        raise Refused(
            _("“%(type)s” does not belong to the program of agreement %(agreement)s.")
            % {"type": engagement_type, "agreement": pool},
            field="engagement_type",
        )
    if not offering.is_open(clock.today(pool.customer.time_zone)):
        raise Refused(
            _("“%(offering)s” is not open for new vouchers today.")
            % {"offering": offering},
            field="engagement_type",
        )


def refuse_length(engagement_type: EngagementType, days: int) -> None:
    if days not in engagement_type.lengths:
        lengths = sorted(engagement_type.lengths)
        raise Refused(
            _("“%(type)s” comes in these lengths: %(lengths)s days.")
            % {"type": engagement_type, "lengths": listed(lengths)},
            field="days",
        )


def refuse_sum(pool: CustomerAgreement, lengths: Sequence[int]) -> None:
    """Raise ``Refused`` unless the pool has free days for vouchers of these lengths."""
    free, days, count = pool.balance.free, sum(lengths), len(lengths)
    if days > free:
        sentence = ngettext(
            "Agreement %(agreement)s has %(free)s free days; this voucher needs"
            " %(days)s.",
            "Agreement %(agreement)s has %(free)s free days; these %(count)s vouchers"
            " need %(days)s.",
            count,
        )
        words = {"agreement": pool, "free": free, "days": days, "count": count}
        raise Refused(sentence % words, field="days")


def cancel(voucher: Voucher, *, by: Actor) -> None:
    """Take back a voucher that no partner holds; its days return to the pool."""
    by.must_be(*OWNERS)
    with locked(voucher) as held:
        was_assigned = held.state == State.ASSIGNED
        held.cancel()
        held.save()
        move_days(Kind.RETURNED, held)
        entry = record("voucher.cancelled", held, by=by, parties=held.parties)
        if was_assigned and held.partner is not None:
            key = entry.at.isoformat()
            tell_partner("voucher-recalled", held, held.partner, key=key)


def redeem(voucher: Voucher, *, by: Actor) -> None:
    """Use a voucher up; the engagement's report is checked by the caller.

    The customer's ledger moves too, so the caller acts for both parties.
    """
    with locked(voucher) as held:
        last_day = held.engagement_type.offering.last_day_to_redeem
        if last_day and clock.today(held.customer.time_zone) > last_day:
            raise Refused(
                _("Vouchers could be redeemed until %(day)s.")
                % {"day": date_format(last_day)}
            )
        held.redeem(days=held.days)
        held.save()
        move_days(Kind.CONSUMED, held)
        record("voucher.redeemed", held, by=by, parties=held.parties)


def reverse(voucher: Voucher, *, reason: str, by: Actor) -> None:
    """Undo a redemption that was a mistake; the caller knows it is not invoiced."""
    by.must_be(Duty.DELIVERY_REVIEWER)
    with locked(voucher) as held:
        held.reverse()
        held.save()
        move_days(Kind.REVERSED, held)
        record("voucher.reversed", held, by=by, parties=held.parties, reason=reason)


def pay(voucher: Voucher, *, by: Actor) -> None:
    """Note that the sponsor has paid for the voucher."""
    with locked(voucher) as held:
        held.pay()
        held.save()
        move_days(Kind.PAID, held)
        record("voucher.paid", held, by=by, parties=held.parties)

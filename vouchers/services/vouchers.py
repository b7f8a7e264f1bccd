"""What a new voucher is refused for, and cancelling vouchers."""

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment import rules
from enrollment.models import EngagementType
from portal import clock
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused, refuse_unless
from portal.words import listed
from vouchers.models import CustomerAgreement, State, Voucher
from vouchers.models.ledger import Kind
from vouchers.services.entitlement import move_days
from vouchers.services.people import OWNERS, tell_partner
from vouchers.services.pools import wiped


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
    if not pool.is_running(today):
        raise Refused(
            _("Agreement %(agreement)s runs from %(start)s to %(end)s; not today.")
            % {
                "agreement": pool,
                "start": date_format(pool.starts_on),
                "end": date_format(pool.last_day),
            },
            field="agreement",
        )
    if pool.is_wiped:
        finding = rules.usable(pool.program, today)
        raise Refused(wiped(pool), [finding], field="agreement")


def refuse_type(pool: CustomerAgreement, engagement_type: EngagementType) -> None:
    offering = engagement_type.offering
    if offering.program_id != pool.program_id:
        raise Refused(
            _("“%(type)s” does not belong to the program of agreement %(agreement)s.")
            % {"type": engagement_type, "agreement": pool},
            field="engagement_type",
        )
    today = clock.today(pool.customer.time_zone)
    refuse_unless(rules.creatable(offering, today), field="engagement_type")
    if not offering.is_open(today):
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


def cancel(voucher: Voucher, *, by: Member) -> None:
    """Take back a voucher that no partner holds; its days return to the pool."""
    by.must_be(*OWNERS)
    with lock_row(voucher, "customer", "engagement_type") as current:
        was_assigned = current.state == State.ASSIGNED
        current.cancel()
        current.save(update_fields=["state"])
        move_days(Kind.RETURNED, current)
        entry = record("voucher.cancelled", current, by=by, parties=current.parties)
        if was_assigned and current.partner is not None:
            key = entry.at.isoformat()
            tell_partner("voucher-recalled", current, current.partner, key=key)

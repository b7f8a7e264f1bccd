"""Creating vouchers, cancelling them, and using them up."""

from dataclasses import dataclass, field

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import EngagementType
from portal import clock
from portal.actors import Actor
from portal.audit import record
from portal.db import locked, save
from portal.errors import Refused
from portal.roles import Duty
from portal.words import listed
from vouchers.models import CustomerAgreement, State, Voucher
from vouchers.models.ledger import Kind
from vouchers.numbers import new_number
from vouchers.services.entitlement import move_days
from vouchers.services.people import OWNERS, tell_partner


@dataclass(frozen=True)
class Wanted:
    """What a customer wants of a new voucher; ``days`` is its service level.

    The number is given out with the form, so that a form sent twice is known.
    """

    engagement_type: EngagementType
    days: int
    country: str
    label: str = ""
    number: str = field(default_factory=new_number)


def create(agreement: CustomerAgreement, wanted: Wanted, *, by: Actor) -> Voucher:
    """Make a voucher of free days; they leave the pool at once.

    It expires its program's number of days after today [PS-PROC, DPS21].
    """
    by.must_be(*OWNERS)
    assert by.person is not None, "a person has a role"
    # The agreement's row is the lock of its pool.
    with locked(agreement) as pool:
        made = Voucher.objects.filter(number=wanted.number).first()
        if made is not None:
            refuse_other(made, pool, wanted)
            return made
        refuse_creation(pool, wanted.engagement_type, wanted.days)
        voucher = Voucher.objects.create(
            number=wanted.number,
            agreement=pool,
            customer=pool.customer,
            engagement_type=wanted.engagement_type,
            days=wanted.days,
            country=wanted.country,
            label=wanted.label,
            admin=by.person,
            expires_on=clock.in_days(
                pool.program.voucher_life_days, pool.customer.time_zone
            ),
        )
        move_days(Kind.HELD, voucher)
        record("voucher.created", voucher, by=by, parties=voucher.parties)
        return voucher


def refuse_other(made: Voucher, pool: CustomerAgreement, wanted: Wanted) -> None:
    """Raise ``Refused`` when a form comes again with other words in it."""
    same = (made.agreement_id, made.engagement_type_id) == (
        pool.pk,
        wanted.engagement_type.pk,
    )
    words = (made.days, made.country, made.label)
    if not same or words != (wanted.days, wanted.country, wanted.label):
        raise Refused(
            _("This form has made voucher %(number)s already. Open it anew.")
            % {"number": made}
        )


def refuse_creation(
    pool: CustomerAgreement, engagement_type: EngagementType, days: int
) -> None:
    """Raise ``Refused``, beside its field, unless such a voucher may be made today."""
    if not pool.activated_at:
        raise Refused(
            _("Activate the benefit of agreement %(agreement)s first.")
            % {"agreement": pool},
            field="agreement",
        )
    refuse_date(pool)
    refuse_type(pool, engagement_type)
    refuse_days(pool, engagement_type, days)


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


def refuse_days(
    pool: CustomerAgreement, engagement_type: EngagementType, days: int
) -> None:
    if days not in engagement_type.lengths:
        lengths = sorted(engagement_type.lengths)
        raise Refused(
            _("“%(type)s” comes in these lengths: %(lengths)s days.")
            % {"type": engagement_type, "lengths": listed(lengths)},
            field="days",
        )
    if pool.balance.free < days:
        raise Refused(
            _(
                "Agreement %(agreement)s has %(free)s free days; this voucher"
                " needs %(days)s."
            )
            % {"agreement": pool, "free": pool.balance.free, "days": days},
            field="days",
        )


def cancel(voucher: Voucher, *, by: Actor) -> None:
    """Take back a voucher that no partner holds; its days return to the pool."""
    by.must_be(*OWNERS)
    with locked(voucher) as held:
        was_assigned = held.state == State.ASSIGNED
        held.cancel()
        save(held)
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

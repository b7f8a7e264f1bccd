"""Using a voucher up, undoing that, and noting its payment."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enrollment.eligibility.rules import last_days
from portal import clock
from portal.actors import Member, Staff
from portal.audit import record, record_all
from portal.db import lock_row, lock_rows, save_rows
from portal.findings import Refused, refuse_unless
from portal.roles import Duty
from vouchers.models import Voucher
from vouchers.models.ledger import EntryType
from vouchers.services import ledger


def redeem(current: Voucher, *, days: int | None = None, by: Member) -> EntryType:
    """Use a voucher up that the caller has locked, and whose report it has checked.

    ``days`` were delivered, all of them unless it is said. The rest returns to the pool
    while the agreement runs and is lost after it, as with a voucher that expires; what
    became of it is told. The customer's ledger moves too, so the caller acts for both.
    """
    days = current.days if days is None else days
    today = clock.today(current.customer.time_zone)
    offering = current.engagement_type.offering
    refuse_unless(last_days.REDEMPTION.finding(offering, today))
    _ensure_days(current, days)
    current.redeem(days=days)
    current.save()
    ledger.move_days(EntryType.CONSUMED, current, days=days)
    rest = what_becomes_of_the_rest(current)
    if days < current.days:
        ledger.move_days(rest, current, days=current.days - days)
    record("voucher.redeemed", current, by=by, parties=current.parties)
    return rest


def what_becomes_of_the_rest(voucher: Voucher) -> EntryType:
    """Tell whether days that are not delivered return today, or are lost."""
    today = clock.today(voucher.customer.time_zone)
    return EntryType.RETURNED if voucher.agreement.is_running(today) else EntryType.LOST


def _ensure_days(voucher: Voucher, days: int) -> None:
    """Raise ``Refused`` unless so many days of a voucher may be used up."""
    if days == voucher.days:
        return
    if not voucher.program.allows_fewer_days:
        raise Refused(_("The program redeems all days of a voucher, or none."))
    if not 1 <= days <= voucher.days:
        raise Refused(
            _("The voucher is for %(days)s days: redeem at least one of them.")
            % {"days": voucher.days}
        )


def reverse(voucher: Voucher, *, reason: str, by: Staff) -> None:
    """Undo a redemption that was a mistake; the caller knows it is not invoiced.

    The voucher has all its days again: what had not been delivered is taken from the
    pool once more.
    """
    by.must_be(Duty.DELIVERY_REVIEWER)
    with lock_row(voucher, "agreement") as current:
        days = current.days_used
        current.reverse()
        current.save()
        assert days is not None, "voucher_redeemed_has_its_days"
        ledger.move_days(EntryType.REVERSED, current, days=days)
        if days < current.days:
            _take_back(current, current.days - days)
        record(
            "voucher.reversed", current, by=by, parties=current.parties, reason=reason
        )


def _take_back(voucher: Voucher, days: int) -> None:
    """Take the rest of a voucher from the pool, or refuse when it is gone."""
    try:
        with transaction.atomic():
            ledger.move_days(EntryType.HELD, voucher, days=days)
    except IntegrityError as error:
        # Only the database sees what others take from the pool at this moment.
        if "balance_free_is_not_negative" not in str(error):
            raise
        raise Refused(
            _(
                "%(rest)s of the voucher's days were not delivered and left it. The"
                " pool has no longer so many free days, and the voucher needs them"
                " again."
            )
            % {"rest": days}
        ) from error


def days_used(voucher: Voucher) -> int:
    """Return the days that were delivered under a redeemed or paid voucher."""
    assert voucher.days_used is not None, "voucher_redeemed_has_its_days"
    return voucher.days_used


def pay(vouchers: Iterable[Voucher], *, by: Staff) -> None:
    """Note that the sponsor has paid for the days that were delivered, of all or none.

    Raises ``TransitionNotAllowed`` at the first that cannot be paid.
    """
    by.must_be(Duty.PAYMENT_RELEASER)
    keys = [voucher.pk for voucher in vouchers]
    with lock_rows(Voucher.objects.filter(pk__in=keys), savepoint=False) as current:
        for voucher in current:
            voucher.pay()
        save_rows(current, ["state", "paid_at"])
        ledger.post(
            ledger.voucher_entry(EntryType.PAID, voucher, days_used(voucher))
            for voucher in current
        )
        record_all(
            "voucher.paid", [(voucher, *voucher.parties) for voucher in current], by=by
        )

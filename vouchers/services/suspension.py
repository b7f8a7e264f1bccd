"""A voucher that the sponsor lets stand still for a while, with a reason."""

from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import clock
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Finding, Refused
from portal.models import AuditEntry
from portal.roles import Duty
from portal.tenancy import acting_for_all
from vouchers.models import Extension, ExtensionKind, Voucher
from vouchers.models.states import OPEN, UNUSED, in_time
from vouchers.services import notifications

# Who at the sponsor lets a voucher stand still, and lets it go on.
SUSPENDERS = (Duty.PROGRAM_MANAGER, Duty.DELIVERY_REVIEWER)


def suspend(voucher: Voucher, *, reason: str, by: Staff) -> None:
    """Let a voucher stand still: it neither moves nor expires until it goes on.

    A reservation and a scheduled engagement stay as they are meanwhile.
    """
    by.must_be(*SUSPENDERS)
    with acting_for_all(), lock_row(voucher) as current:
        _refuse(suspension_refusal(current))
        current.suspended_at = clock.now()
        current.suspension_reason = _short_reason(reason)
        current.save()
        entry = record(
            "voucher.suspended", current, by=by, parties=current.parties, reason=reason
        )
        _notify("voucher-suspended", current, entry)


def reactivate(voucher: Voucher, *, reason: str, by: Staff) -> None:
    """Let a suspended voucher go on; it lasts longer by the days it stood still."""
    by.must_be(*SUSPENDERS)
    with acting_for_all(), lock_row(voucher) as current:
        _refuse(reactivation_refusal(current))
        _return_days(current, _short_reason(reason), by)
        current.suspended_at = None
        current.suspension_reason = ""
        current.save()
        entry = record(
            "voucher.reactivated",
            current,
            by=by,
            parties=current.parties,
            reason=reason,
        )
        _notify("voucher-reactivated", current, entry)


def suspension_refusal(voucher: Voucher) -> str:
    """Say why a voucher cannot be suspended; an empty text when it can."""
    if voucher.suspended_at is not None:
        return _("The voucher is suspended already.")
    if voucher.state not in OPEN:
        return _("Nothing is left to do with this voucher.")
    if voucher.state in UNUSED and not in_time(voucher):
        return str(in_time.reason)
    return ""


def reactivation_refusal(voucher: Voucher) -> str:
    """Say why a voucher cannot be reactivated; an empty text when it can."""
    return "" if voucher.suspended_at else _("The voucher is not suspended.")


def _refuse(why_not: str) -> None:
    if why_not:
        raise Refused(why_not)


def _short_reason(reason: str) -> str:
    """Return the reason in the length that a row keeps; the trail has all of it."""
    if not reason.strip():
        raise Refused(_("Give a reason: both sides read it."), field="reason")
    return reason.strip()[:200]


def _return_days(voucher: Voucher, reason: str, by: Staff) -> None:
    """Move the last day of an unused voucher by the days it stood still."""
    days = days_still(voucher)
    if voucher.state not in UNUSED or not days:
        return
    last_day = voucher.expires_on + timedelta(days=days)
    Extension.objects.create(
        voucher=voucher,
        customer=voucher.customer,
        kind=ExtensionKind.SUSPENSION,
        before=voucher.expires_on,
        until=last_day,
        reason=reason,
        extended_by=by.person,
    )
    voucher.expires_on = last_day


def days_still(voucher: Voucher) -> int:
    """Count the days that a suspended voucher has stood still until today."""
    since = suspended_on(voucher)
    return (clock.today(voucher.customer.time_zone) - since).days


def suspended_on(voucher: Voucher) -> date:
    """Return the customer's day on which a voucher was suspended."""
    assert voucher.suspended_at is not None, "only for a suspended voucher"
    return clock.day_of(voucher.suspended_at, voucher.customer.time_zone)


def moves_on(voucher: Voucher) -> Finding:
    """Return the finding on whether a voucher is suspended, and why."""
    holds = voucher.suspended_at is None
    return Finding(
        rule=_("The voucher is not suspended"),
        holds=holds,
        found=_("It is not.") if holds else _suspended_because(voucher),
        needed=_("A voucher that the sponsor has not suspended."),
        since=None if holds else _shown_day(voucher),
        fix=""
        if holds
        else _("Wait until the sponsor reactivates it; its last day moves with it."),
        who="" if holds else _("Sponsor"),
        code="standstill",
    )


def ensure_standstill(voucher: Voucher) -> None:
    """Raise ``Refused``, with the finding, while a voucher is suspended."""
    finding = moves_on(voucher)
    if not finding.holds:
        raise Refused(_("The voucher is suspended by the sponsor."), [finding])


def _shown_day(voucher: Voucher) -> date:
    assert voucher.suspended_at is not None, "only for a suspended voucher"
    return clock.day_on_page(voucher.suspended_at)


def _suspended_because(voucher: Voucher) -> str:
    return _("Suspended on %(day)s: %(reason)s") % {
        "day": date_format(_shown_day(voucher), "DATE_FORMAT"),
        "reason": voucher.suspension_reason,
    }


def _notify(name: str, voucher: Voucher, entry: AuditEntry) -> None:
    """Tell both sides, each once, with the reason and what it means."""
    notifications.notify_followers(
        name, voucher, key=str(entry.pk), reason=entry.reason
    )

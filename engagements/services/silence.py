"""Partners that hold a voucher and schedule nothing, for the sponsor to see."""

from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.models import Engagement, EngagementState
from portal import clock
from portal.findings import Finding
from vouchers.models import State, Voucher
from vouchers.models.queries import VoucherQuerySet

LIVE = [EngagementState.SCHEDULED, EngagementState.REPORTED]


def held_in_silence(vouchers: VoucherQuerySet, days: int) -> VoucherQuerySet:
    """Keep vouchers reserved more than so many days ago with nothing scheduled."""
    long_ago = clock.now() - timedelta(days=days)
    held = vouchers.filter(state=State.RESERVED, reserved_at__lt=long_ago)
    return held.exclude(engagements__state__in=LIVE)


def findings_on_silence(voucher: Voucher) -> list[Finding]:
    """Tell for how long a partner has held a voucher without a scheduled engagement.

    For a voucher that nobody holds there is nothing to tell.
    """
    if voucher.state != State.RESERVED:
        return []
    planned = Engagement.objects.filter(voucher=voucher, state__in=LIVE).first()
    assert voucher.reserved_at is not None, "voucher_reserved_has_partner"
    reserved_on = clock.day_of(voucher.reserved_at, voucher.customer.time_zone)
    return [
        Finding(
            rule=_("The partner has scheduled the engagement"),
            holds=planned is not None,
            found=_planned(planned) if planned else _silent(voucher),
            needed=_("A first and a last day, agreed with the customer."),
            since=reserved_on,
            fix=""
            if planned
            else _(
                "Ask the partner. If it does not answer, release the reservation: the"
                " customer is told and can choose another partner."
            ),
            code="silence",
        )
    ]


def _planned(engagement: Engagement) -> str:
    return _("From %(first)s to %(last)s.") % {
        "first": date_format(engagement.starts_on),
        "last": date_format(engagement.ends_on),
    }


def _silent(voucher: Voucher) -> str:
    assert voucher.reserved_at is not None, "voucher_reserved_has_partner"
    days = (clock.now() - voucher.reserved_at).days
    words = ngettext(
        "Reserved %(days)s day ago; nothing is scheduled.",
        "Reserved %(days)s days ago; nothing is scheduled.",
        days,
    )
    return words % {"days": days}

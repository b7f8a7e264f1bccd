"""What this app adds to a voucher's page: its engagement, or the way to schedule it."""

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagements.models import Engagement
from engagements.services import DELIVERERS
from portal.actors import Member
from portal.panels import Panel
from vouchers.models import State, Voucher


def for_voucher(voucher: Voucher, actor: Member) -> Panel | None:
    """Show the engagement of the voucher's present reservation."""
    planned = Engagement.objects.visible_to(actor).filter(
        voucher=voucher, reservation__released_at=None
    )
    engagement = planned.select_related("lead").first()
    if engagement:
        return Panel(
            _("Engagement"),
            [
                (_("State"), engagement.get_state_display()),
                (_("First day"), date_format(engagement.starts_on)),
                (_("Last day"), date_format(engagement.ends_on)),
                (_("Lead consultant"), engagement.lead),
            ],
            [(_("See the engagement"), engagement.url_for(actor.organization))],
        )
    return _to_schedule(voucher, actor)


def _to_schedule(voucher: Voucher, actor: Member) -> Panel | None:
    waits = voucher.state == State.RESERVED and voucher.suspended_at is None
    if not waits or not actor.has(*DELIVERERS):
        return None
    page = reverse(
        "engagements:schedule", args=[actor.organization.slug, voucher.number]
    )
    return Panel(
        _("Engagement"),
        [(_("Next"), _("Agree on the dates with the customer, then schedule."))],
        [(_("Schedule the engagement"), page)],
    )

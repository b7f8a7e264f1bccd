"""What this app adds to a voucher's page: its payment, for the partner's people."""

from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagements.models import Engagement
from payments.models import PaymentLine
from payments.services import INVOICERS
from portal.actors import Member
from portal.panels import Panel
from vouchers.models import State, Voucher


def for_voucher(voucher: Voucher, actor: Member) -> Panel | None:
    """Show the payment request that holds the voucher, or the way to one."""
    if actor.organization.is_customer:
        return None
    held = PaymentLine.objects.visible_to(actor).filter(voucher=voucher, is_live=True)
    line = held.select_related("request").first()
    if line is None:
        return _to_request(voucher, actor)
    return Panel(
        _("Payment"),
        [
            (_("Payment request"), line.request.reference),
            (_("State"), line.request.get_state_display()),
        ],
        [(_("See the payment request"), line.request.url_for(actor.organization))],
    )


def _to_request(voucher: Voucher, actor: Member) -> Panel | None:
    if voucher.state != State.REDEEMED:
        return None
    redeemed = Engagement.objects.visible_to(actor).reported().whole()
    engagement: Any = redeemed.filter(voucher=voucher).first()
    if engagement is None:
        return None
    last_day = engagement.last_day_to_invoice
    page = reverse("payments:request", args=[actor.organization.slug])
    may = actor.has(*INVOICERS)
    return Panel(
        _("Payment"),
        [(_("Last day to request"), date_format(last_day))],
        [(_("Request payment"), f"{page}?engagement={engagement.pk}")] if may else [],
    )

"""What this app adds to a voucher's page: its payment, for the partner's people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.models import Engagement
from payments.models import PaymentLine, PaymentRequest, RequestState
from payments.services import requests
from portal import clock
from portal.actors import Member
from portal.findings import Text
from portal.registry import Panel
from vouchers.models import State, Voucher
from vouchers.models.states import USED


def for_voucher(voucher: Voucher, actor: Member) -> Panel | None:
    """Show the payment request that holds the voucher, or the way to one."""
    if actor.organization.is_customer or voucher.state not in USED:
        return None
    live_lines = PaymentLine.objects.visible_to(actor).filter(
        voucher=voucher, is_live=True
    )
    line = live_lines.select_related("request").first()
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
    redeemed = Engagement.objects.visible_to(actor).reported().with_details()
    engagement: Any = redeemed.filter(voucher=voucher).first()
    if engagement is None:
        return None
    last_day = engagement.last_day_to_invoice
    page = reverse("payments:request", args=[actor.organization.slug])
    may = actor.has(*requests.INVOICERS)
    return Panel(
        _("Payment"),
        [(_("Last day to request"), date_format(last_day))],
        [(_("Request payment"), f"{page}?engagement={engagement.pk}")] if may else [],
    )


Row = tuple[str, Any]


@dataclass(frozen=True)
class RequestStep:
    """What comes next, and until when."""

    sentence: Text
    until: Callable[[PaymentRequest], date | None] = lambda _request: None


STEPS = {
    RequestState.SUBMITTED: RequestStep(
        gettext_lazy("The sponsor checks the request. You are told by mail.")
    ),
    RequestState.ACTION_REQUIRED: RequestStep(
        gettext_lazy("Your finance people correct the request and send it again.")
    ),
    RequestState.APPROVED: RequestStep(
        gettext_lazy("The sponsor sends the money."), lambda request: request.due_on
    ),
    RequestState.PAID: RequestStep(
        gettext_lazy("Nothing is left to do: the money is sent.")
    ),
    RequestState.CANCELLED: RequestStep(
        gettext_lazy("The vouchers can be put into another request.")
    ),
}


def facts_of(request: PaymentRequest) -> list[Row]:
    """List the facts of a request, with those of its payment when it is paid."""
    rows: list[Row] = [
        (_("Reference"), request.reference),
        (_("Your invoice number"), request.invoice_number),
        (_("Your VAT number"), request.vat_number),
        (_("Location"), request.location),
        (_("Sent"), date_format(clock.on_page(request.created_at))),
        (_("Sent by"), request.submitted_by),
    ]
    payment = getattr(request, "payment", None)
    if payment:
        rows += [
            (_("Paid on"), date_format(payment.paid_on)),
            (_("Bank reference"), payment.bank_reference),
        ]
    return rows

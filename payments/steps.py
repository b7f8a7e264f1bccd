"""What pages say of a payment request: its facts, and who does what next until when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import PaymentRequest, RequestState
from portal import clock
from portal.findings import Text

Row = tuple[str, Any]


@dataclass(frozen=True)
class Step:
    """What comes next, and until when."""

    sentence: Text
    until: Callable[[PaymentRequest], date | None] = lambda _request: None


STEPS = {
    RequestState.SUBMITTED: Step(
        gettext_lazy("The sponsor checks the request. You are told by mail.")
    ),
    RequestState.ACTION_REQUIRED: Step(
        gettext_lazy("Your finance people correct the request and send it again.")
    ),
    RequestState.APPROVED: Step(
        gettext_lazy("The sponsor sends the money."), lambda request: request.due_on
    ),
    RequestState.PAID: Step(gettext_lazy("Nothing is left to do: the money is sent.")),
    RequestState.CANCELLED: Step(
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

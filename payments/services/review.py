"""The sponsor's side: checking, approving and paying; two people for the money."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from payments.models import Payment, PaymentLine, PaymentRequest
from payments.services.invoicing import INVOICERS
from portal import clock, mail
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.models import User
from portal.roles import Duty
from portal.services import people_with
from vouchers import services as vouchers
from vouchers.models import Voucher


def approve(request: PaymentRequest, *, by: Actor) -> None:
    """Approve a request; payment follows within the program's days [SAVBTR]."""
    by.must_be(Duty.PAYMENT_APPROVER)
    with locked(request) as held:
        line = held.lines.select_related(
            "voucher__engagement_type__offering__program"
        ).first()
        assert line is not None, "a request has lines"
        days = line.voucher.engagement_type.offering.program.payment_due_days
        due_on = clock.today() + timedelta(days=days)
        held.approve(approver=by.person, due_on=due_on)
        held.save()
        record("request.approved", held, by=by, parties=[held.partner_id])
        tell_partner("request-approved", held)


def give_back(request: PaymentRequest, *, reason: str, by: Actor) -> None:
    """Ask the partner to correct a request, saying what and how."""
    by.must_be(Duty.PAYMENT_APPROVER)
    with locked(request) as held:
        held.give_back(reason=reason)
        held.save()
        record(
            "request.returned", held, by=by, parties=[held.partner_id], reason=reason
        )
        tell_partner("request-returned", held)


def record_payment(
    request: PaymentRequest, *, paid_on: date, bank_reference: str, by: Actor
) -> Payment:
    """Record that the money has left; every voucher of the request is paid.

    Who approved a request does not pay it.
    """
    by.must_be(Duty.PAYMENT_RELEASER)
    with locked(request) as held:
        if held.approved_by == by.person:
            raise Refused(
                _("You approved this request: another person records its payment.")
            )
        if paid_on > clock.today():
            raise Refused(_("The payment date is in the future."), field="paid_on")
        held.pay(releaser=by.person)
        held.save()
        payment = Payment.objects.create(
            request=held,
            partner=held.partner,
            amount=held.total,
            currency=held.currency,
            paid_on=paid_on,
            bank_reference=bank_reference,
            recorded_by=by.person,
        )
        record("request.paid", held, by=by, parties=[held.partner_id])
        for line in held.lines.select_related("voucher").order_by("voucher_id"):
            vouchers.pay(line.voucher, by=by)
        tell_partner("request-paid", held, payment=payment)
        return payment


def reverse_redemption(voucher: Voucher, *, reason: str, by: Actor) -> None:
    """Undo a redemption before any payment request exists for it."""
    if PaymentLine.objects.filter(voucher=voucher, is_live=True).exists():
        raise Refused(_("The voucher is in a payment request: return that first."))
    vouchers.reverse(voucher, reason=reason, by=by)


def tell_partner(name: str, request: PaymentRequest, **context: object) -> None:
    """Tell who sent the request and the partner's finance people, each once."""
    people: list[User] = [request.submitted_by]
    people += people_with(request.partner, *INVOICERS)
    mail.queue_all(
        name,
        people,
        key=f"{request.reference}:{clock.now().isoformat()}",
        request=request,
        path=request.url_for(request.partner),
        **context,
    )

"""The sponsor's side: checking, approving and paying; two people for the money."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from payments.models import Payment, PaymentLine, PaymentRequest
from payments.services.checks import refuse_suspended
from payments.services.telling import tell_of_reversal, tell_partner
from portal import clock
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.roles import Duty
from vouchers import services as vouchers
from vouchers.models import Voucher


def approve(request: PaymentRequest, *, by: Staff) -> None:
    """Approve a request; payment follows within the program's days [SAVBTR]."""
    by.must_be(Duty.PAYMENT_APPROVER)
    with lock_row(request) as current:
        refuse_suspended(current)
        due_on = clock.in_days(_days_to_pay(current), clock.PROGRAM)
        current.approve(approver=by.person, due_on=due_on)
        current.save()
        entry = record("request.approved", current, by=by, parties=[current.partner_id])
        tell_partner("request-approved", current, entry)


def _days_to_pay(request: PaymentRequest) -> int:
    lines = request.lines.select_related("voucher__engagement_type__offering__program")
    return max(
        line.voucher.engagement_type.offering.program.payment_due_days for line in lines
    )


def give_back(request: PaymentRequest, *, reason: str, by: Staff) -> None:
    """Ask the partner to correct a request, saying what and how."""
    by.must_be(Duty.PAYMENT_APPROVER)
    if not reason.strip():
        raise Refused(_("Say what is to be corrected."), field="reason")
    with lock_row(request) as current:
        current.give_back(reason=reason)
        current.save()
        entry = record(
            "request.returned",
            current,
            by=by,
            parties=[current.partner_id],
            reason=reason,
        )
        tell_partner("request-returned", current, entry)


def record_payment(
    request: PaymentRequest, *, paid_on: date, bank_reference: str, by: Staff
) -> Payment:
    """Record that the money has left; every voucher of the request is paid.

    Who approved a request does not pay it.
    """
    by.must_be(Duty.PAYMENT_RELEASER)
    with lock_row(request) as current:
        if current.approved_by == by.person:
            raise Refused(
                _("You approved this request: another person records its payment.")
            )
        refuse_suspended(current)
        current.pay(releaser=by.person)
        _refuse_day(current, paid_on)
        current.save()
        payment = Payment.objects.create(
            request=current,
            partner=current.partner,
            amount=current.total,
            currency=current.currency,
            paid_on=paid_on,
            bank_reference=bank_reference,
            recorded_by=by.person,
        )
        entry = record("request.paid", current, by=by, parties=[current.partner_id])
        # Pool by pool: payments that share pools then wait for each other in one order.
        in_order = current.lines.order_by("voucher__agreement_id", "voucher_id")
        for line in in_order.select_related("voucher"):
            vouchers.pay(line.voucher, by=by)
        tell_partner("request-paid", current, entry, payment=payment)
        return payment


def _refuse_day(request: PaymentRequest, paid_on: date) -> None:
    if paid_on > clock.today():
        raise Refused(_("The payment date is in the future."), field="paid_on")
    assert request.approved_at is not None, "request_approved_has_approver"
    approved_on = clock.day_of(request.approved_at)
    if paid_on < approved_on:
        raise Refused(
            _("The request was approved on %(day)s: it was not paid before that day.")
            % {"day": date_format(approved_on)},
            field="paid_on",
        )


def reverse_redemption(voucher: Voucher, *, reason: str, by: Staff) -> None:
    """Undo a redemption while no payment request holds the voucher."""
    by.must_be(Duty.DELIVERY_REVIEWER)
    # Under the voucher's lock no request can take it in between.
    with lock_row(voucher) as current:
        if PaymentLine.objects.filter(voucher=current, is_live=True).exists():
            raise Refused(
                _("The voucher is in a payment request, which must be cancelled first.")
            )
        vouchers.reverse(current, reason=reason, by=by)
        tell_of_reversal(current, reason)

"""Whom to tell of a payment request, and of the payment window."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from engagements.services import notifications
from payments.models import PaymentRequest
from portal import clock, mail
from portal.models import AuditEntry, User
from portal.roles import Duty, Role
from portal.services import people as people_services
from vouchers.models import Voucher


def notify_approvers(request: PaymentRequest, entry: AuditEntry) -> None:
    """Tell the sponsor's approvers that a request waits for them."""
    mail.queue_all(
        "request-submitted",
        people_services.staff_with(Duty.PAYMENT_APPROVER),
        key=f"{request.reference}:{entry.pk}",
        request=request,
        path=reverse("admin:payments_paymentrequest_change", args=[request.pk]),
    )


def notify_partner(
    name: str, request: PaymentRequest, entry: AuditEntry, **context: Any
) -> None:
    """Tell who sent the request and the partner's finance people, each once."""
    people: list[User] = [request.submitted_by]
    people += people_services.people_with(request.partner, Role.FINANCE)
    mail.queue_all(
        name,
        people,
        key=f"{request.reference}:{entry.pk}",
        request=request,
        path=request.url_for(request.partner),
        **context,
    )


def notify_of_reversal(voucher: Voucher, reason: str) -> None:
    """Tell the partner's people that a redemption was undone, and why."""
    assert voucher.partner is not None, "voucher_reserved_has_partner"
    mail.queue_all(
        "voucher-reversed",
        people_services.people_with(
            voucher.partner, *notifications.DELIVERERS, Role.FINANCE
        ),
        key=f"{voucher.number}:{clock.now().isoformat()}",
        voucher=voucher,
        reason=reason,
        path=voucher.url_for(voucher.partner),
    )


def window_letters(engagements: list[Any]) -> Iterator[mail.Letter]:
    """Tell the partners' finance people how long payment can be requested."""
    partners = {engagement.partner_id for engagement in engagements}
    finance = people_services.people_of(partners, Role.FINANCE)
    for engagement in engagements:
        voucher, last_day = engagement.voucher, engagement.payable_until
        words = {
            "voucher": voucher,
            "partner": engagement.partner,
            "last_day": last_day,
            "days_left": engagement.days_left,
            "window": voucher.engagement_type.offering.days_to_invoice,
            "path": reverse("payments:request", args=[engagement.partner.slug]),
        }
        key = f"{engagement.pk}:{last_day}:{engagement.reminder_offset}"
        for person in finance[engagement.partner_id]:
            yield mail.Letter("payment-window", person, key, words)

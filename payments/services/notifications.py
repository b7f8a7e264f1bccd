"""Whom to tell of a payment request, and of the payment window."""

from typing import Any

from django.urls import reverse

from engagements.models import Engagement
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


def remind(engagement: Engagement) -> None:
    """Tell the partner's finance people how long payment can be requested.

    One mail per person and reminder offset of the program; only the nearest offset.
    """
    voucher = engagement.voucher
    last_day = engagement.last_day_to_invoice
    assert last_day is not None, "voucher_redeemed_has_its_moment"
    left = clock.days_until(last_day, engagement.partner.time_zone)
    offering = voucher.engagement_type.offering
    reminder_schedule = offering.program.payment_reminder_days
    reminder_offsets = [
        reminder_offset
        for reminder_offset in reminder_schedule
        if left <= reminder_offset
    ]
    if left < 0 or not reminder_offsets:
        return
    mail.queue_all(
        "payment-window",
        people_services.people_with(engagement.partner, Role.FINANCE),
        # A reversed redemption may be redeemed again, with another last day.
        key=f"{engagement.pk}:{last_day}:{min(reminder_offsets)}",
        voucher=voucher,
        partner=engagement.partner,
        last_day=last_day,
        days_left=left,
        window=offering.days_to_invoice,
        path=reverse("payments:request", args=[engagement.partner.slug]),
    )

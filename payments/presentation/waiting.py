"""What of this app waits for a person: the partner's finance people."""

from collections.abc import Iterator
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _

from engagements.models import Engagement
from payments.models import PaymentRequest, RequestState
from payments.services import requests
from portal.actors import Member
from portal.clock import Deadline
from portal.registry import Answers, Waiting, WaitingRows


def kinds_for(actor: Member, _answers: Answers) -> Iterator[WaitingRows]:
    if actor.has(*requests.INVOICERS):
        yield _to_invoice(actor)
        yield _to_correct(actor)


def _to_invoice(actor: Member) -> WaitingRows:
    page = reverse("payments:request", args=[actor.organization.slug])
    return WaitingRows(
        _("Vouchers to be paid for"),
        page,
        requests.payable_engagements(actor.organization),
        Engagement.objects.visible_to(actor).with_details(),
        partial(_invoice, page),
    )


def _invoice(page: str, engagement: Engagement) -> Waiting:
    voucher, last_day = engagement.voucher, engagement.last_day_to_invoice
    assert last_day is not None, "voucher_redeemed_has_its_moment"
    return Waiting(
        _("Request payment for voucher %(number)s") % {"number": voucher.number},
        f"{page}?engagement={engagement.pk}",
        f"{voucher.engagement_type}, {engagement.customer}",
        Deadline(last_day, engagement.partner.time_zone),
    )


def _to_correct(actor: Member) -> WaitingRows:
    slug, state = actor.organization.slug, RequestState.ACTION_REQUIRED
    own_requests = PaymentRequest.objects.visible_to(actor)
    return WaitingRows(
        _("Payment requests to correct"),
        reverse("payments:index", args=[slug], query={"state": state}),
        own_requests.in_state(state).order_by("pk"),
        own_requests,
        partial(_correct, actor),
    )


def _correct(actor: Member, request: PaymentRequest) -> Waiting:
    return Waiting(
        _("Correct payment request %(reference)s") % {"reference": request.reference},
        request.url_for(actor.organization),
        request.return_reason,
    )

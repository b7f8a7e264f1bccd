"""What of this app waits for a person: the partner's finance people."""

from django.urls import reverse
from django.utils.translation import gettext as _

from payments.models import PaymentRequest, RequestState
from payments.services import requests
from payments.services.requests import Claim
from portal.actors import Member
from portal.clock import Deadline
from portal.registry import Waiting


def tasks_for(actor: Member) -> list[Waiting]:
    if not actor.has(*requests.INVOICERS):
        return []
    page = reverse("payments:request", args=[actor.organization.slug])
    claims = [
        each for each in requests.claims_of(actor.organization) if not each.refusal
    ]
    return [*(_to_invoice(each, page) for each in claims), *_to_correct(actor)]


def _to_invoice(claim: Claim, page: str) -> Waiting:
    return Waiting(
        _("Request payment for voucher %(number)s") % {"number": claim.voucher.number},
        f"{page}?engagement={claim.engagement.pk}",
        f"{claim.voucher.engagement_type}, {claim.engagement.customer}",
        Deadline(claim.last_day, claim.engagement.partner.time_zone),
    )


def _to_correct(actor: Member) -> list[Waiting]:
    returned = PaymentRequest.objects.visible_to(actor)
    return [
        Waiting(
            _("Correct payment request %(reference)s") % {"reference": each.reference},
            each.url_for(actor.organization),
            each.return_reason,
        )
        for each in returned.in_state(RequestState.ACTION_REQUIRED)
    ]

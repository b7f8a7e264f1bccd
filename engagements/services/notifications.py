"""Who delivers engagements, and how the customer is told."""

from typing import Any

from django.utils.translation import gettext as _

from engagements.models import Engagement
from portal import mail
from portal.actors import Member
from portal.findings import Refused
from portal.models import AuditEntry
from vouchers.models import Voucher
from vouchers.services import roles

DELIVERERS = roles.HOLDERS


def ensure_own(voucher: Voucher, by: Member) -> None:
    if voucher.partner_id != by.organization_id:
        raise Refused(_("Your company does not hold this voucher."))


def notify_customer(
    name: str, engagement: Engagement, entry: AuditEntry, **context: Any
) -> None:
    """Tell the voucher's project manager of a change, each change once."""
    mail.queue_letters(letter_to_customer(name, engagement, entry, **context))


def letter_to_customer(
    name: str, engagement: Engagement, entry: AuditEntry, **context: Any
) -> mail.Letter:
    """Return what the voucher's project manager is told of a change."""
    voucher = engagement.voucher
    assert voucher.project_manager is not None, "voucher_assigned_has_manager"
    words = {
        "engagement": engagement,
        "voucher": voucher,
        "path": engagement.url_for(engagement.customer),
        **context,
    }
    key = f"{engagement.pk}:{entry.pk}"
    return mail.Letter(name, voucher.project_manager, key, words)

"""Who delivers engagements, and how the customer is told."""

from typing import Any

from django.utils.translation import gettext as _

from engagements.models import Engagement
from portal import mail
from portal.actors import Member
from portal.errors import Refused
from portal.models import AuditEntry
from vouchers import services as vouchers
from vouchers.models import Voucher

DELIVERERS = vouchers.HOLDERS


def refuse_foreign(voucher: Voucher, by: Member) -> None:
    if voucher.partner_id != by.organization_id:
        raise Refused(_("Your company does not hold this voucher."))


def tell_customer(
    name: str, engagement: Engagement, entry: AuditEntry, **context: Any
) -> None:
    """Tell the voucher's project manager of a change, each change once."""
    voucher = engagement.voucher
    assert voucher.project_manager is not None, "voucher_assigned_has_manager"
    mail.queue(
        name,
        to=voucher.project_manager,
        key=f"{engagement.pk}:{entry.pk}",
        engagement=engagement,
        voucher=voucher,
        path=engagement.url_for(engagement.customer),
        **context,
    )

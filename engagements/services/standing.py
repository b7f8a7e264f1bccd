"""What stops work in spite of a promise: the sponsor's suspension."""

from django.utils.translation import gettext as _

from engagements.models import Engagement
from engagements.services.leads import findings_on_delivery
from enrollment.delivery import judge_standing
from portal import clock
from portal.errors import Refused
from portal.findings import Finding
from portal.models import Organization
from vouchers import services as vouchers
from vouchers.models import Voucher


def findings_to_report(engagement: Engagement) -> list[Finding]:
    """Judge what filing the completion report needs, besides what is typed."""
    return [vouchers.moves_on(engagement.voucher), *findings_on_delivery(engagement)]


def findings_to_redeem(engagement: Engagement) -> list[Finding]:
    """Judge what redeeming needs, besides the report itself."""
    return [
        on_standing(engagement.voucher, engagement.partner),
        *findings_to_report(engagement),
    ]


def on_standing(voucher: Voucher, partner: Organization) -> Finding:
    today = clock.today(partner.time_zone)
    return judge_standing(partner, voucher.program, today)


def refuse_standing(voucher: Voucher, partner: Organization) -> None:
    """Raise ``Refused`` while the sponsor suspends the voucher, or its partner."""
    vouchers.refuse_standstill(voucher)
    finding = on_standing(voucher, partner)
    if not finding.holds:
        raise Refused(_("Your company's enrollment is suspended."), [finding])

"""What stops work in spite of a promise: the sponsor's suspension."""

from django.utils.translation import gettext as _

from engagements.models import Engagement
from engagements.services.leads import findings_on_delivery
from enrollment.delivery import facts_for, judge_standing
from enrollment.facts import Facts
from portal.errors import Refused
from portal.findings import Finding
from vouchers import services as vouchers
from vouchers.models import Voucher


def findings_to_report(
    engagement: Engagement, facts: Facts | None = None
) -> list[Finding]:
    """Judge what filing the completion report needs, besides what is typed."""
    findings = findings_on_delivery(engagement, facts)
    return [vouchers.moves_on(engagement.voucher), *findings]


def findings_to_redeem(engagement: Engagement) -> list[Finding]:
    """Judge what redeeming needs, besides the report itself."""
    facts = facts_for(engagement.partner, engagement.voucher.engagement_type)
    return [on_standing(facts), *findings_to_report(engagement, facts)]


def on_standing(facts: Facts) -> Finding:
    return judge_standing(facts, facts.today)


def refuse_standing(voucher: Voucher, facts: Facts) -> None:
    """Raise ``Refused`` while the sponsor suspends the voucher, or its partner."""
    vouchers.refuse_standstill(voucher)
    finding = on_standing(facts)
    if not finding.holds:
        raise Refused(_("Your company's enrollment is suspended."), [finding])

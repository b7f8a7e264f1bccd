"""The lead consultant: who can be chosen, who leads now, and what speaks against it."""

from collections.abc import Iterable
from functools import cache

from django.utils.translation import gettext as _

from engagements.models import Engagement, EngagementState
from engagements.services.people import DELIVERERS, refuse_foreign, tell_customer
from enrollment.delivery import facts_for, judge_delivery, judge_lead
from enrollment.facts import Facts, facts_of
from enrollment.models import Program
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.findings import Finding, unmet
from portal.models import Organization, User
from portal.roles import Role
from portal.services import people_with
from vouchers import services as vouchers


def findings_on_delivery(
    engagement: Engagement, facts: Facts | None = None
) -> list[Finding]:
    """Judge lead and competency on the first day: what a report and redeeming need.

    What the reservation promised holds, whatever has become of it.
    """
    facts = facts or facts_for(engagement.partner, engagement.voucher.engagement_type)
    return _on_delivery(engagement, facts)


def findings_on_all(engagements: Iterable[Engagement]) -> list[Finding]:
    """Judge engagements of one partner; facts are loaded once for each program."""

    @cache
    def facts_in(partner: Organization, program: Program) -> Facts:
        return facts_of(partner, program)

    return [
        finding
        for each in engagements
        for finding in _on_delivery(each, facts_in(each.partner, each.voucher.program))
    ]


def _on_delivery(engagement: Engagement, facts: Facts) -> list[Finding]:
    reservation = engagement.reservation
    reservation.partner = engagement.partner
    return judge_delivery(
        facts,
        engagement.voucher.engagement_type,
        engagement.lead,
        engagement.starts_on,
        vouchers.kept(reservation),
    )


def refuse_undeliverable(engagement: Engagement, facts: Facts) -> None:
    """Raise ``Refused`` unless it began with a competency and a certified lead."""
    findings = findings_on_delivery(engagement, facts)
    if unmet(findings):
        raise Refused(
            _("On its first day, the engagement did not meet the program's rules."),
            findings,
        )


def refuse_lead(engagement: Engagement, lead: User, facts: Facts) -> None:
    """Raise ``Refused`` unless a colleague may lead the engagement from its start."""
    if lead not in people_with(engagement.partner, *Role):
        raise Refused(
            _("%(name)s does not belong to your company.") % {"name": lead},
            field="lead",
        )
    engagement.lead = lead
    refuse_uncertified(engagement, facts, "lead")


def refuse_uncertified(engagement: Engagement, facts: Facts, field: str) -> None:
    """Raise ``Refused`` unless the lead is certified on the first day [SEED]."""
    engagement_type = engagement.voucher.engagement_type
    findings = judge_lead(facts, engagement_type, engagement.lead, engagement.starts_on)
    if unmet(findings):
        raise Refused(
            _("%(name)s cannot lead this engagement.") % {"name": engagement.lead},
            findings,
            field=field,
        )


def give_lead(engagement: Engagement, *, lead: User, by: Member) -> None:
    """Let another colleague lead an engagement that is not reported yet."""
    by.must_be(*DELIVERERS)
    with lock_row(engagement) as current:
        refuse_foreign(current.voucher, by)
        if current.state != EngagementState.SCHEDULED:
            raise Refused(_("Only a scheduled engagement can change its lead."))
        if current.lead == lead:
            return
        facts = facts_for(current.partner, current.voucher.engagement_type)
        refuse_lead(current, lead, facts)
        current.save()
        entry = record(
            "engagement.lead_changed", current, by=by, parties=current.parties
        )
        tell_customer("engagement-lead-changed", current, entry)

"""Whether a partner may reserve a voucher: every rule, held against the facts."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment import eligibility
from enrollment.facts import Facts, facts_of, know_qualifications
from enrollment.models import Signature
from portal.findings import Finding, all_hold
from portal.models import Organization
from portal.states import why_not
from vouchers.models import State, Voucher


def findings_for_reservation(voucher: Voucher, partner: Organization) -> list[Finding]:
    """Hold a reservation by a partner against every rule; changes nothing."""
    return judge_reservation(voucher, facts_for(voucher, partner))


def facts_for(voucher: Voucher, partner: Organization) -> Facts:
    """Load, once, all by which a reservation is judged."""
    know_qualifications(voucher.engagement_type)
    return facts_of(partner, voucher.program, only_asked=True)


def judge_reservation(voucher: Voucher, facts: Facts) -> list[Finding]:
    """Hold a reservation against every rule; reads nothing that is not loaded.

    What the partner must have is judged for today at the partner's own place.
    """
    return [
        can_be_reserved(voucher),
        is_open_to(voucher, facts.partner),
        *eligibility.judge(
            facts, voucher.engagement_type, facts.today, voucher.country
        ),
    ]


@dataclass(frozen=True)
class Offer:
    """What a partner reads before it reserves: every rule, and the terms it signed."""

    findings: list[Finding]
    signature: Signature | None

    @property
    def is_open(self) -> bool:
        return self.signature is not None and all_hold(self.findings)


def offer_to(partner: Organization, voucher: Voucher) -> Offer:
    facts = facts_for(voucher, partner)
    return Offer(judge_reservation(voucher, facts), facts.signature_on(facts.today))


def can_be_reserved(voucher: Voucher) -> Finding:
    refusal = why_not(voucher, "reserve")
    last_day = date_format(voucher.expires_on)
    return Finding(
        rule=_("The voucher can be reserved"),
        holds=not refusal,
        found=refusal or _("Assigned, valid until %(day)s.") % {"day": last_day},
        needed=_("Assigned, not expired and not reserved by a partner."),
        fix=_what_helps(voucher) if refusal else "",
        code="voucher",
    )


def _what_helps(voucher: Voucher) -> str:
    """Say what would let a voucher be reserved that cannot be now."""
    if voucher.suspended_at is not None:
        return _("Wait until the sponsor reactivates the voucher.")
    if voucher.state == State.CREATED:
        return _("Ask the customer to assign the voucher.")
    if voucher.state == State.RESERVED:
        return _("The partner that holds it can give it back.")
    return _("Ask the customer for another voucher.")


def is_open_to(voucher: Voucher, partner: Organization) -> Finding:
    holds = voucher.partner_id in (None, partner.pk)
    return Finding(
        rule=_("The voucher is meant for your company"),
        holds=holds,
        found=_("Your company or any partner.") if holds else _("Another partner."),
        needed=_("Assigned to your company, or to no partner by name."),
        fix=_("Ask the customer to assign the voucher to your company."),
        code="partner",
    )

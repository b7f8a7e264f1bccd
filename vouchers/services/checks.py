"""Whether a partner may reserve a voucher: every rule, held against the facts."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment import eligibility
from enrollment.models import Signature
from portal import clock
from portal.findings import Finding, all_hold
from portal.models import Organization
from portal.states import why_not
from vouchers.models import State, Voucher


def findings_for_reservation(voucher: Voucher, partner: Organization) -> list[Finding]:
    """Hold a reservation by a partner against every rule; changes nothing."""
    today = clock.today(voucher.customer.time_zone)
    return [
        can_be_reserved(voucher),
        is_open_to(voucher, partner),
        before_last_day(voucher),
        *eligibility.findings_for(
            partner, voucher.engagement_type, today, voucher.country
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
    today = clock.today(voucher.customer.time_zone)
    return Offer(
        findings_for_reservation(voucher, partner),
        eligibility.signature_for(partner, voucher.program, today),
    )


def can_be_reserved(voucher: Voucher) -> Finding:
    refusal = why_not(voucher, "reserve")
    last_day = date_format(voucher.expires_on)
    return Finding(
        rule=_("The voucher can be reserved"),
        holds=not refusal,
        found=refusal or _("Assigned, valid until %(day)s.") % {"day": last_day},
        needed=_("Assigned, not expired and not reserved by a partner."),
        fix=_("Ask the customer to assign the voucher.")
        if voucher.state == State.CREATED
        else _("Ask the customer for another voucher."),
    )


def is_open_to(voucher: Voucher, partner: Organization) -> Finding:
    holds = voucher.partner_id in (None, partner.pk)
    return Finding(
        rule=_("The voucher is meant for your company"),
        holds=holds,
        found=_("Your company or any partner.") if holds else _("Another partner."),
        needed=_("Assigned to your company, or to no partner by name."),
        fix=_("Ask the customer to assign the voucher to your company."),
    )


def before_last_day(voucher: Voucher) -> Finding:
    last_day = voucher.engagement_type.offering.last_day_to_reserve
    holds = last_day is None or clock.today(voucher.customer.time_zone) <= last_day
    return Finding(
        rule=_("The program takes reservations"),
        holds=holds,
        found=_("Open.") if holds else _("Closed."),
        needed=_("Before the program's last day to reserve."),
        until=last_day,
        fix=_("No voucher of this program can be reserved any more."),
    )

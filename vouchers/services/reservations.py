"""How a partner reserves a voucher, and how the reservation ends."""

from functools import partial

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from enrollment.facts import Facts
from enrollment.models import Signature
from portal import clock
from portal.actors import Actor, Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.findings import unmet
from portal.models import Location
from portal.models.organizations import introduce
from portal.roles import Duty
from portal.states import why_not
from portal.tenancy import acting_for, acting_for_all, also_for
from vouchers.models import ReleaseReason, Reservation, Voucher
from vouchers.models.reservations import OF_PARTNER
from vouchers.models.vouchers import TYPE
from vouchers.services.checks import facts_for, judge_reservation
from vouchers.services.people import HOLDERS, tell_customer, tell_partner
from vouchers.services.promises import frozen, rate_for

# What the end of a hold is told with, read with the voucher.
WITH = ("customer", "partner", TYPE)


def reserve(
    voucher: Voucher, *, location: Location, accepts_terms: bool, by: Member
) -> Reservation:
    """Hold a voucher for the caller's partner under a location and its signed terms."""
    by.must_be(*HOLDERS)
    if not accepts_terms:
        raise Refused(
            _("Accept the program's terms to reserve."), field="accepts_terms"
        )
    # Both parties' rows are needed: the voucher may name no partner yet.
    with (
        acting_for(voucher.customer_id, by.organization.pk),
        lock_row(voucher, "customer", TYPE) as current,
    ):
        facts = facts_for(current, by.organization)
        refuse_reservation(current, location, facts)
        # What is promised is what was just judged: before the voucher moves on.
        promise = frozen(partial(judge_reservation, current, facts))
        current.reserve(partner=by.organization)
        current.save()
        assert current.reserved_at is not None, "voucher_reserved_has_partner"
        reservation = Reservation(
            voucher=current,
            customer=current.customer,
            partner=by.organization,
            location=location,
            signature=terms_for(facts),
            reserved_by=by.person,
            reserved_at=current.reserved_at,
            promise=promise,
        )
        reservation.promise_rate(rate_for(current, location))
        reservation.save()
        introduce(current.customer, by.organization)
        record("voucher.reserved", current, by=by, parties=current.parties)
        tell_customer("voucher-reserved", current, key=str(reservation.pk))
        return reservation


def refuse_reservation(voucher: Voucher, location: Location, facts: Facts) -> None:
    """Raise ``Refused`` unless a locked voucher may be reserved under a location."""
    refusal = why_not(voucher, "reserve")
    if refusal:
        raise Refused(refusal)
    if location.organization_id != facts.partner.pk:
        raise Refused(_("Choose a location of your company."), field="location")
    if location.country != voucher.country:
        raise Refused(
            _("The voucher is for %(country)s: choose a location there.")
            % {"country": voucher.country_name},
            field="location",
        )
    findings = judge_reservation(voucher, facts)
    if unmet(findings):
        raise Refused(_("Your company cannot reserve this voucher."), findings)


def terms_for(facts: Facts) -> Signature:
    """Give the signature under whose terms an eligible partner reserves."""
    signature = facts.signature_on(facts.today)
    assert signature is not None, "a finding of eligibility"
    return signature


def live_reservation(voucher: Voucher) -> Reservation | None:
    """Give the hold on a voucher, whose place and terms both parties may read."""
    with also_for(*voucher.parties):
        whole = Reservation.objects.live().select_related(
            "location",
            "partner",
            "reserved_by",
            "signature__agreement",
            "signature__partner",
        )
        found: Reservation | None = whole.filter(voucher=voucher).first()
        return found


def terms_of(reservation_pk: int) -> str:
    """Name the terms of a reservation; both its parties may read them."""
    partner = Reservation.objects.values_list("partner").get(pk=reservation_pk)
    with also_for(*partner):
        whole = Reservation.objects.select_related(
            "signature__agreement", "signature__partner"
        )
        return whole.get(pk=reservation_pk).signature.terms


def release(voucher: Voucher, *, reason: str, by: Member) -> None:
    """Give a reserved voucher back, with a reason from the program's list [VVT]."""
    by.must_be(*HOLDERS)
    if reason not in OF_PARTNER:
        raise Refused(_("Choose one of the reasons."), field="reason")
    # The released row is no longer the partner's: this works for both parties.
    with (
        acting_for(voucher.customer_id, by.organization_id),
        lock_row(voucher, *WITH) as current,
    ):
        if current.partner_id != by.organization_id:
            raise Refused(_("Your company does not hold this voucher."))
        _release(current, ReleaseReason(reason), by=by)


def release_silent(voucher: Voucher, *, reason: str, by: Staff) -> None:
    """Release the hold of a partner that does not answer; for the sponsor."""
    by.must_be(Duty.DELIVERY_REVIEWER, Duty.PROGRAM_MANAGER)
    with acting_for_all(), lock_row(voucher, *WITH) as current:
        partner = current.partner
        reservation = _release(current, ReleaseReason.SILENT, by=by, words=reason)
        assert partner is not None, "voucher_reserved_has_partner"
        key = str(reservation.pk)
        tell_partner("voucher-hold-released", current, partner, key=key, reason=reason)


def _release(
    current: Voucher, reason: ReleaseReason, *, by: Member | Staff, words: str = ""
) -> Reservation:
    partner, parties = current.partner, current.parties
    current.release()
    current.save()
    reservation = end_reservation(current, reason, by=by)
    why = words or str(reason.label)
    record("voucher.released", current, by=by, parties=parties, reason=why)
    key = str(reservation.pk)
    tell_customer(
        "voucher-released", current, key=key, partner=partner, reason=reason.label
    )
    return reservation


def end_reservation(
    voucher: Voucher, reason: ReleaseReason, *, by: Actor
) -> Reservation:
    """Close the live reservation of a locked voucher and tell the apps above."""
    reservation = Reservation.objects.live().get(voucher=voucher)
    reservation.released_at = clock.now()
    reservation.release_reason = reason
    reservation.save()
    for name in settings.WHEN_RESERVATION_ENDS:
        import_string(name)([reservation], by=by)
    return reservation

"""How a partner finds, checks, reserves and releases a voucher."""

from django.conf import settings
from django.core import signing
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from enrollment import eligibility
from enrollment.models import Signature
from portal import clock, limits, mail
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.findings import Finding, unmet
from portal.models import Location, Organization, User
from portal.models.organizations import introduce
from portal.roles import Duty
from portal.services import people_with
from portal.states import why_not
from portal.tenancy import acting_for_all
from vouchers.models import ReleaseReason, Reservation, Voucher
from vouchers.models.vouchers import VoucherQuerySet
from vouchers.services.vouchers import PARTNER_SIDE

# Who at the partner validates, reserves and releases.
HOLDERS = PARTNER_SIDE
PROOF_LIFE_SECONDS = 60 * 60


def find_by_number(number: str, email: str, *, by: Actor) -> Voucher:
    """Find a voucher by its number and its admin's e-mail address; changes nothing.

    ``number`` is well-formed (``read_number``). Attempts are counted per organization.
    One sentence for every miss, so that numbers and addresses cannot be probed.
    """
    by.must_be(*HOLDERS)
    limits.count_attempt("voucher", by.organization_id, limits.lookup_limit())
    with acting_for_all():
        found = _whole().filter(number=number, admin__email=email.strip().lower())
        voucher = found.first()
    if voucher is None:
        raise Refused(
            _(
                "There is no voucher with this number and this voucher admin. Check"
                " both in the customer's mail."
            )
        )
    return voucher


def proof_of(voucher: Voucher, *, by: Actor) -> str:
    """Give a word that proves, for an hour, that the partner knew number and e-mail."""
    return signing.dumps([voucher.pk, by.organization_id], salt="voucher-proof")


def to_reserve(number: str, proof: str, *, by: Actor) -> Voucher | None:
    """Find the voucher of a reservation page: named for the partner, or proved."""
    named = Voucher.objects.visible_to(by).for_list().filter(number=number).first()
    if named is not None or not proof:
        return named
    try:
        pk, partner = signing.loads(
            proof, salt="voucher-proof", max_age=PROOF_LIFE_SECONDS
        )
    except signing.BadSignature:
        return None
    if partner != by.organization_id:
        return None
    with acting_for_all():
        return _whole().filter(pk=pk, number=number).first()


def _whole() -> VoucherQuerySet:
    return Voucher.objects.for_list().select_related("agreement__program", "admin")


def findings_for_reservation(
    voucher: Voucher, partner: Organization, country: str = ""
) -> list[Finding]:
    """Hold a reservation by a partner against every rule; changes nothing.

    ``country`` is that of the chosen location; without one, any location counts.
    """
    today = clock.today(voucher.customer.time_zone)
    with acting_for_all():
        return [
            _may_move(voucher),
            _is_open_to(voucher, partner),
            _before_last_day(voucher),
            *eligibility.findings_for(
                partner, voucher.engagement_type, today, voucher.country
            ),
            *([_in_country(voucher, country)] if country else []),
        ]


def _may_move(voucher: Voucher) -> Finding:
    refusal = why_not(voucher, "reserve")
    return Finding(
        rule=_("The voucher can be reserved"),
        holds=not refusal,
        found=refusal
        or _("Assigned, valid until %(day)s.") % {"day": voucher.expires_on},
        needed=_("Assigned, not expired and not reserved by a partner."),
        until=voucher.expires_on,
        fix=_("Ask the customer for another voucher.") if refusal else "",
    )


def _is_open_to(voucher: Voucher, partner: Organization) -> Finding:
    holds = voucher.partner_id in (None, partner.pk)
    return Finding(
        rule=_("The voucher is meant for your company"),
        holds=holds,
        found=_("Your company.") if holds else _("Another partner."),
        needed=_("Assigned to your company, or to no partner by name."),
        fix="" if holds else _("Ask the customer to assign it to your company."),
    )


def _before_last_day(voucher: Voucher) -> Finding:
    last_day = voucher.agreement.program.reservation_ends_on
    today = clock.today(voucher.customer.time_zone)
    holds = last_day is None or today <= last_day
    return Finding(
        rule=_("The program takes reservations"),
        holds=holds,
        found=_("Open.") if holds else _("Closed since %(day)s.") % {"day": last_day},
        needed=_("Before the program's last day to reserve."),
        until=last_day,
    )


def _in_country(voucher: Voucher, country: str) -> Finding:
    holds = country == voucher.country
    return Finding(
        rule=_("The chosen location is in the country of delivery"),
        holds=holds,
        found=country,
        needed=voucher.country_name,
        fix=""
        if holds
        else _("Choose or add a location in %(country)s.")
        % {"country": voucher.country_name},
    )


def reserve(
    voucher: Voucher, *, location: Location, accepts_terms: bool, by: Actor
) -> Reservation:
    """Hold a voucher for the caller's partner under a location and its signed terms."""
    by.must_be(*HOLDERS)
    assert by.organization is not None, "a holder has an organization"
    if not accepts_terms:
        raise Refused(
            _("Accept the program's terms to reserve."), field="accepts_terms"
        )
    # Both parties' rows are needed: the voucher may name no partner yet.
    with acting_for_all(), locked(voucher) as held:
        _refuse_reservation(held, location, by.organization)
        held.reserve(partner=by.organization)
        held.save()
        reservation = Reservation.objects.create(
            voucher=held,
            customer=held.customer,
            partner=by.organization,
            location=location,
            signature=_terms(held, by.organization),
            reserved_by=by.person,
            reserved_at=held.reserved_at,
        )
        introduce(held.customer, by.organization)
        record("voucher.reserved", held, by=by, parties=held.parties)
        tell_customer("voucher-reserved", held, key=str(reservation.pk))
        return reservation


def _refuse_reservation(
    voucher: Voucher, location: Location, partner: Organization
) -> None:
    if location.organization_id != partner.pk:
        raise Refused(_("Choose a location of your company."), field="location")
    refusal = why_not(voucher, "reserve")
    if refusal:
        raise Refused(refusal)
    findings = findings_for_reservation(voucher, partner, location.country)
    if unmet(findings):
        raise Refused(_("The voucher cannot be reserved."), findings)


def _terms(voucher: Voucher, partner: Organization) -> Signature:
    program = voucher.agreement.program
    signature = eligibility.signature_for(partner, program, clock.today())
    assert signature is not None, "a finding of eligibility"
    return signature


def release(voucher: Voucher, *, reason: str, by: Actor) -> None:
    """Give a reserved voucher back, with a reason from the program's list [VVT]."""
    by.must_be(*HOLDERS)
    if voucher.partner_id != by.organization_id:
        raise Refused(_("Your company does not hold this voucher."))
    _release(voucher, ReleaseReason(reason), by=by)


def release_silent(voucher: Voucher, *, reason: str, by: Actor) -> None:
    """Release the hold of a partner that does not answer; for the sponsor."""
    by.must_be(Duty.DELIVERY_REVIEWER, Duty.PROGRAM_MANAGER)
    _release(voucher, ReleaseReason.SILENT, by=by, words=reason)


def _release(
    voucher: Voucher, reason: ReleaseReason, *, by: Actor, words: str = ""
) -> None:
    # The released row is no longer the partner's: this works for both parties.
    with acting_for_all(), locked(voucher) as held:
        partner, parties = held.partner, held.parties
        held.release()
        held.save()
        reservation = end_reservation(held, reason, by=by)
        record(
            "voucher.released",
            held,
            by=by,
            parties=parties,
            reason=words or str(reason.label),
        )
        tell_customer(
            "voucher-released",
            held,
            key=str(reservation.pk),
            partner=partner,
            reason=reason.label,
        )
        if partner is not None and by.organization_id != partner.pk:
            mail.queue_all(
                "voucher-hold-released",
                people_with(partner, *HOLDERS),
                key=str(reservation.pk),
                voucher=held,
                reason=words,
            )


def end_reservation(
    voucher: Voucher, reason: ReleaseReason, *, by: Actor
) -> Reservation:
    """Close the live reservation of a locked voucher and tell the apps above."""
    reservation = Reservation.objects.live().get(voucher=voucher)
    reservation.released_at = clock.now()
    reservation.release_reason = reason
    reservation.save()
    for name in settings.WHEN_RESERVATION_ENDS:
        import_string(name)(reservation, by=by)
    return reservation


def customer_side(voucher: Voucher) -> list[User]:
    """List who at the customer follows a voucher: its admin and project manager."""
    people = [voucher.admin, voucher.project_manager]
    return [person for person in people if person is not None]


def tell_customer(name: str, voucher: Voucher, *, key: str, **context: object) -> None:
    mail.queue_all(
        name,
        customer_side(voucher),
        key=f"{voucher.number}:{key}",
        voucher=voucher,
        path=voucher.url_for(voucher.customer),
        **context,
    )

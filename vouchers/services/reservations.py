"""How a partner reserves a voucher, and how the reservation ends."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils import translation
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from enrollment.eligibility import engine, facts
from enrollment.eligibility.facts import Extent, Facts
from enrollment.models import Signature
from portal import clock, limits
from portal.actors import Actor, Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Finding, Refused, all_hold, unmet_findings
from portal.models import Location, Organization
from portal.models.organizations import introduce
from portal.roles import Duty
from portal.states import why_not
from portal.tenancy import acting_for, acting_for_all, also_for
from vouchers.models import ReleaseReason, Reservation, State, Voucher
from vouchers.models.reservations import OF_PARTNER, PromisedRate
from vouchers.services import notifications, roles, vouchers_sql

# What the end of a hold is told with.
AT_HAND = ("customer", "partner", "engagement_type")


def reserve(
    voucher: Voucher, *, location: Location, accepts_terms: bool, by: Member
) -> Reservation:
    """Hold a voucher for the caller's partner under a location and its signed terms."""
    by.must_be(*roles.HOLDERS)
    if not accepts_terms:
        raise Refused(
            _("Accept the program's terms to reserve."), field="accepts_terms"
        )
    # Both parties' rows are needed: the voucher may name no partner yet.
    with (
        acting_for(voucher.customer_id, by.organization.pk, person=by.person_id),
        lock_row(
            voucher, at_hand=("customer", "engagement_type"), savepoint=False
        ) as current,
    ):
        facts = facts_for(current, by.organization)
        ensure_reservation(current, location, facts)
        # What is promised is what was just judged: before the voucher moves on.
        promise = serialize_findings(partial(check_reservation, current, facts))
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
        location.organization = by.organization  # as was ensured
        reservation.promise_rate(rate_for(current, location))
        reservation.save()
        introduce(current.customer, by.organization)
        record("voucher.reserved", current, by=by, parties=current.parties)
        notifications.notify_customer(
            "voucher-reserved", current, key=str(reservation.pk)
        )
        return reservation


def ensure_reservation(voucher: Voucher, location: Location, facts: Facts) -> None:
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
    findings = check_reservation(voucher, facts)
    if unmet_findings(findings):
        raise Refused(_("Your company cannot reserve this voucher."), findings)


def terms_for(facts: Facts) -> Signature:
    """Return the signature under whose terms an eligible partner reserves."""
    signature = facts.signature_on(facts.today)
    assert signature is not None, "a finding of eligibility"
    return signature


def live_reservation(voucher: Voucher) -> Reservation | None:
    """Return the hold on a voucher, whose place and terms both parties may read."""
    if not voucher.is_held:
        return None
    with also_for(*voucher.parties):
        reservations = Reservation.objects.live().select_related(
            "location",
            "partner",
            "reserved_by",
            "signature__agreement",
            "signature__partner",
        )
        reservation: Reservation | None = reservations.filter(voucher=voucher).first()
        return reservation


def terms_of(reservation_pk: int) -> str:
    """Name the terms of a reservation; both its parties may read them."""
    partner = Reservation.objects.values_list("partner").get(pk=reservation_pk)
    with also_for(*partner):
        reservations = Reservation.objects.select_related(
            "signature__agreement", "signature__partner"
        )
        return reservations.get(pk=reservation_pk).signature.terms


def release(voucher: Voucher, *, reason: str, by: Member) -> None:
    """Release a reserved voucher, with a reason from the program's list [VVT]."""
    by.must_be(*roles.HOLDERS)
    if reason not in OF_PARTNER:
        raise Refused(_("Choose one of the reasons."), field="reason")
    # The released row is no longer the partner's: this works for both parties.
    with (
        acting_for(voucher.customer_id, by.organization_id, person=by.person_id),
        lock_row(voucher, at_hand=AT_HAND, savepoint=False) as current,
    ):
        if current.partner_id != by.organization_id:
            raise Refused(_("Your company does not hold this voucher."))
        _release(current, ReleaseReason(reason), by=by)


def release_silent(voucher: Voucher, *, reason: str, by: Staff) -> None:
    """Release the hold of a partner that does not answer; for the sponsor."""
    by.must_be(Duty.DELIVERY_REVIEWER, Duty.PROGRAM_MANAGER)
    with acting_for_all(), lock_row(voucher, at_hand=AT_HAND) as current:
        partner = current.partner
        reservation = _release(current, ReleaseReason.SILENT, by=by, words=reason)
        assert partner is not None, "voucher_reserved_has_partner"
        key = str(reservation.pk)
        notifications.notify_partner(
            "voucher-hold-released", current, partner, key=key, reason=reason
        )


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
    notifications.notify_customer(
        "voucher-released", current, key=key, partner=partner, reason=reason.label
    )
    return reservation


def end_reservation(
    voucher: Voucher, reason: ReleaseReason, *, by: Actor
) -> Reservation:
    """Close the live reservation of a locked voucher and tell the apps above."""
    reservation = Reservation.objects.live().get(voucher=voucher)
    reservation.voucher = voucher
    reservation.released_at = clock.now()
    reservation.release_reason = reason
    reservation.save(update_fields=["released_at", "release_reason"])
    for name in settings.WHEN_RESERVATION_ENDS:
        import_string(name)([reservation], by=by)
    return reservation


def check_reservation_of(voucher: Voucher, partner: Organization) -> list[Finding]:
    """Check a reservation by a partner against every rule; changes nothing."""
    return check_reservation(voucher, facts_for(voucher, partner))


def facts_for(voucher: Voucher, partner: Organization) -> Facts:
    """Load, once, all by which a reservation is judged."""
    facts.know_qualifications(voucher.engagement_type)
    [known] = facts.facts_to_judge([partner], voucher.program, for_place=True)
    return known


def check_reservation(voucher: Voucher, facts: Facts) -> list[Finding]:
    """Check a reservation against every rule, from loaded facts alone.

    What the partner must have is judged for today at the partner's own place.
    """
    return [
        reservable_finding(voucher),
        is_open_to(voucher, facts.partner),
        *engine.check_facts(
            facts, voucher.engagement_type, facts.today, voucher.country
        ),
    ]


@dataclass(frozen=True)
class ReservationOffer:
    """What a partner reads before it reserves: every rule, and the terms it signed."""

    findings: list[Finding]
    signature: Signature | None

    @property
    def is_open(self) -> bool:
        return self.signature is not None and all_hold(self.findings)


def offer_to(partner: Organization, voucher: Voucher) -> ReservationOffer:
    facts.know_qualifications(voucher.engagement_type)
    # The text of the terms is shown: all of the facts is read at once.
    known = facts.facts_of(partner, voucher.program, Extent(only_asked=True))
    return ReservationOffer(
        check_reservation(voucher, known), known.signature_on(known.today)
    )


def reservable_finding(voucher: Voucher) -> Finding:
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


PROOF = "voucher-proof"
PROOF_LIFE_SECONDS = 60 * 60


def find_by_number(number: str, email: str, *, by: Member) -> Voucher:
    """Find a voucher by its number and its admin's e-mail address; changes nothing.

    ``number`` is well-formed (``read_number``). Attempts that fail are counted: of the
    person, and more widely of the organization, so that one colleague's typing mistakes
    do not stop the others.
    """
    by.must_be(*roles.HOLDERS)
    own, shared = settings.VOUCHER_LOOKUP_LIMIT, settings.VOUCHER_LOOKUP_COMPANY_LIMIT
    with (
        limits.count_failures("voucher", by.person_id, own),
        limits.count_failures("voucher-company", by.organization_id, shared),
    ):
        return _proved_voucher(number, email, by)


def _proved_voucher(number: str, email: str, by: Member) -> Voucher:
    """Return the voucher that both words name, or refuse.

    Any address that its admin has verified is good: the main one may have changed since
    the customer handed the voucher on.
    """
    customer = vouchers_sql.customer_of_voucher(number, email.strip().lower())
    if customer is None:
        # One sentence for every miss, so that numbers and addresses cannot be probed.
        raise Refused(
            _(
                "There is no voucher with this number and this voucher admin. Check"
                " both in the customer's mail."
            )
        )
    with acting_for(customer, by.organization_id):
        return Voucher.objects.with_details().get(number=number)


def proof_token(voucher: Voucher, *, by: Member) -> str:
    """Return a word that proves for an hour that the partner knew number and e-mail."""
    known = [voucher.pk, voucher.customer_id, by.organization_id]
    return signing.dumps(known, salt=PROOF)


def to_reserve(number: str, proof: str, *, by: Member) -> Voucher | None:
    """Find the voucher of a reservation page: named for the partner, or proved."""
    voucher: Voucher | None = (
        Voucher.objects.visible_to(by).with_details().filter(number=number).first()
    )
    if voucher is not None or not proof:
        return voucher
    try:
        pk, customer, partner = signing.loads(
            proof, salt=PROOF, max_age=PROOF_LIFE_SECONDS
        )
    except signing.BadSignature:
        return None
    if partner != by.organization_id:
        return None
    with acting_for(customer, partner):
        return Voucher.objects.with_details().filter(pk=pk, number=number).first()


# What later steps read instead of asking again.
KEPT = {"agreement", "competency", "domain", "enrollment", "offering", "training"}
# What cannot fail later. Not some consultant but the lead is asked on the first day.
# The rest is written down too, but is of that moment alone, as that it was assigned.
LASTING = KEPT | {"consultant"}


def serialize_findings(judge: Callable[[], Iterable[Finding]]) -> list[dict[str, Any]]:
    """Serialize findings in the words of today, in every language.

    ``judge`` gives the findings in the language that is active when it is called.
    """
    findings_by_language: dict[str, list[Finding]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            findings_by_language[language] = list(judge())
    return [
        {
            "code": finding.code,
            "since": finding.since.isoformat() if finding.since else None,
            "until": finding.until.isoformat() if finding.until else None,
            "words": {
                language: _words(findings[place])
                for language, findings in findings_by_language.items()
            },
        }
        for place, finding in enumerate(findings_by_language[settings.LANGUAGE_CODE])
    ]


def _words(finding: Finding) -> dict[str, str]:
    return {
        "rule": str(finding.rule),
        "found": str(finding.found),
        "needed": str(finding.needed),
    }


def promised_findings(reservation: Reservation) -> list[Finding]:
    """Return what a reservation promised for good, in the words of then."""
    return [
        finding
        for finding in findings_on_promise(reservation)
        if finding.code in LASTING
    ]


def findings_on_promise(reservation: Reservation) -> list[Finding]:
    """Return all that was judged, and held, when a voucher was reserved."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return [_read_finding(finding, language) for finding in reservation.promise]


def _read_finding(frozen_one: dict[str, Any], language: str) -> Finding:
    words = frozen_one["words"]
    text = words.get(language) or words[settings.LANGUAGE_CODE]
    return Finding(
        holds=True,
        since=_day(frozen_one["since"]),
        until=_day(frozen_one["until"]),
        code=frozen_one["code"],
        **text,
    )


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def guaranteed_findings(reservation: Reservation) -> list[Finding]:
    """Return what later checks read instead of asking again: promised on which day."""
    promised_on = clock.day_on_page(reservation.reserved_at)
    day = date_format(promised_on, "DATE_FORMAT")
    return [
        replace(
            finding,
            found=_("Promised on %(day)s: %(found)s")
            % {"day": day, "found": finding.found},
            # It held then; how long it would have held matters no more.
            since=promised_on,
            until=None,
        )
        for finding in promised_findings(reservation)
        if finding.code in KEPT
    ]


def rate_for(voucher: Voucher, location: Location) -> PromisedRate | None:
    """Ask the app that knows rates for the one of today; none may be set yet."""
    rate: PromisedRate | None = import_string(settings.RATE_OF_RESERVATION)(
        voucher, location
    )
    return rate

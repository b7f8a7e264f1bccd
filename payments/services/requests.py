"""What a partner can be paid for: redeemed vouchers, their rates and last days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision
from django.db import IntegrityError, transaction
from django.db.models import (
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    prefetch_related_objects,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagements.models import Engagement, EngagementQuerySet
from payments.models import PaymentLine, PaymentRequest, Rate
from payments.models.requests import invoice_key
from payments.services import invoices, notifications
from portal import clock, zones
from portal.actors import Member
from portal.audit import record
from portal.db import hand_on, lock_row
from portal.findings import Refused
from portal.models import Organization
from portal.reminders import Reminder
from portal.reminders_sql import FirstOffset, on_offset
from portal.roles import Role
from portal.zones import DayIn, days_from, local_day
from vouchers.models import Reservation, State, Voucher
from vouchers.models.numbers import new_number
from vouchers.models.reservations import PromisedRate
from vouchers.models.vouchers import TYPE


@dataclass(frozen=True)
class Claim:
    """A redeemed voucher that waits to be invoiced: at which rate, until when."""

    engagement: Engagement
    rate: PromisedRate | None

    @property
    def last_day(self) -> date:
        last_day = self.engagement.last_day_to_invoice
        assert last_day is not None, "voucher_redeemed_has_its_moment"
        return last_day

    @property
    def voucher(self) -> Voucher:
        return self.engagement.voucher

    @property
    def amount(self) -> Decimal:
        """Return the days times the rate, which has the digits of its currency."""
        assert self.rate is not None, "a claim without refusal has a rate"
        return self.days * self.rate.amount_per_day

    @property
    def days(self) -> int:
        """Return the days delivered, which may be fewer than the voucher's."""
        assert self.voucher.days_used is not None, "voucher_redeemed_has_its_days"
        return self.voucher.days_used

    @property
    def currency(self) -> str:
        return self.rate.currency if self.rate else ""

    @property
    def refusal(self) -> str:
        """Say why the voucher cannot be invoiced; empty when it can."""
        if clock.today(self.engagement.partner.time_zone) > self.last_day:
            return _("Payment for %(number)s could be requested until %(day)s.") % {
                "number": self.voucher.number,
                "day": date_format(self.last_day),
            }
        if self.rate is None:
            return _(
                "There is no rate for %(offering)s in %(country)s yet; the sponsor"
                " adds it."
            ) % {
                "offering": self.voucher.engagement_type.offering,
                "country": self.engagement.reservation.location.country_name,
            }
        return ""


def to_invoice(partner: Organization) -> EngagementQuerySet:
    """Return the redeemed engagements of a partner that no live request holds.

    Each comes with its last day to request payment, ``payable_until``.
    """
    redeemed_on = _day_of("voucher__redeemed_at", partner)
    # The voucher's partner is the same: its index leads to the few that are redeemed.
    own = _with_last_day(redeemed_on).filter(partner=partner, voucher__partner=partner)
    related = own.select_related("reservation__location", "customer")
    return related.order_by("payable_until", "pk")


def _uninvoiced_engagements() -> EngagementQuerySet:
    redeemed = Engagement.objects.reported().filter(voucher__state=State.REDEEMED)
    return redeemed.exclude(voucher__payment_lines__is_live=True)


def _with_last_day(redeemed_on: Combinable) -> EngagementQuerySet:
    offering = "voucher__engagement_type__offering__"
    window = Coalesce(
        f"{offering}payment_window_days", f"{offering}program__payment_window_days"
    )
    last_day = Func(
        redeemed_on,
        Cast(window, IntegerField()),
        function="DATE_PLI",
        output_field=DateField(),
    )
    dated = _uninvoiced_engagements().annotate(payable_until=last_day)
    return dated.select_related(
        "voucher__engagement_type__offering__program", "partner"
    )


def _to_remind() -> EngagementQuerySet:
    """Return those whose last day to request payment is as near as an offset."""
    today = local_day("partner__time_zone", clock.now())
    days = F("voucher__engagement_type__offering__program__payment_reminder_days")
    redeemed_on = DayIn("partner__time_zone", F("voucher__redeemed_at"))
    dated = _with_last_day(redeemed_on).annotate(
        days_left=days_from(F("payable_until"), today)
    )
    due: EngagementQuerySet = on_offset(dated, FirstOffset(days, F("days_left")))
    return due.filter(days_left__gte=0).select_related("voucher__customer")


# A reversed redemption may be redeemed again, with another last day: the key has it.
WINDOW_REMINDER = Reminder(
    "Engagement", _to_remind, notifications.window_letters, marks=()
)


def payable_engagements(partner: Organization) -> EngagementQuerySet:
    """Return what a partner can be paid for today, the soonest last day first."""
    return to_invoice(partner).filter(_is_payable(partner))


def engagements_barred(partner: Organization) -> EngagementQuerySet:
    """Return what is redeemed and cannot be invoiced, the latest first."""
    rest = to_invoice(partner).exclude(_is_payable(partner))
    return rest.order_by("-payable_until", "-pk")


def _is_payable(partner: Organization) -> Q:
    """Say in SQL what ``Claim.refusal`` says of one: in time, and with a rate."""
    today = clock.today(partner.time_zone)
    unrated = Reservation.objects.filter(
        ~Exists(_rates_begun(partner)), pk=OuterRef("reservation"), rate_per_day=None
    )
    return Q(payable_until__gte=today) & Q(~Exists(unrated))


def in_currency(
    engagements: EngagementQuerySet, currency: str, partner: Organization
) -> EngagementQuerySet:
    """Keep what is paid in a currency: by its promise, or by the rate of its day.

    The engagements are a partner's.
    """
    newest = (
        _rates_begun(partner, "reservation__")
        .order_by("-valid_from")
        .values("currency")[:1]
    )
    paid_in = Coalesce(
        NullIf("reservation__rate_currency", Value("")), Subquery(newest)
    )
    return engagements.alias(paid_in=paid_in).filter(paid_in=currency)


def _day_of(moment: str | OuterRef, partner: Organization) -> Cast:
    """Return the date of a moment at one partner: its zone need not be asked."""
    zone = Value(zones.zone(partner.time_zone).key)
    there = Func(zone, moment, function="timezone", output_field=DateTimeField())
    return Cast(there, DateField())


def _rates_begun(partner: Organization, path: str = "") -> QuerySet[Rate]:
    """Return the rates of a reservation's place on its day."""
    return Rate.objects.filter(
        offering=OuterRef(f"{path}voucher__engagement_type__offering"),
        country=OuterRef(f"{path}location__country"),
        valid_from__lte=_day_of(OuterRef(f"{path}reserved_at"), partner),
    )


# What of an engagement its claim is computed and shown from.
OF_CLAIM = (
    *("voucher__number", "voucher__days_used", "voucher__redeemed_at"),
    *("voucher__engagement_type__offering__code",),
    *("voucher__engagement_type__offering__name",),
    *("voucher__engagement_type__offering__payment_window_days",),
    *("voucher__engagement_type__offering__program__payment_window_days",),
    *("reservation__reserved_at", "reservation__rate_per_day"),
    *("reservation__rate_currency", "reservation__rate_valid_from"),
    *("reservation__location__name", "reservation__location__country"),
    *("customer__name", "partner__time_zone"),
)


def claims_by_key(keys: Iterable[int]) -> dict[int, Claim]:
    """Return the claims of engagements that the caller has found, by their keys."""
    related = Engagement.objects.select_related(
        "voucher__engagement_type__offering__program",
        "reservation__location",
        "customer",
        "partner",
    )
    engagements = related.only(*OF_CLAIM).in_bulk(list(keys))
    return {claim.engagement.pk: claim for claim in claims_of(engagements.values())}


def claims_of(engagements: Iterable[Engagement]) -> list[Claim]:
    """Return the engagements that wait to be invoiced, with their rates."""
    engagements = list(engagements)
    rates = _rates_for([e for e in engagements if not e.reservation.promised_rate])
    return [Claim(e, _rate_of(e, rates)) for e in engagements]


def _rates_for(engagements: Sequence[Engagement]) -> list[Rate]:
    """Return the rates of the offerings and countries of engagements, oldest first."""
    if not engagements:
        return []
    rates = Rate.objects.filter(
        offering__in={e.voucher.engagement_type.offering for e in engagements},
        country__in={e.reservation.location.country for e in engagements},
    )
    return list(rates.order_by("valid_from"))


def _rate_of(engagement: Engagement, rates: Sequence[Rate]) -> PromisedRate | None:
    """Return the promised rate, whatever the sponsor's rates say now [PS-NEWS].

    Where none was, it is the one of the country of performance on the day of the
    reservation, as it is known now.
    """
    reservation = engagement.reservation
    if reservation.promised_rate:
        return reservation.promised_rate
    day = clock.day_of(reservation.reserved_at, engagement.partner.time_zone)
    offering = engagement.voucher.engagement_type.offering
    country = reservation.location.country
    begun = [rate for rate in rates if rate.covers(offering, country, day)]
    return begun[-1].promise if begun else None


def tax_on(net: Decimal, percent: Decimal, currency: str) -> Decimal:
    """Return the tax, rounded once, half up, to the currency's digits."""
    digits = Decimal(1).scaleb(-get_currency_precision(currency))
    return (net * percent / 100).quantize(digits, ROUND_HALF_UP)


INVOICERS = (Role.FINANCE,)


@dataclass(frozen=True)
class Invoice:
    """What the partner states of its own invoice; ``tax_rate`` is in percent."""

    number: str
    vat_number: str = ""
    tax_rate: Decimal = Decimal(0)


@dataclass(frozen=True)
class Draft:
    """A payment request with its lines as it would be sent: nothing is saved."""

    request: PaymentRequest
    lines: list[PaymentLine]


def draft(engagements: Sequence[Engagement], invoice: Invoice, *, by: Member) -> Draft:
    """Compute a payment request, or refuse it as sending would; changes nothing."""
    by.must_be(*INVOICERS)
    claims = _claims_chosen(engagements, by.organization)
    _ensure_mixture(claims)
    request = PaymentRequest(
        reference=f"PR-{new_number()}",
        partner=by.organization,
        location=claims[0].engagement.reservation.location,
        currency=claims[0].currency,
        net=sum((claim.amount for claim in claims), Decimal(0)),
        submitted_by=by.person,
    )
    _state_invoice(request, invoice)
    return Draft(request, [_line(request, claim) for claim in claims])


def submit(
    engagements: Sequence[Engagement], invoice: Invoice, *, by: Member
) -> PaymentRequest:
    """Request payment for redeemed vouchers of one location and one currency.

    The vouchers are locked first, so that none gets into two requests.
    """
    by.must_be(*INVOICERS)
    with transaction.atomic():
        _lock_vouchers(engagements)
        drafted = draft(engagements, invoice, by=by)
        request = drafted.request
        _save(request)
        PaymentLine.objects.bulk_create(drafted.lines)
        entry = record(
            "request.submitted", request, by=by, parties=[request.partner_id]
        )
        notifications.notify_approvers(request, entry)
        invoices.ask_for_invoice(request)
        return request


def _lock_vouchers(engagements: Sequence[Engagement]) -> None:
    pks = [engagement.voucher_id for engagement in engagements]
    locks = Voucher.objects.select_for_update(of=("self",), no_key=True)
    list(locks.filter(pk__in=pks).order_by("pk"))


def _claims_chosen(
    engagements: Sequence[Engagement], partner: Organization
) -> list[Claim]:
    keys = {engagement.pk for engagement in engagements}
    if not keys:
        raise Refused(_("Choose at least one voucher."), field="engagements")
    read_again = claims_of(_read_again(engagements, partner))
    claims = sorted(read_again, key=lambda claim: (claim.last_day, claim.engagement.pk))
    if len(claims) < len(keys):
        raise Refused(
            _("One of the vouchers is in a payment request already, or not redeemed."),
            field="engagements",
        )
    refusals = [claim.refusal for claim in claims if claim.refusal]
    if refusals:
        raise Refused(" ".join(refusals), field="engagements")
    return claims


def _read_again(
    engagements: Sequence[Engagement], partner: Organization
) -> list[Engagement]:
    """Read what is chosen as it is now; what the voucher is for stays at hand."""
    prefetch_related_objects(engagements, f"voucher__{TYPE}")
    by_key = {engagement.pk: engagement for engagement in engagements}
    rows = _uninvoiced_engagements().filter(pk__in=by_key, partner=partner)
    current = list(rows.select_related("voucher", "reservation__location"))
    for engagement in current:
        engagement.partner = partner
        before = by_key[engagement.pk].voucher
        hand_on(before, engagement.voucher, ["engagement_type"])
    return current


def _ensure_mixture(claims: list[Claim]) -> None:
    locations = {claim.engagement.reservation.location_id for claim in claims}
    if len(locations) > 1 or len({claim.currency for claim in claims}) > 1:
        raise Refused(
            _(
                "One request is for one location and one currency. Send a request for"
                " each."
            ),
            field="engagements",
        )


def _state_invoice(request: PaymentRequest, invoice: Invoice) -> None:
    """Write what the partner states into the request, and the sums that follow."""
    request.invoice_number = invoice.number
    request.invoice_key = invoice_key(invoice.number)
    request.vat_number = invoice.vat_number
    request.tax_rate = invoice.tax_rate
    request.tax = tax_on(request.net, invoice.tax_rate, request.currency)
    request.total = request.net + request.tax
    _ensure_number(request)


def _ensure_number(request: PaymentRequest) -> None:
    """Refuse an invoice number without signs, or one that the partner has used."""
    if not request.invoice_key:
        raise Refused(
            _("An invoice number has at least one letter or digit."),
            field="invoice_number",
        )
    others = PaymentRequest.objects.with_invoice(
        request.partner, request.invoice_key
    ).exclude(pk=request.pk)
    if others.exists():
        raise _number_used_refusal(request, others.first())


def _number_used_refusal(
    request: PaymentRequest, other: PaymentRequest | None
) -> Refused:
    return Refused(
        _("You have used the invoice number %(number)s before.")
        % {"number": request.invoice_number},
        field="invoice_number",
        see=(other.url_for(request.partner), other.reference) if other else None,
    )


def _line(request: PaymentRequest, claim: Claim) -> PaymentLine:
    assert claim.rate is not None, "a claim without refusal has a rate"
    return PaymentLine(
        request=request,
        partner=request.partner,
        voucher=claim.voucher,
        engagement=claim.engagement,
        days=claim.days,
        rate=claim.rate.amount_per_day,
        amount=claim.amount,
    )


def _save(request: PaymentRequest) -> None:
    """Save, and put into words what only the database sees: two users of one number."""
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:
        if "request_invoice_number_once" not in str(error):
            raise
        same_number = PaymentRequest.objects.with_invoice(
            request.partner, request.invoice_key
        )
        raise _number_used_refusal(
            request, same_number.exclude(pk=request.pk).first()
        ) from error


def resubmit(request: PaymentRequest, invoice: Invoice, *, by: Member) -> None:
    """Send a returned request again, corrected; its invoice is made anew."""
    by.must_be(*INVOICERS)
    with lock_row(request) as current:
        ensure_own(current, by)
        current.resubmit()
        _state_invoice(current, invoice)
        _save(current)
        entry = record(
            "request.resubmitted", current, by=by, parties=[current.partner_id]
        )
        notifications.notify_approvers(current, entry)
        invoices.ask_for_invoice(current)


def cancel(request: PaymentRequest, *, by: Member) -> None:
    """Withdraw a request that is not approved; its vouchers are free again."""
    by.must_be(*INVOICERS)
    with lock_row(request) as current:
        ensure_own(current, by)
        current.cancel()
        current.save()
        current.lines.update(is_live=False)
        record("request.cancelled", current, by=by, parties=[current.partner_id])


def ensure_own(request: PaymentRequest, by: Member) -> None:
    if request.partner_id != by.organization_id:
        raise Refused(_("This payment request is not your company's."))

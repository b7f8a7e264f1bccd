"""The partner's side: requesting payment for redeemed vouchers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from babel.numbers import get_currency_precision
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from engagements.models import Engagement
from payments.invoices import render_invoice
from payments.models import PaymentLine, PaymentRequest, Rate, RequestState
from payments.models.requests import invoice_key
from portal import clock, documents, mail
from portal.actors import CLOCK, Actor
from portal.audit import record
from portal.celery import app
from portal.db import locked
from portal.errors import Refused
from portal.models import Organization
from portal.roles import Duty, Role
from portal.services import people_with, staff_with
from vouchers.models import State, Voucher
from vouchers.numbers import new_number

INVOICERS = (Role.FINANCE,)


@dataclass(frozen=True)
class Invoice:
    """What the partner states of its own invoice; ``tax_rate`` is in percent."""

    number: str
    vat_number: str = ""
    tax_rate: Decimal = Decimal(0)


def to_invoice(partner: Organization) -> list[Engagement]:
    """List the redeemed engagements of a partner that no live request holds."""
    redeemed = Engagement.objects.filter(
        partner=partner, voucher__state=State.REDEEMED
    ).exclude(voucher__payment_lines__is_live=True)
    return list(
        redeemed.select_related(
            "voucher__engagement_type__offering__program",
            "voucher__customer",
            "reservation__location",
            "customer",
        ).order_by("voucher__redeemed_at", "pk")
    )


def last_day_to_invoice(voucher: Voucher) -> date:
    """Give the last day on which payment can be requested [DPS21]."""
    assert voucher.redeemed_at is not None, "voucher_redeemed_has_its_moment"
    window = voucher.engagement_type.offering.program.payment_window_days
    return voucher.redeemed_at.date() + timedelta(days=window)


def submit(
    engagements: Sequence[Engagement], invoice: Invoice, *, by: Actor
) -> PaymentRequest:
    """Request payment for redeemed vouchers of one location and one currency.

    The vouchers are locked first, so that none gets into two requests.
    """
    by.must_be(*INVOICERS)
    assert by.organization is not None, "an invoicer has an organization"
    with transaction.atomic():
        chosen = _locked_choice(engagements, by.organization)
        rates = [_rate_of(engagement) for engagement in chosen]
        _refuse_mixture(chosen, rates)
        request = _new_request(chosen, rates, invoice, by)
        _save(request)
        PaymentLine.objects.bulk_create(_lines(request, chosen, rates))
        record("request.submitted", request, by=by, parties=[request.partner_id])
        tell_approvers(request)
        ask_for_invoice(request)
        return request


def _locked_choice(
    engagements: Sequence[Engagement], partner: Organization
) -> list[Engagement]:
    if not engagements:
        raise Refused(_("Choose at least one voucher."), field="engagements")
    pks = [engagement.voucher_id for engagement in engagements]
    locks = Voucher.objects.select_for_update(of=("self",)).filter(pk__in=pks)
    list(locks.order_by("pk"))
    wanted = {engagement.pk for engagement in engagements}
    chosen = [each for each in to_invoice(partner) if each.pk in wanted]
    if len(chosen) < len(wanted):
        raise Refused(
            _("One of the vouchers is in a payment request already, or not redeemed."),
            field="engagements",
        )
    for engagement in chosen:
        _refuse_late(engagement)
    return chosen


def _refuse_late(engagement: Engagement) -> None:
    last_day = last_day_to_invoice(engagement.voucher)
    if clock.today(engagement.partner.time_zone) > last_day:
        raise Refused(
            _("Payment for %(number)s could be requested until %(day)s.")
            % {"number": engagement.voucher.number, "day": last_day},
            field="engagements",
        )


def _rate_of(engagement: Engagement) -> Rate:
    """Give the rate of the country of performance on the day of reservation."""
    voucher = engagement.voucher
    country = engagement.reservation.location.country
    rate = Rate.objects.for_delivery(
        voucher.engagement_type.offering,
        country,
        engagement.reservation.reserved_at.date(),
    )
    if rate is None:
        raise Refused(
            _("There is no rate for %(offering)s in %(country)s. The sponsor adds it.")
            % {
                "offering": voucher.engagement_type.offering,
                "country": engagement.reservation.location.country_name,
            },
            field="engagements",
        )
    return rate


def _refuse_mixture(chosen: list[Engagement], rates: list[Rate]) -> None:
    locations = {engagement.reservation.location_id for engagement in chosen}
    if len(locations) > 1 or len({rate.currency for rate in rates}) > 1:
        raise Refused(
            _(
                "One request is for one location and one currency. Send a request for"
                " each."
            ),
            field="engagements",
        )


def _new_request(
    chosen: list[Engagement], rates: list[Rate], invoice: Invoice, by: Actor
) -> PaymentRequest:
    currency = rates[0].currency
    net = sum(
        (
            each.voucher.days * rate.amount_per_day
            for each, rate in zip(chosen, rates, strict=True)
        ),
        Decimal(0),
    )
    tax = tax_on(net, invoice.tax_rate, currency)
    return PaymentRequest(
        reference=f"PR-{new_number()}",
        partner_id=by.organization_id,
        location=chosen[0].reservation.location,
        invoice_number=invoice.number,
        invoice_key=invoice_key(invoice.number),
        vat_number=invoice.vat_number,
        currency=currency,
        net=net,
        tax_rate=invoice.tax_rate,
        tax=tax,
        total=net + tax,
        submitted_by_id=by.person_id,
    )


def tax_on(net: Decimal, percent: Decimal, currency: str) -> Decimal:
    """Give the tax, rounded once, half up, to the currency's digits."""
    digits = Decimal(1).scaleb(-get_currency_precision(currency))
    return (net * percent / 100).quantize(digits, ROUND_HALF_UP)


def _lines(
    request: PaymentRequest, chosen: list[Engagement], rates: list[Rate]
) -> list[PaymentLine]:
    return [
        PaymentLine(
            request=request,
            partner_id=request.partner_id,
            voucher=engagement.voucher,
            engagement=engagement,
            days=engagement.voucher.days,
            rate=rate.amount_per_day,
            amount=engagement.voucher.days * rate.amount_per_day,
        )
        for engagement, rate in zip(chosen, rates, strict=True)
    ]


def _save(request: PaymentRequest) -> None:
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:
        if "request_invoice_number_once" not in str(error):
            raise
        raise Refused(
            _("You have used the invoice number %(number)s before.")
            % {"number": request.invoice_number},
            field="invoice_number",
        ) from error


def resubmit(request: PaymentRequest, invoice: Invoice, *, by: Actor) -> None:
    """Send a returned request again, corrected; its invoice is made anew."""
    by.must_be(*INVOICERS)
    with locked(request) as held:
        held.resubmit()
        held.invoice_number = invoice.number
        held.invoice_key = invoice_key(invoice.number)
        held.vat_number = invoice.vat_number
        held.tax_rate = invoice.tax_rate
        held.tax = tax_on(held.net, invoice.tax_rate, held.currency)
        held.total = held.net + held.tax
        _save(held)
        record("request.resubmitted", held, by=by, parties=[held.partner_id])
        tell_approvers(held)
        ask_for_invoice(held)


def cancel(request: PaymentRequest, *, by: Actor) -> None:
    """Withdraw a request that is not approved; its vouchers are free again."""
    by.must_be(*INVOICERS)
    with locked(request) as held:
        held.cancel()
        held.save()
        held.lines.update(is_live=False)
        record("request.cancelled", held, by=by, parties=[held.partner_id])


def tell_approvers(request: PaymentRequest) -> None:
    mail.queue_all(
        "request-submitted",
        staff_with(Duty.PAYMENT_APPROVER),
        key=f"{request.reference}:{clock.now().isoformat()}",
        request=request,
    )


def ask_for_invoice(request: PaymentRequest) -> None:
    """Let a worker make the invoice after the commit; the sweep finds what is missed."""
    task = app.signature("payments.tasks.file_invoice", args=[request.pk])
    transaction.on_commit(partial(task.delay), robust=True)


def attach_invoice(request: PaymentRequest) -> bool:
    """Make the invoice of a request and keep it; tells whether one was missing."""
    with locked(request) as held:
        if held.invoice_id or held.state != RequestState.SUBMITTED:
            return False
        pdf = render_invoice(held)
        held.invoice = documents.keep(
            ContentFile(pdf),
            name=f"{held.reference}.pdf",
            parties=[held.partner_id],
        )
        held.save()
        record("request.invoiced", held, by=CLOCK, parties=[held.partner_id])
        return True


def remind(engagement: Engagement) -> None:
    """Tell the partner's finance people how long payment can be requested.

    One mail per person and rung of the program's ladder; only the nearest rung.
    """
    voucher = engagement.voucher
    last_day = last_day_to_invoice(voucher)
    left = (last_day - clock.today(engagement.partner.time_zone)).days
    ladder = voucher.engagement_type.offering.program.payment_reminder_days
    rungs = [rung for rung in ladder if left <= rung]
    if left < 0 or not rungs:
        return
    mail.queue_all(
        "payment-window",
        people_with(engagement.partner, *INVOICERS),
        key=f"{voucher.number}:{engagement.pk}:{min(rungs)}",
        voucher=voucher,
        partner=engagement.partner,
        last_day=last_day,
        days_left=left,
    )

"""The sponsor's side: checking, approving and paying; two people for the money."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagements.models import CompletionReport
from engagements.services import schedules
from payments.models import Payment, PaymentLine, PaymentRequest
from payments.services import notifications, requests
from portal import clock
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Finding, Refused, unmet_findings
from portal.roles import Duty
from portal.templatetags.portal import money
from portal.text import join_words
from vouchers.models import State, Voucher
from vouchers.services import redemptions

Lines = Sequence[PaymentLine]
Reports = dict[int, CompletionReport]
# What a decision is told with.
AT_HAND = ("partner", "submitted_by")
# What says how soon a line is paid.
PROGRAM = "voucher__engagement_type__offering__program"


def approve(request: PaymentRequest, *, by: Staff) -> None:
    """Approve a request; payment follows within the program's days [SAVBTR]."""
    by.must_be(Duty.PAYMENT_APPROVER)
    with lock_row(request, at_hand=AT_HAND) as current:
        lines = list(
            current.lines.select_related("voucher")
            .annotate(days_to_pay=F(f"{PROGRAM}__payment_due_days"))
            .order_by("pk")
        )
        ensure_none_suspended(lines)
        days = max(line.days_to_pay for line in lines)
        due_on = clock.in_days(days, clock.PROGRAM)
        current.approve(approver=by.person, due_on=due_on)
        current.save()
        entry = record("request.approved", current, by=by, parties=[current.partner_id])
        notifications.notify_partner("request-approved", current, entry)


def return_for_correction(request: PaymentRequest, *, reason: str, by: Staff) -> None:
    """Ask the partner to correct a request, saying what and how."""
    by.must_be(Duty.PAYMENT_APPROVER)
    if not reason.strip():
        raise Refused(_("Say what is to be corrected."), field="reason")
    with lock_row(request, at_hand=AT_HAND) as current:
        current.return_for_correction(reason=reason)
        current.save()
        entry = record(
            "request.returned",
            current,
            by=by,
            parties=[current.partner_id],
            reason=reason,
        )
        notifications.notify_partner("request-returned", current, entry)


def record_payment(
    request: PaymentRequest, *, paid_on: date, bank_reference: str, by: Staff
) -> Payment:
    """Record that the money has left; every voucher of the request is paid.

    Who approved a request does not pay it.
    """
    by.must_be(Duty.PAYMENT_RELEASER)
    with lock_row(request, at_hand=AT_HAND) as current:
        if current.approved_by_id == by.person_id:
            raise Refused(
                _("You approved this request: another person records its payment.")
            )
        lines = list(current.lines.select_related("voucher").order_by("pk"))
        ensure_none_suspended(lines)
        current.pay(releaser=by.person)
        _ensure_day(current, paid_on)
        current.save()
        payment = Payment.objects.create(
            request=current,
            partner=current.partner,
            amount=current.total,
            currency=current.currency,
            paid_on=paid_on,
            bank_reference=bank_reference,
            recorded_by=by.person,
        )
        entry = record("request.paid", current, by=by, parties=[current.partner_id])
        redemptions.pay([line.voucher for line in lines], by=by)
        notifications.notify_partner("request-paid", current, entry, payment=payment)
        return payment


def _ensure_day(request: PaymentRequest, paid_on: date) -> None:
    if paid_on > clock.today():
        raise Refused(_("The payment date is in the future."), field="paid_on")
    assert request.approved_at is not None, "request_approved_has_approver"
    approved_on = clock.day_of(request.approved_at)
    if paid_on < approved_on:
        raise Refused(
            _("The request was approved on %(day)s: it was not paid before that day.")
            % {"day": date_format(approved_on)},
            field="paid_on",
        )


def reverse_redemption(voucher: Voucher, *, reason: str, by: Staff) -> None:
    """Undo a redemption while no payment request holds the voucher."""
    by.must_be(Duty.DELIVERY_REVIEWER)
    # Under the voucher's lock no request can take it in between.
    with lock_row(voucher) as current:
        if PaymentLine.objects.filter(voucher=current, is_live=True).exists():
            raise Refused(
                _("The voucher is in a payment request, which must be cancelled first.")
            )
        redemptions.reverse(current, reason=reason, by=by)
        notifications.notify_of_reversal(current, reason)


def check_request(request: PaymentRequest) -> list[Finding]:
    """Hold a request against every rule that a machine can check; changes nothing."""
    lines = list(PaymentLine.objects.of(request))
    reports = reports_of(lines)
    return [
        _redeemed_finding(lines),
        _suspension_finding(lines),
        _reported_finding(lines, reports),
        _rightly_begun(lines),
        _handed_in_once(lines, reports),
        _in_time(request, lines),
        _in_country(request, lines),
        _adds_up(request, lines),
    ]


def reports_of(lines: Lines) -> Reports:
    """Return the completion reports of some lines by engagement, in one query."""
    filed = CompletionReport.objects.filter(
        engagement__in=[line.engagement_id for line in lines]
    )
    return {
        report.engagement_id: report for report in filed.select_related("deliverable")
    }


def _numbers(lines: Lines) -> str:
    return join_words(line.voucher.number for line in lines)


def _redeemed_finding(lines: Lines) -> Finding:
    others = [
        line for line in lines if line.voucher.state not in (State.REDEEMED, State.PAID)
    ]
    return Finding(
        rule=_("Each voucher is redeemed"),
        holds=not others,
        found=_("Not redeemed: %(numbers)s.") % {"numbers": _numbers(others)}
        if others
        else _("All are."),
        needed=_("Redeemed before payment is requested."),
        fix=_("Return the request.") if others else "",
    )


def _suspension_finding(lines: Lines) -> Finding:
    """Look for vouchers that the sponsor lets stand still: they are not paid."""
    still = [line for line in lines if line.voucher.suspended_at is not None]
    return Finding(
        rule=_("No voucher is suspended"),
        holds=not still,
        found=_("Suspended: %(reasons)s") % {"reasons": _reasons(still)}
        if still
        else _("None is."),
        needed=_("Vouchers that the sponsor has not suspended."),
        fix=_("Reactivate the voucher, or return the request.") if still else "",
        code="standstill",
    )


def _reasons(lines: Lines) -> str:
    return " ".join(
        f"{line.voucher.number}: {line.voucher.suspension_reason}" for line in lines
    )


def ensure_none_suspended(lines: Lines) -> None:
    """Raise ``Refused``, with the finding, while a line's voucher is suspended."""
    finding = _suspension_finding(lines)
    if not finding.holds:
        raise Refused(_("A voucher of this request is suspended."), [finding])


def _reported_finding(lines: Lines, reports: Reports) -> Finding:
    bare = [line for line in lines if line.engagement_id not in reports]
    return Finding(
        rule=_("Each engagement has its completion report and deliverable"),
        holds=not bare,
        found=_("No report: %(numbers)s.") % {"numbers": _numbers(bare)}
        if bare
        else _("All have."),
        needed=_("A report with the customer's deliverable."),
        fix=_("A voucher without a report earns no payment.") if bare else "",
    )


def _rightly_begun(lines: Lines) -> Finding:
    """Look for work that began without the competency or a certified lead [SEED]."""
    missing = unmet_findings(schedules.check_all([line.engagement for line in lines]))
    return Finding(
        rule=_("Each engagement began with a competency and a certified lead"),
        holds=not missing,
        found=" ".join(str(finding.found) for finding in missing) or _("All did."),
        needed=_("Both, on the first day of each engagement."),
        fix=_("Return the request.") if missing else "",
    )


def _handed_in_once(lines: Lines, reports: Reports) -> Finding:
    """Look for a deliverable whose content was handed in for another engagement."""
    hashes = {report.deliverable.sha256 for report in reports.values()}
    others = CompletionReport.objects.filter(deliverable__sha256__in=hashes)
    twins = set(
        others.exclude(pk__in=[report.pk for report in reports.values()]).values_list(
            "deliverable__sha256", flat=True
        )
    )
    copied = [
        line
        for line in lines
        if line.engagement_id in reports
        and reports[line.engagement_id].deliverable.sha256 in twins
    ]
    holds = not copied and len(hashes) == len(reports)
    return Finding(
        rule=_("Each deliverable was written for its own customer"),
        holds=holds,
        found=_("No other engagement has the same file.")
        if holds
        else _("The same file was handed in for another engagement: %(numbers)s.")
        % {"numbers": _numbers(copied or lines)},
        needed=_("A file of its own for each engagement."),
        fix="" if holds else _("Read the deliverables before you approve."),
    )


def _in_time(request: PaymentRequest, lines: Lines) -> Finding:
    sent_on = clock.day_of(request.created_at, request.partner.time_zone)
    last_days = [line.engagement.last_day_to_invoice for line in lines]
    last_day = min((day for day in last_days if day), default=None)
    holds = last_day is None or sent_on <= last_day
    return Finding(
        rule=_("The request was sent within the payment window"),
        holds=holds,
        found=_("Sent on %(day)s.") % {"day": date_format(sent_on)},
        needed=_("By the last day of each voucher's window."),
        until=last_day,
        fix="" if holds else _("Return the request."),
    )


def _in_country(request: PaymentRequest, lines: Lines) -> Finding:
    country = request.location.country
    elsewhere = [line for line in lines if line.voucher.country != country]
    return Finding(
        rule=_("The location is in the country of delivery"),
        holds=not elsewhere,
        found=_("Location: %(location)s.") % {"location": request.location},
        needed=join_words(sorted({line.voucher.country_name for line in lines})),
        fix=_("Delivered elsewhere: %(numbers)s.") % {"numbers": _numbers(elsewhere)}
        if elsewhere
        else "",
    )


def _adds_up(request: PaymentRequest, lines: Lines) -> Finding:
    net = sum((line.days * line.rate for line in lines), Decimal(0))
    tax = requests.tax_on(net, request.tax_rate, request.currency)
    holds = (request.net, request.tax, request.total) == (net, tax, net + tax)
    return Finding(
        rule=_("The amounts add up"),
        holds=holds,
        found=_("Net %(net)s, tax %(tax)s, total %(total)s.")
        % {
            name: money(getattr(request, name), request.currency)
            for name in ("net", "tax", "total")
        },
        needed=_("Days times rate, and the tax on their sum."),
        fix="" if holds else _("Return the request and tell the program manager."),
    )

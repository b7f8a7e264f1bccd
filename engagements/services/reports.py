"""Filing the completion report with the customer's deliverable."""

from django.core.files.base import File
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.models import CompletionReport, Engagement
from engagements.services import notifications, schedules
from enrollment.eligibility import engine
from portal import clock, files
from portal.actors import Member
from portal.audit import record
from portal.db import hand_on, lock_row
from portal.findings import Refused
from vouchers.services import suspension

# What is told of a report.
AT_HAND = ("lead", "customer", "partner")


def file_report(
    engagement: Engagement, report: CompletionReport, deliverable: File, *, by: Member
) -> CompletionReport:
    """File the completion report with a copy of the customer's deliverable [PS-NEWS].

    ``report`` holds what was typed and is saved here; the file is read by both parties.
    """
    by.must_be(*notifications.DELIVERERS)
    with lock_row(engagement, "reservation", "voucher", at_hand=AT_HAND) as current:
        engagement.voucher.customer = engagement.customer  # it is one
        hand_on(engagement.voucher, current.voucher, schedules.AT_HAND)
        notifications.ensure_own(current.voucher, by)
        current.report()
        suspension.ensure_standstill(current.voucher)
        facts = engine.facts_for(current.partner, current.voucher.engagement_type)
        schedules.ensure_deliverable(current, facts)
        ensure_days(current, report)
        ensure_acceptance(current, report)
        ensure_declared(report)
        report.engagement = current
        report.customer, report.partner = current.customer, current.partner
        report.deliverable = files.store(
            deliverable, parties=[current.customer_id, current.partner_id], by=by.person
        )
        report.filed_by = by.person
        report.filed_at = clock.now()
        report.save()
        current.save()
        entry = record("engagement.reported", current, by=by, parties=current.parties)
        notifications.notify_customer("engagement-reported", current, entry)
        return report


def ensure_days(engagement: Engagement, report: CompletionReport) -> None:
    """Raise ``Refused`` unless the days are the voucher's, few off site [PSPOL].

    Where the program allows it they may be fewer; never more, never none.
    """
    voucher = engagement.voucher
    fewest = 1 if voucher.program.allows_fewer_days else voucher.days
    if not fewest <= report.days <= voucher.days:
        raise Refused(
            ngettext(
                "The voucher is for one day; on site and off site together the report"
                " has %(reported)s.",
                "The voucher is for %(days)s days; on site and off site together the"
                " report has %(reported)s.",
                voucher.days,
            )
            % {"days": voucher.days, "reported": report.days},
            field="days_on_site",
        )
    most = voucher.program.max_offsite_days
    if report.days_off_site > most:
        raise Refused(
            _("At most %(most)s days may be off-site.") % {"most": most},
            field="days_off_site",
        )


def ensure_acceptance(engagement: Engagement, report: CompletionReport) -> None:
    today = clock.today(engagement.partner.time_zone)
    if report.accepted_on > today:
        raise Refused(_("This day is in the future."), field="accepted_on")
    if report.accepted_on < engagement.starts_on:
        raise Refused(
            _("This day is before the engagement began, on %(day)s.")
            % {"day": date_format(engagement.starts_on)},
            field="accepted_on",
        )


def ensure_declared(report: CompletionReport) -> None:
    for field in ("no_extra_charge", "policies_met"):
        if not getattr(report, field):
            raise Refused(_("The report needs both declarations."), field=field)

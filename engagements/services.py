"""Scheduling an engagement, reporting it, and redeeming its voucher."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.core.files.base import File
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagements.models import CompletionReport, Engagement, EngagementState
from portal import clock, documents, mail
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.models import AuditEntry, User
from portal.roles import Role
from portal.services import people_with
from portal.tenancy import acting_for_all
from vouchers import services as vouchers
from vouchers.models import Reservation, State, Voucher

DELIVERERS = vouchers.HOLDERS


def schedule(
    voucher: Voucher, *, starts_on: date, ends_on: date, lead: User, by: Actor
) -> Engagement:
    """Plan the engagement of a reserved voucher, both days included."""
    by.must_be(*DELIVERERS)
    with locked(voucher) as held:
        refuse_foreign(held, by)
        if held.state != State.RESERVED:
            raise Refused(_("Only a reserved voucher can be scheduled."))
        reservation = Reservation.objects.live().get(voucher=held)
        if Engagement.objects.filter(reservation=reservation).exists():
            raise Refused(_("The engagement is scheduled already. Change its dates."))
        engagement = Engagement(
            reservation=reservation,
            voucher=held,
            customer=held.customer,
            partner=reservation.partner,
            lead=lead,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        refuse_dates(engagement)
        refuse_lead(lead, by)
        engagement.save()
        entry = record(
            "engagement.scheduled", engagement, by=by, parties=engagement.parties
        )
        tell_customer("engagement-scheduled", engagement, entry)
        return engagement


def move_dates(
    engagement: Engagement, *, starts_on: date, ends_on: date, by: Actor
) -> None:
    """Change the days of an engagement that is not reported yet [PSTRAIN]."""
    by.must_be(*DELIVERERS)
    with locked(engagement) as held:
        refuse_foreign(held.voucher, by)
        if held.state != EngagementState.SCHEDULED:
            raise Refused(_("Only a scheduled engagement can change its dates."))
        if (held.starts_on, held.ends_on) == (starts_on, ends_on):
            return
        held.starts_on, held.ends_on = starts_on, ends_on
        refuse_dates(held)
        held.save()
        entry = record("engagement.moved", held, by=by, parties=held.parties)
        tell_customer("engagement-scheduled", held, entry)


def refuse_foreign(voucher: Voucher, by: Actor) -> None:
    if voucher.partner_id != by.organization_id:
        raise Refused(_("Your company does not hold this voucher."))


def refuse_dates(engagement: Engagement) -> None:
    """Raise ``Refused``, beside its field, unless the days fit the voucher.

    The voucher is reserved before the engagement begins [PS-PROC], and everything
    happens within its life [DPS21].
    """
    voucher, zone = engagement.voucher, engagement.partner.time_zone
    reserved_on = clock.day_of(engagement.reservation.reserved_at, zone)
    if engagement.starts_on < reserved_on:
        raise Refused(
            _(
                "The voucher was reserved on %(day)s: the engagement cannot begin"
                " before that day."
            )
            % {"day": date_format(reserved_on)},
            field="starts_on",
        )
    if engagement.ends_on < engagement.starts_on:
        raise Refused(_("The last day is before the first day."), field="ends_on")
    if engagement.ends_on > voucher.expires_on:
        raise Refused(
            _(
                "The voucher expires on %(day)s: the engagement must end, and the"
                " voucher be redeemed, by that day."
            )
            % {"day": date_format(voucher.expires_on)},
            field="ends_on",
        )
    refuse_short(engagement)


def refuse_short(engagement: Engagement) -> None:
    length = (engagement.ends_on - engagement.starts_on).days + 1
    if length < engagement.voucher.days:
        raise Refused(
            _(
                "The voucher is for %(days)s days of work; from the first to the last"
                " day there are only %(length)s."
            )
            % {"days": engagement.voucher.days, "length": length},
            field="ends_on",
        )


def refuse_lead(lead: User, by: Actor) -> None:
    assert by.organization is not None, "a deliverer has an organization"
    if lead not in people_with(by.organization, *Role):
        raise Refused(
            _("%(name)s does not belong to your company.") % {"name": lead},
            field="lead",
        )


def file_report(
    engagement: Engagement, report: CompletionReport, deliverable: File, *, by: Actor
) -> CompletionReport:
    """File the completion report with a copy of the customer's deliverable [PS-NEWS].

    ``report`` holds what was typed and is saved here; the file is read by both parties.
    """
    by.must_be(*DELIVERERS)
    assert by.person is not None, "a deliverer is a person"
    with locked(engagement) as held:
        refuse_foreign(held.voucher, by)
        held.report()
        refuse_days(held, report)
        refuse_acceptance(held, report)
        refuse_undeclared(report)
        report.engagement = held
        report.customer, report.partner = held.customer, held.partner
        report.deliverable = documents.keep(
            deliverable, parties=[held.customer_id, held.partner_id], by=by.person
        )
        report.filed_by = by.person
        report.filed_at = clock.now()
        report.save()
        held.save()
        entry = record("engagement.reported", held, by=by, parties=held.parties)
        tell_customer("engagement-reported", held, entry)
        return report


def refuse_days(engagement: Engagement, report: CompletionReport) -> None:
    """Raise ``Refused`` unless the days are the voucher's, few off site [PSPOL]."""
    voucher = engagement.voucher
    if report.days != voucher.days:
        raise Refused(
            _(
                "The voucher is for %(days)s days; on site and off site together the"
                " report has %(reported)s."
            )
            % {"days": voucher.days, "reported": report.days},
            field="days_on_site",
        )
    most = voucher.engagement_type.offering.program.max_offsite_days
    if report.days_off_site > most:
        raise Refused(
            _("At most %(most)s days may be off-site.") % {"most": most},
            field="days_off_site",
        )


def refuse_acceptance(engagement: Engagement, report: CompletionReport) -> None:
    today = clock.today(engagement.partner.time_zone)
    if report.accepted_on > today:
        raise Refused(_("This day is in the future."), field="accepted_on")
    if report.accepted_on < engagement.starts_on:
        raise Refused(
            _("This day is before the engagement began, on %(day)s.")
            % {"day": date_format(engagement.starts_on)},
            field="accepted_on",
        )


def refuse_undeclared(report: CompletionReport) -> None:
    for field in ("no_extra_charge", "policies_met"):
        if not getattr(report, field):
            raise Refused(_("The report needs both declarations."), field=field)


def redeem(engagement: Engagement, *, by: Actor) -> None:
    """Redeem the voucher of a reported engagement: the payment window opens."""
    by.must_be(*DELIVERERS)
    # The customer's ledger moves with the partner's deed.
    with acting_for_all(), _locked_with_voucher(engagement) as held:
        refuse_foreign(held.voucher, by)
        if held.state != EngagementState.REPORTED:
            raise Refused(_("File the completion report before you redeem."))
        vouchers.redeem(held.voucher, by=by)
        held.voucher.refresh_from_db(fields=["redeemed_at"])
        entry = record("engagement.redeemed", held, by=by, parties=held.parties)
        tell_customer("voucher-redeemed", held, entry)
        mail.queue_all(
            "voucher-redeemed-finance",
            people_with(held.partner, Role.FINANCE),
            key=f"{held.pk}:{entry.pk}",
            voucher=held.voucher,
            last_day=held.last_day_to_invoice,
            path=reverse("payments:request", args=[held.partner.slug]),
        )


@contextmanager
def _locked_with_voucher(engagement: Engagement) -> Iterator[Engagement]:
    """Lock the voucher, then its engagement.

    In this order, which is that of a release: the reservation ends under the voucher's
    lock and then calls its engagement off.
    """
    with locked(engagement.voucher), locked(engagement) as held:
        yield held


def call_off(reservation: Reservation, *, by: Actor) -> None:
    """Call off what was planned under a reservation that has ended."""
    planned = Engagement.objects.filter(reservation=reservation).first()
    if planned is None:
        return
    with locked(planned) as held:
        held.call_off()
        held.save()
        record("engagement.called_off", held, by=by, parties=held.parties)


def tell_customer(name: str, engagement: Engagement, entry: AuditEntry) -> None:
    """Tell the voucher's project manager of a change, each change once."""
    voucher = engagement.voucher
    assert voucher.project_manager is not None, "voucher_assigned_has_manager"
    mail.queue(
        name,
        to=voucher.project_manager,
        key=f"{engagement.pk}:{entry.pk}",
        engagement=engagement,
        voucher=voucher,
        path=engagement.url_for(engagement.customer),
    )

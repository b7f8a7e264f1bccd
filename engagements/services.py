"""Scheduling an engagement, reporting it, and redeeming its voucher."""

from datetime import date

from django.core.files.base import File
from django.utils.translation import gettext as _

from engagements.models import CompletionReport, Engagement, EngagementState
from portal import clock, documents, mail
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.models import User
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
        refuse_dates(held, starts_on, ends_on)
        refuse_lead(lead, by)
        engagement = Engagement.objects.create(
            reservation=reservation,
            voucher=held,
            customer=held.customer,
            partner=reservation.partner,
            lead=lead,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        record("engagement.scheduled", engagement, by=by, parties=engagement.parties)
        tell_customer("engagement-scheduled", engagement)
        return engagement


def move_dates(
    engagement: Engagement, *, starts_on: date, ends_on: date, by: Actor
) -> None:
    """Change the days of an engagement that is not reported yet [PSTRAIN]."""
    by.must_be(*DELIVERERS)
    with locked(engagement) as held:
        if held.state != EngagementState.SCHEDULED:
            raise Refused(_("Only a scheduled engagement can change its dates."))
        refuse_dates(held.voucher, starts_on, ends_on)
        held.starts_on = starts_on
        held.ends_on = ends_on
        held.save()
        record("engagement.moved", held, by=by, parties=held.parties)
        tell_customer("engagement-scheduled", held)


def refuse_foreign(voucher: Voucher, by: Actor) -> None:
    if voucher.partner_id != by.organization_id:
        raise Refused(_("Your company does not hold this voucher."))


def refuse_dates(voucher: Voucher, starts_on: date, ends_on: date) -> None:
    """Raise ``Refused``, beside its field, unless the days fit the voucher.

    The voucher is reserved before the engagement begins [PS-PROC], and everything
    happens within its life [DPS21].
    """
    assert voucher.reserved_at is not None, "a reserved voucher"
    reserved_on = voucher.reserved_at.date()
    if starts_on < reserved_on:
        raise Refused(
            _(
                "The voucher was reserved on %(day)s: the engagement cannot begin before."
            )
            % {"day": reserved_on},
            field="starts_on",
        )
    if ends_on < starts_on:
        raise Refused(_("The last day is before the first day."), field="ends_on")
    if ends_on > voucher.expires_on:
        raise Refused(
            _("The voucher expires on %(day)s: deliver and redeem before.")
            % {"day": voucher.expires_on},
            field="ends_on",
        )
    if (ends_on - starts_on).days + 1 < voucher.days:
        raise Refused(
            _("The voucher is for %(days)s days; these dates leave fewer.")
            % {"days": voucher.days},
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
    with locked(engagement) as held:
        refuse_foreign(held.voucher, by)
        held.report()
        refuse_days(held, report)
        if (
            not held.starts_on
            <= report.accepted_on
            <= clock.today(held.partner.time_zone)
        ):
            raise Refused(
                _("The customer accepted between the first day and today."),
                field="accepted_on",
            )
        report.engagement = held
        report.customer, report.partner = held.customer, held.partner
        report.deliverable = documents.keep(
            deliverable, parties=[held.customer_id, held.partner_id], by=by.person
        )
        report.filed_by_id = by.person_id
        report.filed_at = clock.now()
        report.save()
        held.save()
        record("engagement.reported", held, by=by, parties=held.parties)
        tell_customer("engagement-reported", held)
        return report


def refuse_days(engagement: Engagement, report: CompletionReport) -> None:
    """Raise ``Refused`` unless the days are the voucher's, few enough off-site [PSPOL]."""
    voucher = engagement.voucher
    if report.days != voucher.days:
        raise Refused(
            _("The voucher is for %(days)s days; the report has %(reported)s.")
            % {"days": voucher.days, "reported": report.days},
            field="days_on_site",
        )
    most = voucher.engagement_type.offering.program.max_offsite_days
    if report.days_off_site > most:
        raise Refused(
            _("At most %(most)s days may be off-site.") % {"most": most},
            field="days_off_site",
        )


def redeem(engagement: Engagement, *, by: Actor) -> None:
    """Redeem the voucher of a reported engagement: the payment window opens."""
    by.must_be(*DELIVERERS)
    # The customer's ledger moves with the partner's deed.
    with acting_for_all(), locked(engagement) as held:
        refuse_foreign(held.voucher, by)
        if held.state != EngagementState.REPORTED:
            raise Refused(_("File the completion report before you redeem."))
        vouchers.redeem(held.voucher, by=by)
        tell_customer("voucher-redeemed", held)
        mail.queue_all(
            "voucher-redeemed-finance",
            people_with(held.partner, Role.FINANCE),
            key=f"{held.voucher.number}:{held.pk}",
            voucher=held.voucher,
            partner=held.partner,
        )


def call_off(reservation: Reservation, *, by: Actor) -> None:
    """Call off what was planned under a reservation that has ended."""
    planned = Engagement.objects.filter(reservation=reservation).first()
    if planned is None:
        return
    with locked(planned) as held:
        held.call_off()
        held.save()
        record("engagement.called_off", held, by=by, parties=held.parties)


def tell_customer(name: str, engagement: Engagement) -> None:
    """Tell the voucher's project manager of the engagement, each change once."""
    voucher = engagement.voucher
    assert voucher.project_manager is not None, "voucher_assigned_has_manager"
    mail.queue(
        name,
        to=voucher.project_manager,
        key=f"{engagement.pk}:{engagement.starts_on}:{engagement.ends_on}",
        engagement=engagement,
        voucher=voucher,
        path=engagement.url_for(engagement.customer),
    )

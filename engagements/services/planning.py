"""Scheduling an engagement, and moving its days."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagements.models import Engagement, EngagementState
from engagements.services.leads import refuse_lead, refuse_uncertified
from engagements.services.people import DELIVERERS, refuse_foreign, tell_customer
from engagements.services.standing import refuse_standing
from enrollment import rules
from enrollment.delivery import facts_for
from portal import clock
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.models import User
from vouchers.models import Reservation, State, Voucher
from vouchers.models.vouchers import TYPE


def schedule(
    voucher: Voucher, *, starts_on: date, ends_on: date, lead: User, by: Member
) -> Engagement:
    """Plan the engagement of a reserved voucher, both days included."""
    by.must_be(*DELIVERERS)
    assert by.organization is not None, "a deliverer has an organization"
    with lock_row(voucher, TYPE) as current:
        refuse_foreign(current, by)
        if current.state != State.RESERVED:
            raise Refused(_("Only a reserved voucher can be scheduled."))
        reservation = Reservation.objects.live().get(voucher=current)
        reservation.partner = by.organization
        facts = facts_for(reservation.partner, current.engagement_type)
        refuse_standing(current, facts)
        if Engagement.objects.filter(reservation=reservation).exists():
            raise Refused(_("The engagement is scheduled already. Change its dates."))
        engagement = Engagement(
            reservation=reservation,
            voucher=current,
            customer=current.customer,
            partner=reservation.partner,
            lead=lead,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        refuse_dates(engagement)
        refuse_lead(engagement, lead, facts)
        engagement.save()
        entry = record(
            "engagement.scheduled", engagement, by=by, parties=engagement.parties
        )
        tell_customer("engagement-scheduled", engagement, entry)
        return engagement


def move_dates(
    engagement: Engagement, *, starts_on: date, ends_on: date, by: Member
) -> None:
    """Change the days of an engagement that is not reported yet [PSTRAIN]."""
    by.must_be(*DELIVERERS)
    with lock_row(engagement) as current:
        refuse_foreign(current.voucher, by)
        if current.state != EngagementState.SCHEDULED:
            raise Refused(_("Only a scheduled engagement can change its dates."))
        if (current.starts_on, current.ends_on) == (starts_on, ends_on):
            return
        current.starts_on, current.ends_on = starts_on, ends_on
        refuse_dates(current)
        facts = facts_for(current.partner, current.voucher.engagement_type)
        refuse_uncertified(current, facts, "starts_on")
        current.save()
        entry = record("engagement.moved", current, by=by, parties=current.parties)
        tell_customer("engagement-scheduled", current, entry)


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
    refuse_after_last_day(engagement)
    refuse_short(engagement)


def refuse_after_last_day(engagement: Engagement) -> None:
    """Raise ``Refused`` when the work would end too late for its voucher [DPS21]."""
    offering = engagement.voucher.engagement_type.offering
    last_day = offering.last_day_to_redeem
    if last_day and engagement.ends_on > last_day:
        raise Refused(
            _(
                "Vouchers can be redeemed until %(day)s: the engagement must end, and"
                " the voucher be redeemed, by that day."
            )
            % {"day": date_format(last_day)},
            [rules.redeemable(offering, engagement.ends_on)],
            field="ends_on",
        )


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

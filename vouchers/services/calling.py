"""A customer calls on those who have a voucher and leave it lying."""

from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock, mail
from portal.actors import Member
from portal.errors import Refused
from portal.services import people_with
from vouchers.models import State, Voucher
from vouchers.services.people import HOLDERS, OWNERS


def call_on(voucher: Voucher, *, by: Member) -> None:
    """Ask the project manager and the named partner to see to a voucher.

    Once a day, however often it is asked for.
    """
    by.must_be(*OWNERS)
    if voucher.state != State.ASSIGNED:
        raise Refused(_("Nobody has to reserve this voucher now."))
    assert voucher.project_manager is not None, "an assigned voucher has one"
    own = voucher.url_for(voucher.customer)
    told = [(voucher.project_manager, own)]
    if voucher.partner is not None:
        theirs = reverse(
            "vouchers:reserve", args=[voucher.partner.slug, voucher.number]
        )
        told += [(each, theirs) for each in people_with(voucher.partner, *HOLDERS)]
    for person, path in told:
        mail.queue(
            "voucher-waits",
            to=person,
            key=f"{voucher.number}:{clock.today().isoformat()}",
            voucher=voucher,
            days_left=clock.days_until(voucher.expires_on, voucher.customer.time_zone),
            path=path,
        )

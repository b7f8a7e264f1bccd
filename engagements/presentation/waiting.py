"""What of this app waits for a person: the partner's people who deliver."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from engagements.models import Engagement, EngagementState
from engagements.services import notifications
from portal import clock
from portal.actors import Member
from portal.clock import Deadline
from portal.registry import Waiting
from vouchers.models import Reservation, State


def tasks_for(actor: Member) -> list[Waiting]:
    if not actor.has(*notifications.DELIVERERS):
        return []
    slug = actor.organization.slug
    return [*_to_schedule(actor, slug), *_to_finish(actor, slug)]


def _to_schedule(actor: Member, slug: str) -> list[Waiting]:
    held = Reservation.objects.visible_to(actor).live()
    bare = held.filter(engagement=None, voucher__state=State.RESERVED)
    bare = bare.filter(voucher__suspended_at=None)
    return [
        Waiting(
            _("Schedule voucher %(number)s") % {"number": each.voucher.number},
            reverse("engagements:schedule", args=[slug, each.voucher.number]),
            f"{each.voucher.engagement_type}, {each.customer}",
            Deadline(each.voucher.deadline, each.customer.time_zone),
        )
        for each in bare.select_related(
            "voucher__engagement_type__offering__program", "customer"
        )
    ]


def _to_finish(actor: Member, slug: str) -> list[Waiting]:
    ended = Q(
        state=EngagementState.SCHEDULED,
        ends_on__lt=clock.today(actor.organization.time_zone),
    )
    reported = Q(state=EngagementState.REPORTED, voucher__state=State.RESERVED)
    open_ones = Engagement.objects.visible_to(actor).filter(
        ended | reported, voucher__suspended_at=None
    )
    return [_finish(each, slug) for each in open_ones.whole()]


def _finish(engagement: Engagement, slug: str) -> Waiting:
    number = {"number": engagement.voucher.number}
    if engagement.state == EngagementState.SCHEDULED:
        title, page = _("Report the engagement for voucher %(number)s"), "report"
    else:
        title, page = _("Redeem voucher %(number)s"), "redeem"
    return Waiting(
        title % number,
        reverse(f"engagements:{page}", args=[slug, engagement.pk]),
        f"{engagement.voucher.engagement_type}, {engagement.customer}",
        Deadline(engagement.voucher.deadline, engagement.customer.time_zone),
    )

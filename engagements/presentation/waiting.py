"""What of this app waits for a person: the partner's people who deliver."""

from collections.abc import Iterator
from functools import partial

from django.db.models import DateField, Exists, OuterRef
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext as _

from engagements.models import Engagement, EngagementQuerySet, EngagementState
from engagements.services import notifications
from enrollment.models.catalogue import offerings_with_programs
from portal import clock
from portal.actors import Member
from portal.clock import Deadline
from portal.registry import Answers, Waiting, WaitingRows
from vouchers.models import Reservation, State, Voucher
from vouchers.models.queries import is_any_ending

OFFERING = "voucher__engagement_type__offering__"
# The last day to redeem: the voucher's own, or that of its offering or program.
LAST_DAY = Least(
    "voucher__expires_on",
    f"{OFFERING}redemption_ends_on",
    f"{OFFERING}program__redemption_ends_on",
    output_field=DateField(),
)


def kinds_for(actor: Member, answers: Answers) -> Iterator[WaitingRows]:
    if actor.has(*notifications.DELIVERERS):
        yield _to_schedule(actor, answers)
        yield _to_report(actor)
        yield _to_redeem(actor)


def _to_schedule(actor: Member, answers: Answers) -> WaitingRows:
    slug = actor.organization.slug
    is_ending = is_any_ending(answers.of(offerings_with_programs))
    scheduled = Reservation.objects.live().filter(
        voucher=OuterRef("pk"), engagement__isnull=False
    )
    vouchers = Voucher.objects.visible_to(actor)
    reserved = vouchers.filter(state=State.RESERVED, suspended_at=None)
    return WaitingRows(
        _("Vouchers to schedule"),
        reverse("vouchers:index", args=[slug], query={"state": State.RESERVED}),
        reserved.exclude(Exists(scheduled)).due_first(
            State.RESERVED, is_ending=is_ending
        ),
        vouchers.with_details(),
        partial(_schedule, slug),
    )


def _schedule(slug: str, voucher: Voucher) -> Waiting:
    return Waiting(
        _("Schedule voucher %(number)s") % {"number": voucher.number},
        reverse("engagements:schedule", args=[slug, voucher.number]),
        f"{voucher.engagement_type}, {voucher.customer}",
        Deadline(voucher.deadline, voucher.customer.time_zone),
    )


def _to_report(actor: Member) -> WaitingRows:
    today = clock.today(actor.organization.time_zone)
    ended = Engagement.objects.visible_to(actor).scheduled().filter(ends_on__lt=today)
    return _to_finish(
        actor, _("Engagements to report"), EngagementState.SCHEDULED, ended
    )


def _to_redeem(actor: Member) -> WaitingRows:
    reported = Engagement.objects.visible_to(actor).reported()
    reserved = reported.filter(voucher__state=State.RESERVED)
    return _to_finish(
        actor, _("Vouchers to redeem"), EngagementState.REPORTED, reserved
    )


def _to_finish(
    actor: Member, title: str, state: EngagementState, rows: EngagementQuerySet
) -> WaitingRows:
    slug = actor.organization.slug
    # The voucher's partner is the same: its index leads to what is under way.
    moving = rows.filter(
        voucher__suspended_at=None, voucher__partner=actor.organization
    )
    return WaitingRows(
        title,
        reverse("engagements:index", args=[slug], query={"state": state}),
        moving.order_by(LAST_DAY, "pk"),
        Engagement.objects.visible_to(actor).with_details(),
        partial(_finish, slug),
    )


def _finish(slug: str, engagement: Engagement) -> Waiting:
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

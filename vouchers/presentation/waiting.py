"""What of this app waits for a person."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import clock
from portal.actors import Member
from portal.clock import Deadline
from portal.registry import Waiting
from portal.roles import Role
from vouchers.models import CustomerAgreement, State, Voucher
from vouchers.models.queries import VoucherQuerySet
from vouchers.services import assignment, roles
from vouchers.services import outlook as outlook_services

# More than these of one kind are found in the list of vouchers.
MOST = 20
SOON_DAYS = 30
# The end of a program is no surprise: people plan for it.
ENDS_SOON_DAYS = 90
# The life of a voucher, as shipped: earlier than that nothing presses.
NEAR_DAYS = 180


def tasks_for(actor: Member) -> list[Waiting]:
    """Gather the vouchers and agreements with which the actor has something to do."""
    tasks: dict[str, Waiting] = {}
    for task in _found_for(actor):
        tasks.setdefault(task.url, task)
    return list(tasks.values())


def _found_for(actor: Member) -> Iterator[Waiting]:
    if actor.has(*roles.OWNERS):
        yield from _agreements(actor)
        yield from _free_days(actor)
        yield from _losses(actor)
        yield from _left_behind(actor)
        yield from _to_assign(actor)
        yield from _expiring(actor, [State.ASSIGNED, State.RESERVED])
    if actor.has(Role.PROJECT_MANAGER):
        yield from _to_bring_to_a_partner(actor)
    if actor.has(*roles.HOLDERS):
        yield from _to_reserve(actor)
        yield from _expiring(actor, [State.RESERVED])


def _agreements(actor: Member) -> Iterator[Waiting]:
    today = clock.today(actor.organization.time_zone)
    sleeping = CustomerAgreement.objects.visible_to(actor).filter(activated_at=None)
    for agreement in sleeping.filter(ends_on__gte=today).with_pool()[:MOST]:
        yield Waiting(
            _("Activate the benefit of agreement %(agreement)s")
            % {"agreement": agreement},
            f"{agreement.get_absolute_url()}#agreement-{agreement.pk}",
            _("Then you can create vouchers from its days."),
        )


def _free_days(actor: Member) -> Iterator[Waiting]:
    """Ask to use free days of which soon no voucher can be made any more."""
    today = clock.today(actor.organization.time_zone)
    create = reverse("vouchers:create", args=[actor.organization.slug])
    mine = CustomerAgreement.objects.visible_to(actor).running(today)
    for agreement in mine.ending_by(today, ENDS_SOON_DAYS).with_pool()[:MOST]:
        last_day = agreement.program.last_day_to_use
        assert last_day is not None, "it ends soon"
        free = agreement.balance.free
        words = ngettext(
            "Create vouchers from %(days)s free day by %(day)s",
            "Create vouchers from %(days)s free days by %(day)s",
            free,
        )
        yield Waiting(
            words % {"days": free, "day": date_format(last_day, "DATE_FORMAT")},
            f"{create}?agreement={agreement.pk}",
            _("%(program)s ends. Agreement %(agreement)s.")
            % {"program": agreement.program, "agreement": agreement},
            Deadline(last_day, actor.organization.time_zone),
        )


def _left_behind(actor: Member) -> Iterator[Waiting]:
    """Tell of project managers who have left and still have vouchers."""
    page = reverse("vouchers:hand_over", args=[actor.organization.slug])
    for person, count in assignment.left_behind(actor):
        yield Waiting(
            _("Hand over the vouchers of %(name)s") % {"name": person},
            f"{page}?person={person.pk}",
            ngettext("%(count)s voucher", "%(count)s vouchers", count)
            % {"count": count},
        )


def _losses(actor: Member) -> Iterator[Waiting]:
    """Name the days that will be lost within the life of a voucher, if any."""
    outlook = outlook_services.outlook_of(actor)
    day = outlook.first_loss
    if day is None or clock.days_until(day, actor.organization.time_zone) > NEAR_DAYS:
        return
    sentence = ngettext(
        "At this pace %(days)s day will be lost",
        "At this pace %(days)s days will be lost",
        outlook.days,
    )
    yield Waiting(
        sentence % {"days": outlook.days},
        reverse("vouchers:outlook", args=[actor.organization.slug]),
        _("See what was counted, and what you can do at once."),
        Deadline(day, actor.organization.time_zone),
    )


def _in_state(actor: Member, states: Iterable[State]) -> VoucherQuerySet:
    """Return vouchers of the actor's organization, the first to expire first."""
    mine: VoucherQuerySet = Voucher.objects.visible_to(actor).whole()
    # What the sponsor suspended waits for the sponsor.
    moving = mine.filter(state__in=states, suspended_at=None)
    return moving.order_by("expires_on", "pk")


def _waiting(actor: Member, title: str, page: str, voucher: Voucher) -> Waiting:
    detail = f"{voucher.label or voucher.engagement_type}"
    if actor.organization.is_partner:
        detail = f"{voucher.customer}, {voucher.engagement_type}"
    return Waiting(
        title % {"number": voucher},
        reverse(page, args=[actor.organization.slug, voucher.number]),
        detail,
        Deadline(due_on(voucher), voucher.customer.time_zone),
    )


def due_on(voucher: Voucher) -> date:
    """Return the last day of what a voucher waits for: its own, or its program's."""
    offering = voucher.engagement_type.offering
    ends = {
        State.CREATED: offering.last_day_to_create,
        State.ASSIGNED: offering.last_day_to_reserve,
    }
    return min(voucher.deadline, ends.get(State(voucher.state)) or date.max)


def _to_assign(actor: Member) -> Iterator[Waiting]:
    for voucher in _in_state(actor, [State.CREATED])[:MOST]:
        title = _("Assign voucher %(number)s")
        yield _waiting(actor, title, "vouchers:assign", voucher)


def _expiring(actor: Member, states: Iterable[State]) -> Iterator[Waiting]:
    last = clock.in_days(SOON_DAYS)
    for voucher in _in_state(actor, states).due_by(last)[:MOST]:
        title = (
            _("Voucher %(number)s expires soon")
            if voucher.deadline == voucher.expires_on
            else _("Redeem voucher %(number)s before its program ends")
        )
        yield _waiting(actor, title, "vouchers:detail", voucher)


def _to_bring_to_a_partner(actor: Member) -> Iterator[Waiting]:
    mine = _in_state(actor, [State.ASSIGNED]).filter(project_manager=actor.person)
    for voucher in mine[:MOST]:
        title = (
            _("Voucher %(number)s waits for its partner to reserve it")
            if voucher.partner
            else _("Find a partner for voucher %(number)s")
        )
        yield _waiting(actor, title, "vouchers:detail", voucher)


def _to_reserve(actor: Member) -> Iterator[Waiting]:
    for voucher in _in_state(actor, [State.ASSIGNED])[:MOST]:
        title = _("Reserve voucher %(number)s")
        yield _waiting(actor, title, "vouchers:reserve", voucher)

"""What of this app waits for a person."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

from django.db.models import F
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.models import Offering
from enrollment.models.catalogue import offerings_with_programs
from portal import clock
from portal.actors import Member
from portal.clock import Deadline
from portal.registry import (
    Answers,
    Waiting,
    WaitingKind,
    WaitingRows,
    count_text,
    kind_of_few,
)
from portal.roles import Role
from vouchers.models import CustomerAgreement, State, Voucher
from vouchers.models.queries import VoucherQuerySet, is_any_ending
from vouchers.services import assignment, roles
from vouchers.services import outlook as outlook_services

SOON_DAYS = 30
# The end of a program is no surprise: people plan for it.
ENDS_SOON_DAYS = 90
# The life of a voucher, as shipped: earlier than that nothing presses.
NEAR_DAYS = 180


def kinds_for(actor: Member, answers: Answers) -> Iterator[WaitingKind | WaitingRows]:
    """Gather the vouchers and agreements with which the actor has something to do."""
    own_vouchers = _Vouchers(actor, answers)
    if actor.has(*roles.OWNERS):
        yield _agreements(actor)
        yield _free_days(actor)
        yield _losses(actor)
        yield _left_behind(actor)
        yield _to_assign(actor, own_vouchers)
        yield _expiring_vouchers(actor, own_vouchers, [State.ASSIGNED, State.RESERVED])
    if actor.has(Role.PROJECT_MANAGER):
        yield _to_bring_to_a_partner(actor, own_vouchers)
    if actor.has(*roles.HOLDERS):
        yield _to_reserve(actor, own_vouchers)
        yield _expiring_vouchers(actor, own_vouchers, [State.RESERVED])


def _pools(actor: Member) -> str:
    return reverse("vouchers:entitlement", args=[actor.organization.slug])


def _vouchers(actor: Member, **query: Any) -> str:
    """Return the address of the list of vouchers that shows what is asked for."""
    return reverse("vouchers:index", args=[actor.organization.slug], query=query)


def _agreements(actor: Member) -> WaitingRows:
    today = clock.today(actor.organization.time_zone)
    own_agreements = CustomerAgreement.objects.visible_to(actor)
    sleeping = own_agreements.filter(activated_at=None, ends_on__gte=today)
    return WaitingRows(
        _("Benefits to activate"),
        _pools(actor),
        sleeping.order_by("ends_on", "pk"),
        own_agreements.with_pool(),
        _activate,
    )


def _activate(agreement: CustomerAgreement) -> Waiting:
    return Waiting(
        _("Activate the benefit of agreement %(agreement)s") % {"agreement": agreement},
        f"{agreement.get_absolute_url()}#agreement-{agreement.pk}",
        _("Then you can create vouchers from its days."),
    )


def _free_days(actor: Member) -> WaitingRows:
    """List the pools whose free days can soon no longer be used."""
    today = clock.today(actor.organization.time_zone)
    own_agreements = CustomerAgreement.objects.visible_to(actor)
    ending = own_agreements.running(today).ending_by(today, ENDS_SOON_DAYS)
    # A wipe takes free days off on its day, a closed program lets them go after it.
    last_day = Least(F("program__creation_ends_on"), F("program__pool_wipe_on"))
    return WaitingRows(
        _("Agreements whose program ends"),
        _pools(actor),
        ending.order_by(last_day, "pk"),
        own_agreements.with_pool(),
        _use,
    )


def _use(agreement: CustomerAgreement) -> Waiting:
    last_day = agreement.program.last_day_to_use
    assert last_day is not None, "it ends soon"
    free = agreement.balance.free
    words = ngettext(
        "Create vouchers from %(days)s free day by %(day)s",
        "Create vouchers from %(days)s free days by %(day)s",
        free,
    )
    create = reverse("vouchers:create", args=[agreement.customer.slug])
    return Waiting(
        words % {"days": free, "day": date_format(last_day, "DATE_FORMAT")},
        f"{create}?agreement={agreement.pk}",
        _("%(program)s ends. Agreement %(agreement)s.")
        % {"program": agreement.program, "agreement": agreement},
        Deadline(last_day, agreement.customer.time_zone),
    )


def _left_behind(actor: Member) -> WaitingRows:
    """Tell of project managers who have left and still have vouchers."""
    page = reverse("vouchers:hand_over", args=[actor.organization.slug])
    left_behind = assignment.left_behind(actor)
    return WaitingRows(
        _("Vouchers to hand over"),
        page,
        left_behind,
        left_behind,
        partial(_hand_over, page),
    )


def _hand_over(page: str, person: Any) -> Waiting:
    """Ask to hand over; ``person`` comes with how many vouchers it manages."""
    words = ngettext("%(count)s voucher", "%(count)s vouchers", person.in_work)
    return Waiting(
        _("Hand over the vouchers of %(name)s") % {"name": person},
        f"{page}?person={person.pk}",
        words % {"count": count_text(person.in_work)},
    )


def _losses(actor: Member) -> WaitingKind:
    """Name the days that will be lost within the life of a voucher, if any."""
    page = reverse("vouchers:outlook", args=[actor.organization.slug])
    return kind_of_few(_("Outlook"), page, _expected_losses(actor, page))


def _expected_losses(actor: Member, page: str) -> Iterator[Waiting]:
    outlook = outlook_services.losses_of(actor)
    if outlook.first is None:
        return
    lost_on = Deadline(outlook.first, actor.organization.time_zone)
    if lost_on.days_left > NEAR_DAYS:
        return
    sentence = ngettext(
        "At this pace %(days)s day will be lost",
        "At this pace %(days)s days will be lost",
        outlook.days,
    )
    detail = _("See what was counted, and what you can do at once.")
    yield Waiting(sentence % {"days": outlook.days}, page, detail, lost_on)


class _Vouchers:
    """The vouchers of the actor's organization, the first to be due first."""

    def __init__(self, actor: Member, answers: Answers) -> None:
        self.all: VoucherQuerySet = Voucher.objects.visible_to(actor)
        self.details = self.all.with_details()
        self.answers = answers

    @property
    def offerings(self) -> list[Offering]:
        return self.answers.of(offerings_with_programs)

    def in_state(self, *states: State) -> VoucherQuerySet:
        # What the sponsor suspended waits for the sponsor.
        moving = self.all.filter(state__in=states, suspended_at=None)
        return moving.due_first(states[-1], is_ending=is_any_ending(self.offerings))


def _task(actor: Member, page: str, title: str, voucher: Voucher) -> Waiting:
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


def _to_assign(actor: Member, own_vouchers: _Vouchers) -> WaitingRows:
    return WaitingRows(
        _("Vouchers to assign"),
        _vouchers(actor, state=State.CREATED),
        own_vouchers.in_state(State.CREATED),
        own_vouchers.details,
        partial(_task, actor, "vouchers:assign", _("Assign voucher %(number)s")),
    )


def _expiring_vouchers(
    actor: Member, own_vouchers: _Vouchers, states: Sequence[State]
) -> WaitingRows:
    last = clock.in_days(SOON_DAYS)
    return WaitingRows(
        _("Vouchers that expire soon"),
        _vouchers(actor, state=states, last_until=last.isoformat()),
        own_vouchers.in_state(*states).due_by(last, own_vouchers.offerings),
        own_vouchers.details,
        partial(_expires, actor),
    )


def _expires(actor: Member, voucher: Voucher) -> Waiting:
    title = (
        _("Voucher %(number)s expires soon")
        if voucher.deadline == voucher.expires_on
        else _("Redeem voucher %(number)s before its program ends")
    )
    return _task(actor, "vouchers:detail", title, voucher)


def _to_bring_to_a_partner(actor: Member, own_vouchers: _Vouchers) -> WaitingRows:
    person = actor.person
    return WaitingRows(
        _("Your vouchers without a reservation"),
        _vouchers(actor, state=State.ASSIGNED, person=person.email),
        own_vouchers.in_state(State.ASSIGNED).filter(project_manager=person),
        own_vouchers.details,
        partial(_bring, actor),
    )


def _bring(actor: Member, voucher: Voucher) -> Waiting:
    title = (
        _("Voucher %(number)s waits for its partner to reserve it")
        if voucher.partner
        else _("Find a partner for voucher %(number)s")
    )
    return _task(actor, "vouchers:detail", title, voucher)


def _to_reserve(actor: Member, own_vouchers: _Vouchers) -> WaitingRows:
    return WaitingRows(
        _("Vouchers to reserve"),
        _vouchers(actor, state=State.ASSIGNED),
        own_vouchers.in_state(State.ASSIGNED),
        own_vouchers.details,
        partial(_task, actor, "vouchers:reserve", _("Reserve voucher %(number)s")),
    )

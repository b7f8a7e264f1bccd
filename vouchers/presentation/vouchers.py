"""What a voucher's page says: how far it has come, and apart from it, how it stands.

The stage is a place on the way. The health tells whether something waits, for whom,
until when and why; a suspended voucher is as far as it was.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.eligibility.rules import last_days
from enrollment.models import EngagementType, Offering
from enrollment.models.programs import earliest
from portal import clock
from portal.actors import Member
from portal.findings import Finding, Text, unmet_findings
from portal.models import Organization
from portal.states import why_not
from portal.tenancy import also_for
from portal.text import join_words
from vouchers.models import Extension, Reservation, State, Voucher
from vouchers.models.states import ENDED, OPEN, UNUSED, WITH_MANAGER, WITH_PARTNER
from vouchers.services import extensions, reservations, roles, suspension

# The program's last days are told when they are that near.
NEAR_DAYS = 180
SOON_DAYS = 30

WAY = [State.CREATED, State.ASSIGNED, State.RESERVED, State.REDEEMED, State.PAID]
REACHED = {
    State.CREATED: "created_at",
    State.ASSIGNED: "assigned_at",
    State.RESERVED: "reserved_at",
    State.REDEEMED: "redeemed_at",
    State.PAID: "paid_at",
}
# Until when the program takes the step that comes next.
NEXT_ENDING = {
    State.CREATED: last_days.ASSIGNMENT,
    State.ASSIGNED: last_days.RESERVATION,
    State.RESERVED: last_days.REDEMPTION,
}


@dataclass(frozen=True)
class Stage:
    """One place on a voucher's way: passed, the present one, or still to come."""

    label: Text
    standing: str
    on: date | None = None


def stages_of(voucher: Voucher) -> list[Stage]:
    """List the places of a voucher's way; one that ended early has no more to come."""
    state = State(voucher.state)
    if state in ENDED:
        come = [stage for stage in WAY if getattr(voucher, REACHED[stage])]
        return [
            *(_stage(voucher, stage, "done") for stage in come),
            Stage(state.label, "now"),
        ]
    place_now = WAY.index(state)
    return [
        _stage(voucher, stage, _stage_standing(place, place_now))
        for place, stage in enumerate(WAY)
    ]


def _stage_standing(place: int, place_now: int) -> str:
    if place == place_now:
        return "now"
    return "done" if place < place_now else "later"


def _stage(voucher: Voucher, state: State, standing: str) -> Stage:
    moment = getattr(voucher, REACHED[state]) if standing != "later" else None
    # As the timeline of the same page tells it.
    on = clock.on_page(moment).date() if moment else None
    return Stage(state.label, standing, on)


@dataclass(frozen=True)
class Health:
    """Whether a voucher waits: for whom to do what, until when, and what stands in it.

    ``word`` is the badge; ``tone`` is one of good, info, warn and bad.
    """

    word: Text
    tone: str
    next_step: Text
    until: date | None = None
    findings: list[Finding] = field(default_factory=list)


def health_of(voucher: Voucher, reader: Organization | None) -> Health:
    """Judge how a voucher stands, as a party may know it; the sponsor is no reader."""
    findings = unmet_findings(obstacles_of(voucher, reader))
    word, tone = _word_for(voucher, findings)
    return Health(word, tone, next_step(voucher), last_day_of_step(voucher), findings)


def _word_for(voucher: Voucher, findings: list[Finding]) -> tuple[str, str]:
    if voucher.suspended_at is not None:
        return _("Suspended"), "bad"
    if voucher.state not in OPEN:
        return _("Closed"), "plain"
    if findings:
        return _("Something stands in its way"), "warn"
    return _word_for_time(voucher)


def _word_for_time(voucher: Voucher) -> tuple[str, str]:
    until = last_day_of_step(voucher)
    if until and clock.days_until(until, voucher.customer.time_zone) <= SOON_DAYS:
        return _("Little time is left"), "warn"
    return _("On its way"), "good"


def next_step(voucher: Voucher) -> str:
    """Say who is expected to do what; of a suspended voucher it is the sponsor."""
    if voucher.suspended_at is not None:
        return _("The sponsor reactivates the voucher. Until then it stands still.")
    return voucher.next_step


def last_day_of_step(voucher: Voucher) -> date | None:
    """Return the last day for the next step: the voucher's own, or the program's."""
    if voucher.suspended_at is not None or not voucher.is_unused:
        return None
    offering = voucher.engagement_type.offering
    return earliest([voucher.expires_on, _last_day_in_program(voucher, offering)])


def _last_day_in_program(voucher: Voucher, offering: Offering) -> date | None:
    last_days = {
        State.CREATED: offering.last_day_to_create,
        State.ASSIGNED: offering.last_day_to_reserve,
        State.RESERVED: offering.last_day_to_redeem,
    }
    return last_days.get(State(voucher.state))


def obstacles_of(voucher: Voucher, reader: Organization | None) -> Iterator[Finding]:
    """Judge what can stand in a voucher's way, as far as the reader may know it."""
    yield suspension.moves_on(voucher)
    if not voucher.is_unused:
        return
    yield _program_goes_on(voucher)
    if voucher.state == State.ASSIGNED and voucher.partner is not None:
        yield from _of_partner(voucher, voucher.partner, reader)


def _program_goes_on(voucher: Voucher) -> Finding:
    """Tell whether the program still takes the step that comes next."""
    today = clock.today(voucher.customer.time_zone)
    ending = NEXT_ENDING[State(voucher.state)]
    return ending.finding(voucher.engagement_type.offering, today)


def _of_partner(
    voucher: Voucher, partner: Organization, reader: Organization | None
) -> Iterator[Finding]:
    findings = reservations.check_reservation_of(voucher, partner)
    if reader is None or reader.is_partner:
        # The program's last day is told already.
        yield from (finding for finding in findings if finding.code != "ending")
        return
    # The customer learns that it cannot be, not what is in the partner's files.
    yield Finding(
        rule=_("The partner can reserve it"),
        holds=not unmet_findings(findings),
        found=_("%(partner)s does not meet the program's rules at present.")
        % {"partner": partner},
        needed=_("A partner that can deliver it today."),
        fix=_("Ask the partner, or assign the voucher to another one."),
        code="partner",
    )


LabeledDay = tuple[str, object]


def last_days_of(voucher: Voucher) -> list[LabeledDay]:
    """List the program's last days that are near, for steps that are still to come."""
    offering = voucher.engagement_type.offering
    rows = [
        (State.CREATED, _("Last day to assign"), offering.last_day_to_create),
        (State.ASSIGNED, _("Last day to reserve"), offering.last_day_to_reserve),
        (State.RESERVED, _("Last day to redeem"), offering.last_day_to_redeem),
    ]
    place_now = WAY.index(State(voucher.state)) if voucher.is_unused else len(WAY)
    near = clock.in_days(NEAR_DAYS, voucher.customer.time_zone)
    return [
        (label, day)
        for state, label, day in rows
        if day and day <= near and WAY.index(state) >= place_now
    ]


@dataclass(frozen=True)
class Promise:
    """What a live reservation promised, as its page shows it."""

    on: date
    findings: list[Finding]
    reservation: Reservation


def promise_of(reservation: Reservation | None) -> Promise | None:
    """Return the promise of a reservation; one made before promises has none."""
    if reservation is None or not reservation.promise:
        return None
    return Promise(
        clock.day_on_page(reservation.reserved_at),
        reservations.promised_findings(reservation),
        reservation,
    )


def extensions_of(voucher: Voucher) -> list[Extension]:
    """List what moved the last day of a voucher; its customer's, for both to read."""
    with also_for(voucher.customer_id):
        return list(voucher.extensions.order_by("pk"))


Row = tuple[str, Any]


@dataclass(frozen=True)
class VoucherAction:
    """A move that a side may make on its page, and in which states it is spoken of."""

    move: str
    title: Text
    page: str
    tone: str = ""
    states: Sequence[State] = tuple(State)


OF_CUSTOMER = [
    VoucherAction(
        "assign",
        gettext_lazy("Assign"),
        "vouchers:assign",
        "primary",
        states=[state for state in State if state != State.ASSIGNED],
    ),
    VoucherAction(
        "assign",
        gettext_lazy("Assign to others"),
        "vouchers:assign",
        states=[State.ASSIGNED],
    ),
    VoucherAction(
        "recall",
        gettext_lazy("Take the assignment back"),
        "vouchers:recall",
        states=WITH_MANAGER,
    ),
    VoucherAction(
        "cancel", gettext_lazy("Cancel the voucher"), "vouchers:cancel", "danger"
    ),
]
OF_EXTENDERS = [
    VoucherAction("extend", gettext_lazy("Extend"), "vouchers:extend", states=UNUSED),
]
OF_PARTNER = [
    VoucherAction(
        "reserve",
        gettext_lazy("Reserve"),
        "vouchers:reserve",
        "primary",
        states=[State.ASSIGNED, State.CANCELLED, State.EXPIRED],
    ),
    VoucherAction(
        "release",
        gettext_lazy("Give the voucher back"),
        "vouchers:release",
        states=WITH_PARTNER,
    ),
]


@dataclass(frozen=True)
class ActionRule:
    """A way on from a voucher's page."""

    title: Text
    url: str
    tone: str


@dataclass(frozen=True)
class Ways:
    """What a reader can do with a voucher now, and why not the rest."""

    open: list[ActionRule]
    closed: list[tuple[str, str]]


def ways_for(voucher: Voucher, actor: Member) -> Ways:
    """Ask the machine for each action of the reader's side."""
    slug = actor.organization.slug
    opened, closed = [], defaultdict(list)
    for action in actions_of(voucher, actor):
        refusal = refusal_of(action, voucher)
        if refusal:
            closed[refusal].append(str(action.title))
        else:
            url = reverse(action.page, args=[slug, voucher.number])
            opened.append(ActionRule(action.title, url, action.tone))
    return Ways(
        opened, [(join_words(titles), refusal) for refusal, titles in closed.items()]
    )


def refusal_of(action: VoucherAction, voucher: Voucher) -> str:
    """Say why an action is refused; an extension moves a date, and no state."""
    if action in OF_EXTENDERS:
        return extensions.extension_refusal(voucher)
    return why_not(voucher, action.move)


def actions_of(voucher: Voucher, actor: Member) -> list[VoucherAction]:
    """List the actions of the reader's side that mean something for the voucher."""
    sides = [(roles.OWNERS, OF_CUSTOMER), (roles.HOLDERS, OF_PARTNER)]
    own = [
        action for roles, actions in sides if actor.has(*roles) for action in actions
    ]
    if extensions.may_be_extended_by(voucher, actor):
        own += OF_EXTENDERS
    return [action for action in own if voucher.state in action.states]


def facts_of(voucher: Voucher, reader: Organization) -> list[Row]:
    """List the facts of a voucher as one of its parties reads them."""
    other: Row = (
        (_("Customer"), voucher.customer)
        if reader.is_partner
        else (_("Partner"), voucher.partner or any_partner(voucher))
    )
    label: list[Row] = [(_("Label"), voucher.label)] if voucher.label else []
    return [
        *label,
        other,
        *work_of(voucher),
        (_("Project manager"), contact(voucher.project_manager)),
        (_("Voucher admin"), contact(voucher.admin)),
    ]


def work_of(voucher: Voucher) -> list[Row]:
    return [
        (_("Engagement type"), voucher.engagement_type),
        (_("Offering"), voucher.engagement_type.offering),
        (_("Days"), days_of(voucher)),
        (_("Country of delivery"), voucher.country_name),
        (_("Last day"), date_format(voucher.expires_on)),
        *program_end_of(voucher),
    ]


def program_end_of(voucher: Voucher) -> list[Row]:
    """Tell the program's last day to redeem where it comes before the voucher's own."""
    if voucher.deadline == voucher.expires_on:
        return []
    return [(_("The program ends on"), date_format(voucher.deadline))]


def days_of(voucher: Voucher) -> str:
    """Say how many days a voucher is for, and how many of them were delivered."""
    if voucher.days_used in (None, voucher.days):
        return str(voucher.days)
    return _("%(days)s, of which %(used)s were delivered") % {
        "days": voucher.days,
        "used": voucher.days_used,
    }


def any_partner(voucher: Voucher) -> str:
    return _("Any eligible partner") if voucher.state == State.ASSIGNED else ""


def contact(person: Any) -> str:
    return f"{person}, {person.email}" if person else ""


def hold_of(reservation: Reservation) -> list[Row]:
    """List what a reservation was made under."""
    return [
        (_("Partner"), reservation.partner),
        (_("Reserved on"), date_format(clock.on_page(reservation.reserved_at))),
        (_("Reserved by"), reservation.reserved_by),
        (_("Location"), reservation.location),
        (_("Terms"), reservation.signature.terms),
    ]


@dataclass(frozen=True)
class LastDayToCreate:
    """A program or offering, and the last day to create vouchers of it."""

    of: Model
    day: date


def last_days_to_create(types: Iterable[EngagementType]) -> list[LastDayToCreate]:
    """List the last days to create, each once: an offering's where it is earlier."""
    endings: dict[LastDayToCreate, None] = {}
    for offering in {engagement_type.offering for engagement_type in types}:
        day, of_program = offering.last_day_to_create, offering.program.creation_ends_on
        if day is not None:
            of = offering.program if day == of_program else offering
            endings[LastDayToCreate(of, day)] = None
    return sorted(endings, key=lambda ending: (ending.day, str(ending.of)))

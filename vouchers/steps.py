"""What pages say of one voucher: its facts, and what its reader can do with it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock
from portal.actors import Member
from portal.findings import Text
from portal.models import Organization
from portal.states import why_not
from portal.words import listed
from vouchers.models import Reservation, State, Voucher
from vouchers.models.states import UNUSED, WITH_MANAGER, WITH_PARTNER
from vouchers.services import (
    HOLDERS,
    OWNERS,
    may_be_extended_by,
    why_not_extended,
)

Row = tuple[str, Any]


@dataclass(frozen=True)
class Deed:
    """A move that a side may make on its page, and in which states it is spoken of."""

    move: str
    title: Text
    page: str
    tone: str = ""
    states: Sequence[State] = tuple(State)


OF_CUSTOMER = [
    Deed(
        "assign",
        gettext_lazy("Assign"),
        "vouchers:assign",
        "primary",
        states=[state for state in State if state != State.ASSIGNED],
    ),
    Deed(
        "assign",
        gettext_lazy("Assign to others"),
        "vouchers:assign",
        states=[State.ASSIGNED],
    ),
    Deed(
        "recall",
        gettext_lazy("Take the assignment back"),
        "vouchers:recall",
        states=WITH_MANAGER,
    ),
    Deed("cancel", gettext_lazy("Cancel the voucher"), "vouchers:cancel", "danger"),
]
OF_EXTENDERS = [
    Deed("extend", gettext_lazy("Extend"), "vouchers:extend", states=UNUSED),
]
OF_PARTNER = [
    Deed(
        "reserve",
        gettext_lazy("Reserve"),
        "vouchers:reserve",
        "primary",
        states=[State.ASSIGNED, State.CANCELLED, State.EXPIRED],
    ),
    Deed(
        "release",
        gettext_lazy("Give the voucher back"),
        "vouchers:release",
        states=WITH_PARTNER,
    ),
]


@dataclass(frozen=True)
class Action:
    """A way on from a voucher's page."""

    title: Text
    url: str
    tone: str


@dataclass(frozen=True)
class Ways:
    """What a reader can do with a voucher now, and why not the rest."""

    open: list[Action]
    closed: list[tuple[str, str]]


def ways_for(voucher: Voucher, actor: Member) -> Ways:
    """Ask the machine for each deed of the reader's side."""
    slug = actor.organization.slug
    opened, closed = [], defaultdict(list)
    for deed in deeds_of(voucher, actor):
        refusal = refusal_of(deed, voucher)
        if refusal:
            closed[refusal].append(str(deed.title))
        else:
            url = reverse(deed.page, args=[slug, voucher.number])
            opened.append(Action(deed.title, url, deed.tone))
    return Ways(
        opened, [(listed(titles), refusal) for refusal, titles in closed.items()]
    )


def refusal_of(deed: Deed, voucher: Voucher) -> str:
    """Say why a deed is refused; an extension moves a date, and no state."""
    if deed in OF_EXTENDERS:
        return why_not_extended(voucher)
    return why_not(voucher, deed.move)


def deeds_of(voucher: Voucher, actor: Member) -> list[Deed]:
    """List the deeds of the reader's side that mean something for the voucher."""
    sides = [(OWNERS, OF_CUSTOMER), (HOLDERS, OF_PARTNER)]
    own = [deed for roles, deeds in sides if actor.has(*roles) for deed in deeds]
    if may_be_extended_by(voucher, actor):
        own += OF_EXTENDERS
    return [deed for deed in own if voucher.state in deed.states]


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

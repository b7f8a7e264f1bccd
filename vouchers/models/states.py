"""The states of a voucher, the ways between them, and what guards them."""

from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.states import guard


class State(models.TextChoices):
    CREATED = "created", _("Created")
    ASSIGNED = "assigned", _("Assigned")
    RESERVED = "reserved", _("Reserved")
    REDEEMED = "redeemed", _("Redeemed")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


UNUSED = [State.CREATED, State.ASSIGNED, State.RESERVED]
USED = [State.REDEEMED, State.PAID]
# With these something is still to be done.
OPEN = [*UNUSED, State.REDEEMED]
# These came to nothing.
ENDED = [State.CANCELLED, State.EXPIRED]
WITH_MANAGER = [State.ASSIGNED, State.RESERVED, State.REDEEMED, State.PAID]
WITH_PARTNER = [State.RESERVED, State.REDEEMED, State.PAID]

MOVES = [
    ("assigned", "assigned"),
    ("assigned", "cancelled"),
    ("assigned", "created"),
    ("assigned", "expired"),
    ("assigned", "reserved"),
    ("created", "assigned"),
    ("created", "cancelled"),
    ("created", "expired"),
    ("redeemed", "paid"),
    ("redeemed", "reserved"),
    ("reserved", "assigned"),
    ("reserved", "expired"),
    ("reserved", "redeemed"),
]


# What comes next, and who is expected to do it.
NEXT_STEPS = {
    State.CREATED: _("The customer assigns it to a project manager and a partner."),
    State.ASSIGNED: _("An eligible partner reserves it."),
    State.RESERVED: _("The partner delivers, files the report and redeems it."),
    State.REDEEMED: _("The partner requests payment, and the sponsor pays."),
    State.PAID: _("Nothing is left to do: it is paid."),
    State.CANCELLED: _("Nothing is left to do: its days are back in the pool."),
    State.EXPIRED: _("Nothing is left to do: its last day has passed."),
}


def values(states: list[State]) -> list[str]:
    return [state.value for state in states]


@guard(_("The voucher has expired."))
def in_time(voucher: Any) -> bool:
    last_day: date = voucher.expires_on
    return clock.today(voucher.customer.time_zone) <= last_day


@guard(_("The voucher has not expired yet."))
def overdue(voucher: Any) -> bool:
    return not in_time(voucher)


@guard(_("The voucher is suspended by the sponsor."))
def not_suspended(voucher: Any) -> bool:
    return voucher.suspended_at is None

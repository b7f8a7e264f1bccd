"""The states of a voucher, the ways between them, and what guards them."""

from datetime import date
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact, IsNull
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from enrollment.models import Anchor, Program
from portal import clock
from portal.conditions import Among
from portal.models import Organization
from portal.states import guard, move


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


# The last day moves by an extension, and once by the first assignment, where the
# program counts from it; never to an earlier day. Reminders of the new one begin anew.
LAST_DAY_MOVES = """
    IF NEW.expires_on < OLD.expires_on THEN
        RAISE EXCEPTION 'pgtrigger: The last day never comes earlier';
    END IF;
    NEW.reminded := NULL;
    IF OLD.state = 'created' AND OLD.assigned_at IS NULL
        AND NEW.state = 'assigned' AND NEW.assigned_at IS NOT NULL THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM vouchers_extension e WHERE e.voucher_id = OLD.id
            AND e.before = OLD.expires_on AND e.until = NEW.expires_on
    ) THEN
        RAISE EXCEPTION 'pgtrigger: The last day moves by an extension only';
    END IF;
    RETURN NEW;
"""


def last_day_from_today(program: Program, customer: Organization) -> date:
    """Return the last day of a voucher whose life begins today [PS-PROC, DPS21]."""
    return clock.in_days(program.voucher_life_days, customer.time_zone)


def last_day_assigned(voucher: Any) -> date:
    """Return the last day of a voucher that is assigned for the first time today.

    Where the program counts from then, a day that was promised before stays if it is
    later: by an extension, for days it was suspended, or under a longer life.
    """
    promised: date = voucher.expires_on
    if voucher.program.expiry_anchor != Anchor.ASSIGNED:
        return promised
    return max(promised, last_day_from_today(voucher.program, voucher.customer))


def is_in(states: list[State]) -> Among:
    return Among("state", words=values(states))


TRIGGERS = [
    pgtrigger.FSM(name="moves", field="state", transitions=MOVES),
    pgtrigger.Protect(
        name="stands_still",
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(
            old__suspended_at__isnull=False,
            old__state__df=pgtrigger.F("new__state"),
        ),
    ),
    pgtrigger.Trigger(
        name="keeps_its_last_day",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        condition=pgtrigger.Q(old__expires_on__df=pgtrigger.F("new__expires_on")),
        func=LAST_DAY_MOVES,
    ),
]
PROMISES = [
    models.CheckConstraint(
        condition=Among("state", words=State.values), name="voucher_state_is_known"
    ),
    models.CheckConstraint(
        condition=Q(project_manager__isnull=False) | ~Q(is_in(WITH_MANAGER)),
        name="voucher_assigned_has_manager",
    ),
    models.CheckConstraint(
        condition=Q(partner__isnull=False, reserved_at__isnull=False)
        | ~Q(is_in(WITH_PARTNER)),
        name="voucher_reserved_has_partner",
    ),
    models.CheckConstraint(
        condition=Exact(is_in(USED), IsNull(F("redeemed_at"), False)),
        name="voucher_redeemed_has_its_moment",
    ),
    models.CheckConstraint(
        condition=Q(Exact(is_in(USED), IsNull(F("days_used"), False)))
        & (Q(days_used=None) | Q(days_used__gte=1, days_used__lte=F("days"))),
        name="voucher_redeemed_has_its_days",
    ),
    models.CheckConstraint(
        condition=Exact(
            IsNull(F("suspended_at"), True), Exact(F("suspension_reason"), "")
        ),
        name="voucher_suspended_has_reason",
    ),
    models.CheckConstraint(
        condition=Q(suspended_at=None) | Q(is_in(OPEN)),
        name="voucher_suspended_can_go_on",
    ),
]


class VoucherLife(models.Model):
    """What changes of a voucher while it lives."""

    state = FSMField(_("state"), choices=State, default=State.CREATED, protected=True)
    expires_on = models.DateField(_("expires on"))

    created_at = models.DateTimeField(
        _("created at"), default=clock.now, editable=False
    )
    # The first time: a voucher that is recalled keeps it.
    assigned_at = models.DateTimeField(_("assigned at"), null=True, blank=True)
    reserved_at = models.DateTimeField(_("reserved at"), null=True, blank=True)
    redeemed_at = models.DateTimeField(_("redeemed at"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    # What was delivered, once it is redeemed; fewer where the program allows it.
    days_used = models.SmallIntegerField(_("days delivered"), null=True, blank=True)
    # The last reminder that was told, in days before the last day.
    reminded = models.SmallIntegerField(_("last reminder"), null=True, editable=False)
    # While the sponsor looks into something, the voucher stands still.
    suspended_at = models.DateTimeField(_("suspended at"), null=True, blank=True)
    suspension_reason = models.CharField(
        _("why it is suspended"), max_length=200, blank=True
    )

    class Meta:
        abstract = True

    @move(
        source=[State.CREATED, State.ASSIGNED],
        target=State.ASSIGNED,
        conditions=[not_suspended, in_time],
    )
    def assign(self, *, project_manager: Any, partner: Organization | None) -> None:
        self.project_manager = project_manager
        self.partner = partner
        if self.assigned_at is None:
            self.assigned_at = clock.now()
            self.expires_on = last_day_assigned(self)

    @move(
        source=State.ASSIGNED, target=State.CREATED, conditions=[not_suspended, in_time]
    )
    def recall(self) -> None:
        self.project_manager = None
        self.partner = None

    @move(
        source=State.ASSIGNED,
        target=State.RESERVED,
        conditions=[not_suspended, in_time],
    )
    def reserve(self, *, partner: Organization) -> None:
        self.partner = partner
        self.reserved_at = clock.now()

    @move(
        source=State.RESERVED,
        target=State.ASSIGNED,
        conditions=[not_suspended, in_time],
    )
    def release(self) -> None:
        """Open the voucher to any partner again; its expiry does not change [VVT]."""
        self.partner = None
        self.reserved_at = None

    @move(
        source=State.RESERVED,
        target=State.REDEEMED,
        conditions=[not_suspended, in_time],
    )
    def redeem(self, *, days: int) -> None:
        self.redeemed_at = clock.now()
        self.days_used = days

    @move(source=State.REDEEMED, target=State.RESERVED, conditions=[not_suspended])
    def reverse(self) -> None:
        self.redeemed_at = None
        self.days_used = None

    @move(source=State.REDEEMED, target=State.PAID, conditions=[not_suspended])
    def pay(self) -> None:
        self.paid_at = clock.now()

    @move(
        source=[State.CREATED, State.ASSIGNED],
        target=State.CANCELLED,
        conditions=[not_suspended, in_time],
    )
    def cancel(self) -> None:
        """Take the voucher back before a partner holds it."""

    @move(source=UNUSED, target=State.EXPIRED, conditions=[not_suspended, overdue])
    def expire(self) -> None:
        """Close a voucher that nobody finished with in time."""

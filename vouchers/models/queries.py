"""One voucher as a line of the list: what the line shows, and nothing else."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import chain
from typing import Any, NamedTuple, Self

from django.db.models import DateField, F, Q
from django.db.models.functions import Least

from enrollment.models import Offering, Program
from enrollment.models.catalogue import offerings_with_programs
from portal import clock
from portal.reminders_sql import FirstOffset, untold
from portal.roles import Side
from portal.tenancy import TenantQuerySet
from portal.zones import days_from, local_day
from vouchers.models.agreements import runs_on
from vouchers.models.numbers import plain_signs
from vouchers.models.states import UNUSED, State

SHOWN = (
    *("pk", "created_at", "number", "label", "days"),
    *("state", "suspended_at", "expires_on", "redeemable_until"),
)
NAMES = ("engagement_type__name", "project_manager__name", "project_manager__email")
ROW_ZONE = "customer__time_zone"
OTHER_PARTY = {Side.CUSTOMER: "partner__name", Side.PARTNER: "customer__name"}


class VoucherRow(NamedTuple):
    """A line of the list, as one party reads it; the names are those of others."""

    pk: int
    created_at: datetime
    number: str
    label: str
    days: int
    state: str
    suspended_at: datetime | None
    expires_on: date
    redeemable_until: date | None
    engagement_type: str
    manager_name: str | None
    manager_email: str | None
    party: str | None
    # The customer's: the voucher is its.
    time_zone: str

    @classmethod
    def columns(cls, side: Side) -> tuple[str, ...]:
        """Name what a query reads for one side, in the order of the line."""
        return (*SHOWN, *NAMES, OTHER_PARTY[side], ROW_ZONE)

    @classmethod
    def of(cls, values: tuple) -> Self:
        return cls._make(values)

    @property
    def project_manager(self) -> str | None:
        return self.manager_name or self.manager_email

    @property
    def deadline(self) -> date:
        """Return the last day to redeem: its own or, if earlier, its program's."""
        return min(self.expires_on, self.redeemable_until or self.expires_on)

    @property
    def is_unused(self) -> bool:
        return self.state in UNUSED

    def get_state_display(self) -> str:
        return str(State(self.state).label)


# The last day to redeem of offering and program; nothing where neither has one.
REDEEMABLE_UNTIL = Least(
    "engagement_type__offering__redemption_ends_on",
    "engagement_type__offering__program__redemption_ends_on",
    output_field=DateField(),
)
# The earlier of that and the voucher's own last day.
DEADLINE = Least(F("expires_on"), REDEEMABLE_UNTIL, output_field=DateField())
# What ends before a voucher of a state does, where its offering or program closes.
LAST_DAYS = {
    State.CREATED: "creation_ends_on",
    State.ASSIGNED: "reservation_ends_on",
    State.RESERVED: "redemption_ends_on",
}
# No voucher lives much longer than as shipped, with what extends it.
LONGEST_DAYS = 365
# Where the time zone stands by which a voucher's last day is over.
ZONE = "customer__time_zone"
REMINDER_SCHEDULE = "engagement_type__offering__program__expiry_reminder_days"


def is_any_ending(offerings: Iterable[Offering]) -> bool:
    """Tell whether any offering or program ends within the life of a voucher."""
    first, last = clock.today(), clock.in_days(LONGEST_DAYS)
    days = (
        getattr(owner, name)
        for offering in offerings
        for owner in (offering, offering.program)
        for name in LAST_DAYS.values()
    )
    return any(day is not None and first <= day <= last for day in days)


class VoucherQuerySet(TenantQuerySet):
    partner_path = "partner"
    customer_path = "customer"
    manager_path = "project_manager"

    def unused(self) -> Self:
        return self.filter(state__in=UNUSED)

    def moving(self) -> Self:
        """Keep what the clock works on: unused, and not suspended."""
        return self.unused().filter(suspended_at=None)

    def overdue(self) -> Self:
        """Keep what the guards of ``expire`` let go, as the database sees it.

        ``returns`` says whether its days return to the pool: they are lost when the
        agreement had ended by the voucher's last day. [PSTRAIN]
        """
        somewhere = self.moving().filter(expires_on__lt=clock.in_days(1))
        return somewhere.filter(expires_on__lt=local_day(ZONE, clock.now())).annotate(
            returns=Q(runs_on(F("expires_on"), "agreement__"))
        )

    def to_remind(self) -> Self:
        """Keep those that reached another ``reminder_offset`` of their program.

        ``days_left`` counts from today at the customer.
        """
        reminder_schedules = Program.objects.values_list(
            "expiry_reminder_days", flat=True
        )
        longest = max(chain.from_iterable(reminder_schedules), default=0)
        near = self.moving().filter(expires_on__gte=clock.in_days(-1))
        near = near.due_by(clock.in_days(longest + 1), offerings_with_programs())
        left = days_from(DEADLINE, local_day(ZONE, clock.now()))
        due = near.annotate(days_left=left).filter(days_left__gte=0)
        return untold(due, FirstOffset(F(REMINDER_SCHEDULE), F("days_left")))

    def matching(self, typed: str) -> Self:
        """Keep the vouchers whose number or label holds what somebody typed."""
        signs = plain_signs(typed)
        groups = "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))
        condition = Q(label__icontains=typed.strip())
        return self.filter(
            condition | Q(number__contains=groups) if groups else condition
        )

    def due_by(self, day: date, offerings: Iterable[Offering]) -> Self:
        """Keep what is to be redeemed by a day: its own last day, or its program's.

        The offerings are all that there are.
        """
        last_days = (
            (offering.pk, offering.last_day_to_redeem) for offering in offerings
        )
        ending = [key for key, last_day in last_days if last_day and last_day <= day]
        own = Q(expires_on__lte=day)
        ends = Q(engagement_type__offering__in=ending)
        return self.filter(own | ends if ending else own)

    def due_first(self, state: State, *, is_ending: bool) -> Self:
        """Put first what is to be done first with vouchers of a state.

        That is by their own last day, which an index gives; where an offering
        ``is_ending`` within their life, by the earlier of both.
        """
        if not is_ending:
            return self.order_by("expires_on", "pk")
        ends, path = LAST_DAYS[state], "engagement_type__offering__"
        offering, program = f"{path}{ends}", f"{path}program__{ends}"
        days = Least("expires_on", offering, program, output_field=DateField())
        return self.order_by(days, "pk")

    def for_list(self) -> Self:
        """Everything that one row of the voucher list shows, in one query."""
        return self.select_related(
            "customer", "partner", "engagement_type__offering", "project_manager"
        ).annotate(redeemable_until=REDEEMABLE_UNTIL)

    def lines(self, side: Side) -> Any:
        """Return for each voucher what one line of the list shows to a side."""
        with_ends = self.annotate(redeemable_until=REDEEMABLE_UNTIL)
        return with_ends.values_list(*VoucherRow.columns(side))

    def with_details(self) -> Self:
        """Everything that actions and pages of one voucher need, in one query."""
        return self.for_list().select_related(
            "engagement_type__offering__program", "admin"
        )

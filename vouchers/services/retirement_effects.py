"""Whom a retirement plan touches, and which days it strands: sums of the database.

Every question is one statement over all unused vouchers, whatever their number; each
scenario only adds rows to a small table that they are held against.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from django.db import connection

from enrollment.models import Offering
from enrollment.models.programs import earliest
from portal import clock
from vouchers.models import RetirementPlan
from vouchers.models.states import UNUSED, values

Told = TypeVar("Told")

# What is alike is counted first: the rest works on groups. A day that is open compares
# to nothing, and so counts nothing.
GROUPS = """
WITH wanted (n, offering_id, creation, reservation, redemption) AS (
    SELECT * FROM unnest(%(n)s::int[], %(offering)s::bigint[], %(creation)s::date[],
        %(reservation)s::date[], %(redemption)s::date[])
), pool_ends (n, usable_until) AS (
    SELECT * FROM unnest(%(pool_n)s::int[], %(usable_until)s::date[])
), unused AS MATERIALIZED (
    SELECT t.offering_id, v.customer_id, v.partner_id, v.state, v.expires_on, v.days,
        count(*) AS number
    FROM vouchers_voucher v
    JOIN enrollment_engagementtype t ON t.id = v.engagement_type_id
    WHERE v.state = ANY (%(unused)s) AND t.offering_id = ANY (%(offering)s)
    GROUP BY 1, 2, 3, 4, 5, 6
), judged AS (
    SELECT w.n, u.*, u.number * u.days AS all_days,
        u.state = 'created' AND u.expires_on > w.creation AS unassigned,
        u.state <> 'reserved' AND u.expires_on > w.reservation AS unreserved,
        u.expires_on > w.redemption AS unredeemed,
        LEAST(u.expires_on, w.redemption) < %(today)s::date + u.days - 1
            OR (u.state <> 'reserved' AND w.reservation < %(today)s)
            OR (u.state = 'created' AND w.creation < %(today)s) AS too_late
    FROM unused u JOIN wanted w USING (offering_id)
)
"""
CUSTOMERS = """
, held AS (
    SELECT n, customer_id,
        sum(number) FILTER (WHERE state = 'created') AS created,
        sum(number) FILTER (WHERE state = 'assigned') AS assigned,
        sum(number) FILTER (WHERE state = 'reserved') AS reserved,
        sum(all_days) AS held_days,
        sum(number) FILTER (WHERE unassigned) AS unassigned,
        sum(all_days) FILTER (WHERE unassigned) AS unassigned_days,
        sum(number) FILTER (WHERE unreserved) AS unreserved,
        sum(all_days) FILTER (WHERE unreserved) AS unreserved_days,
        sum(number) FILTER (WHERE unredeemed) AS unredeemed,
        sum(all_days) FILTER (WHERE unredeemed) AS unredeemed_days,
        sum(number) FILTER (WHERE too_late) AS too_late,
        sum(all_days) FILTER (WHERE too_late) AS too_late_days,
        sum(all_days) FILTER (
            WHERE unassigned OR unreserved OR unredeemed OR too_late
        ) AS at_stake
    FROM judged GROUP BY n, customer_id
), pools AS (
    SELECT e.n, a.customer_id, sum(b.free) AS free,
        sum(b.free) FILTER (
            WHERE coalesce(a.ended_on, a.ends_on) > e.usable_until
        ) AS ended
    FROM vouchers_customeragreement a
    JOIN vouchers_balance b ON b.agreement_id = a.id
    CROSS JOIN pool_ends e
    WHERE a.program_id = %(program)s AND b.free > 0
        AND coalesce(a.ended_on, a.ends_on) >= %(today)s
    GROUP BY e.n, a.customer_id
), touched AS (
    SELECT n, customer_id, coalesce(p.free, 0) AS free, coalesce(p.ended, 0) AS ended,
        coalesce(h.created, 0) AS created, coalesce(h.assigned, 0) AS assigned,
        coalesce(h.reserved, 0) AS reserved, coalesce(h.held_days, 0) AS held_days,
        coalesce(p.ended, 0) + coalesce(h.at_stake, 0) AS at_stake,
        h.unassigned, h.unassigned_days, h.unreserved, h.unreserved_days,
        h.unredeemed, h.unredeemed_days, h.too_late, h.too_late_days
    FROM held h FULL JOIN pools p USING (n, customer_id)
)
"""
TOTALS = """
SELECT n, count(*) AS customers,
    count(*) FILTER (WHERE free > 0) AS with_free,
    count(*) FILTER (WHERE created > 0) AS with_created,
    count(*) FILTER (WHERE assigned > 0) AS with_assigned,
    count(*) FILTER (WHERE reserved > 0) AS with_reserved,
    (SELECT count(DISTINCT partner_id) FROM unused WHERE state = 'reserved')
        AS partners,
    sum(free) AS free, sum(ended) AS ended,
    sum(free) - sum(ended) AS ending_anyway,
    sum(created) AS created, sum(assigned) AS assigned, sum(reserved) AS reserved,
    coalesce(sum(unassigned), 0) AS unassigned,
    coalesce(sum(unassigned_days), 0) AS unassigned_days,
    coalesce(sum(unreserved), 0) AS unreserved,
    coalesce(sum(unreserved_days), 0) AS unreserved_days,
    coalesce(sum(unredeemed), 0) AS unredeemed,
    coalesce(sum(unredeemed_days), 0) AS unredeemed_days,
    coalesce(sum(too_late), 0) AS too_late,
    coalesce(sum(too_late_days), 0) AS too_late_days,
    sum(at_stake) AS at_stake, count(*) FILTER (WHERE at_stake > 0) AS losing
FROM touched GROUP BY n
"""
ROWS_OF_CUSTOMERS = """
SELECT o.id, o.name, o.country, t.free, t.ended, t.created, t.assigned, t.reserved,
    t.held_days, t.at_stake
FROM touched t JOIN portal_organization o ON o.id = t.customer_id
ORDER BY t.at_stake DESC, o.name, o.id LIMIT %(most)s
"""
ROWS_OF_PARTNERS = """
SELECT o.id, o.name, o.country,
    coalesce(sum(j.number) FILTER (WHERE j.state = 'reserved'), 0) AS reserved,
    coalesce(sum(j.all_days) FILTER (WHERE j.state = 'reserved'), 0) AS held_days,
    coalesce(sum(j.number) FILTER (WHERE j.state = 'assigned'), 0) AS assigned,
    coalesce(sum(j.all_days) FILTER (WHERE j.unredeemed OR j.too_late), 0) AS at_stake
FROM judged j JOIN portal_organization o ON o.id = j.partner_id
GROUP BY o.id ORDER BY at_stake DESC, reserved DESC, o.name, o.id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Totals:
    """What a set of last days means, in organizations, vouchers and days.

    A voucher counts as late for a step when its own last day comes after the last day
    of that step: unless it takes the step in time, its days are stranded.
    """

    customers: int = 0
    with_free: int = 0
    with_created: int = 0
    with_assigned: int = 0
    with_reserved: int = 0
    partners: int = 0
    free: int = 0
    ended: int = 0
    ending_anyway: int = 0
    created: int = 0
    assigned: int = 0
    reserved: int = 0
    unassigned: int = 0
    unassigned_days: int = 0
    unreserved: int = 0
    unreserved_days: int = 0
    unredeemed: int = 0
    unredeemed_days: int = 0
    too_late: int = 0
    too_late_days: int = 0
    at_stake: int = 0
    losing: int = 0


@dataclass(frozen=True)
class TouchedCustomer:
    """What one customer has to do with a plan."""

    id: int
    name: str
    country: str
    free: int
    ended: int
    created: int
    assigned: int
    reserved: int
    held_days: int
    at_stake: int


@dataclass(frozen=True)
class TouchedPartner:
    """What one partner holds, or is named for."""

    id: int
    name: str
    country: str
    reserved: int
    held_days: int
    assigned: int
    at_stake: int


ONE_DAY = timedelta(days=1)


def _not_before(day: date | None, earlier: date | None) -> date | None:
    return max(day, earlier) if day and earlier else day


@dataclass(frozen=True)
class PlannedLastDays:
    """The days that decide what happens to free days and vouchers; none is open."""

    creation_ends_on: date | None = None
    pool_wipe_on: date | None = None
    reservation_ends_on: date | None = None
    redemption_ends_on: date | None = None

    @property
    def usable_until(self) -> date | None:
        """Return the last day on which vouchers can be made of free days."""
        wiped = self.pool_wipe_on - ONE_DAY if self.pool_wipe_on else None
        return earliest([self.creation_ends_on, wiped])

    def in_order(self) -> "PlannedLastDays":
        """Return the days in order: those that a move has overtaken follow it."""
        reserved = _not_before(self.reservation_ends_on, self.creation_ends_on)
        redeemed = _not_before(
            self.redemption_ends_on, reserved or self.creation_ends_on
        )
        after = self.creation_ends_on + ONE_DAY if self.creation_ends_on else None
        wiped = _not_before(self.pool_wipe_on, after)
        return PlannedLastDays(self.creation_ends_on, wiped, reserved, redeemed)


@dataclass(frozen=True)
class Scenario:
    """Days with what each offering makes of them: its own come first, where earlier."""

    days: PlannedLastDays
    by_offering: dict[int, PlannedLastDays]


def totals_of(plan: RetirementPlan, scenarios: Sequence[Scenario]) -> list[Totals]:
    """Sum up each scenario, all of them in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(GROUPS + CUSTOMERS + TOTALS, _values(plan, scenarios))
        totals = {n: Totals(*map(int, row)) for n, *row in cursor.fetchall()}
    return [totals.get(n, Totals()) for n in range(len(scenarios))]


def touched_customers(
    plan: RetirementPlan, days: Scenario, most: int | None = None
) -> Iterator[TouchedCustomer]:
    """Name customers with free days or unused vouchers, who loses most first."""
    sql = GROUPS + CUSTOMERS + ROWS_OF_CUSTOMERS
    return _rows_told(TouchedCustomer, sql, _values(plan, [days], most))


def touched_partners(
    plan: RetirementPlan, days: Scenario, most: int | None = None
) -> Iterator[TouchedPartner]:
    """Name partners that hold vouchers or are named for them, who loses most first."""
    sql = GROUPS + ROWS_OF_PARTNERS
    return _rows_told(TouchedPartner, sql, _values(plan, [days], most))


def _rows_told(kind: type[Told], sql: str, given: dict[str, Any]) -> Iterator[Told]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        while rows := cursor.fetchmany(500):
            for pk, name, country, *numbers in rows:
                yield kind(pk, name, country, *map(int, numbers))  # type: ignore[call-arg]


def _values(
    plan: RetirementPlan, scenarios: Sequence[Scenario], most: int | None = None
) -> dict[str, Any]:
    """Return the statements' values: one row for each scenario and offering."""
    rows = [
        (n, offering, days.creation_ends_on, days.reservation_ends_on, ends)
        for n, variant in enumerate(scenarios)
        for offering, days in variant.by_offering.items()
        for ends in [days.redemption_ends_on]
    ]
    names = ["n", "offering", "creation", "reservation", "redemption"]
    columns = zip(*rows, strict=True) if rows else [[] for _name in names]
    # An offering has no pool of its own.
    pools = [] if plan.offering_id else list(enumerate(scenarios))
    return {
        **{name: list(column) for name, column in zip(names, columns, strict=True)},
        "pool_n": [n for n, _variant in pools],
        "usable_until": [variant.days.usable_until for _n, variant in pools],
        "program": plan.program_id,
        "today": clock.today(),
        "unused": values(UNUSED),
        "most": most,
    }


SHIFTS = [30, 60, 90]

Way = Callable[[PlannedLastDays], PlannedLastDays]


def days_of(row: RetirementPlan) -> PlannedLastDays:
    """Return the days that a plan sets."""
    return PlannedLastDays(
        row.creation_ends_on,
        row.pool_wipe_on,
        row.reservation_ends_on,
        row.redemption_ends_on,
    )


def in_force(plan: RetirementPlan) -> PlannedLastDays:
    """Return the days of what the plan ends, as they are today."""
    target = plan.target
    return PlannedLastDays(
        target.creation_ends_on,
        None if plan.offering_id else plan.program.pool_wipe_on,
        target.reservation_ends_on,
        target.redemption_ends_on,
    )


def moved_days(days: PlannedLastDays, by: timedelta, name: str = "") -> PlannedLastDays:
    """Move one day, or all of them, later; what is open stays open."""
    names = [name] if name else list(PlannedLastDays.__dataclass_fields__)
    changes = {name: day + by for name in names if (day := getattr(days, name))}
    return replace(days, **changes).in_order()


def with_day(days: PlannedLastDays, name: str, day: date) -> PlannedLastDays:
    """Put one day onto a date that somebody typed."""
    return replace(days, **{name: day}).in_order()


def scenario(plan: RetirementPlan, days: PlannedLastDays) -> Scenario:
    """Work out what days would mean for each offering of the plan."""
    return Scenario(
        days,
        {
            offering.pk: _days_in_effect(plan, offering, days)
            for offering in offerings_of(plan)
        },
    )


def offerings_of(plan: RetirementPlan) -> list[Offering]:
    """List the offerings that a plan ends."""
    if plan.offering is not None:
        return [plan.offering]
    return list(plan.program.offerings.all())


def _days_in_effect(
    plan: RetirementPlan, offering: Offering, days: PlannedLastDays
) -> PlannedLastDays:
    other = plan.program if plan.offering_id else offering
    return PlannedLastDays(
        earliest([days.creation_ends_on, other.creation_ends_on]),
        days.pool_wipe_on,
        earliest([days.reservation_ends_on, other.reservation_ends_on]),
        earliest([days.redemption_ends_on, other.redemption_ends_on]),
    )

"""The facts of the outlook, read with a few queries however many vouchers there are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Extender, Offering
from portal import clock, mail, zones
from portal.actors import Member
from portal.findings import Refused
from portal.services import people
from vouchers.models import CustomerAgreement, LedgerEntry, State, Voucher
from vouchers.models.ledger import EntryType
from vouchers.services import roles

A_DAY = timedelta(days=1)


class End(StrEnum):
    """What ends the use of free days."""

    AGREEMENT = "agreement"
    CREATION = "creation"
    WIPE = "wipe"


@dataclass(frozen=True)
class Forecast:
    """What becomes of the free days of a pool at its pace."""

    free: int
    window: int
    used: int
    delivered: int
    last_use: date
    end: End
    days_left: int
    expected: int
    is_early: bool

    @property
    def at_risk(self) -> int:
        """Return the days that will be lost; none while it is too early to say."""
        return 0 if self.is_early else max(0, self.free - self.expected)

    @property
    def lost_on(self) -> date:
        return self.last_use + A_DAY

    @property
    def is_closed(self) -> bool:
        """Tell whether no voucher can be made of the free days any more."""
        return self.days_left <= 0


@dataclass(frozen=True)
class Foreseen:
    """An agreement with what becomes of its free days."""

    agreement: CustomerAgreement
    forecast: Forecast


@dataclass(frozen=True)
class Pool:
    """The facts of one agreement: its free days, its dates, and what it used lately.

    ``used`` are the days that left the pool for vouchers in the last ``WINDOW_DAYS``
    without those that came back; ``delivered`` those that were delivered.
    """

    free: int
    first_day: date
    last_day: date
    is_activated: bool = True
    creation_ends_on: date | None = None
    wipe_on: date | None = None
    used: int = 0
    delivered: int = 0
    # Whether the program lets its customers extend vouchers.
    is_extendable: bool = False

    @property
    def ends(self) -> list[tuple[date, End]]:
        """List what ends the use of free days, with the last day before it."""
        wipe = self.wipe_on - A_DAY if self.wipe_on else None
        found = [
            (self.last_day, End.AGREEMENT),
            (self.creation_ends_on, End.CREATION),
            (wipe, End.WIPE),
        ]
        return sorted((day, end) for day, end in found if day is not None)

    @property
    def last_use(self) -> date:
        """Return the last day on which a voucher can be made of free days."""
        return self.ends[0][0]


@dataclass(frozen=True)
class Idle:
    """A voucher that no partner has reserved: it expires on its last day."""

    number: str
    days: int
    expires_on: date
    is_assigned: bool
    pool: Pool

    @property
    def returns(self) -> bool:
        """Tell whether its days come back in time to be used again."""
        return self.expires_on < self.pool.last_use


@dataclass(frozen=True)
class Wave:
    """The vouchers that expire on one day, if no partner reserves them before."""

    expires_on: date
    vouchers: Sequence[Idle]

    @property
    def days(self) -> int:
        return sum(each.days for each in self.vouchers)

    @property
    def lost(self) -> int:
        return sum(each.days for each in self.vouchers if not each.returns)

    @property
    def unassigned(self) -> int:
        return sum(not each.is_assigned for each in self.vouchers)


def waves(vouchers: Iterable[Idle]) -> list[Wave]:
    """Gather vouchers by the day on which they expire, the first one first."""
    in_order = sorted(vouchers, key=lambda each: (each.expires_on, each.number))
    return [
        Wave(day, list(group))
        for day, group in groupby(in_order, key=lambda each: each.expires_on)
    ]


@dataclass(frozen=True)
class Outlook:
    """What a customer will lose: free days by agreement, vouchers by day."""

    pools: Sequence[Foreseen] = ()
    waves: Sequence[Wave] = field(default_factory=list)

    @property
    def at_risk(self) -> list[Foreseen]:
        return [each for each in self.pools if each.forecast.at_risk]

    @property
    def days(self) -> int:
        free = sum(each.forecast.at_risk for each in self.pools)
        return free + sum(wave.lost for wave in self.waves)

    @property
    def first_loss(self) -> date | None:
        """Return the first day on which days are lost."""
        free = [each.forecast.lost_on for each in self.at_risk]
        held = [wave.expires_on for wave in self.waves if wave.lost]
        return min([*free, *held], default=None)


class Used(NamedTuple):
    """Days that left a pool for vouchers and did not come back, and delivered ones."""

    taken: int = 0
    delivered: int = 0


def outlook_of(actor: Member) -> Outlook:
    """Foresee the days of the actor's organization."""
    today = clock.today(actor.organization.time_zone)
    agreements = CustomerAgreement.objects.visible_to(actor).with_pool()
    lately = used_lately(actor, today)
    last_days = last_days_to_create({each.program_id for each in agreements})
    pools = {
        each.pk: pool_of(
            each, last_days.get(each.program_id), lately.get(each.pk, Used())
        )
        for each in agreements
    }
    foreseen = [
        Foreseen(each, forecast)
        for each in agreements
        if (forecast := foresee(pools[each.pk], today))
    ]
    return Outlook(foreseen, waves(idle_vouchers(actor, pools, today)))


def last_days_to_create(programs: Collection[int]) -> dict[int, date | None]:
    """Return by program the last day to create a voucher under any of its offerings."""
    days: dict[int, list[date | None]] = defaultdict(list)
    offerings = Offering.objects.filter(program__in=programs)
    for each in offerings.select_related("program"):
        days[each.program_id].append(each.last_day_to_create)
    return {
        program: None if None in found else max(day for day in found if day)
        for program, found in days.items()
    }


def pool_of(agreement: CustomerAgreement, last: date | None, lately: Used) -> Pool:
    program = agreement.program
    opened = clock.day_of(agreement.created_at, agreement.customer.time_zone)
    return Pool(
        free=agreement.balance.free,
        first_day=max(agreement.starts_on, opened),
        last_day=agreement.last_day,
        is_activated=agreement.activated_at is not None,
        creation_ends_on=last or program.creation_ends_on,
        wipe_on=program.pool_wipe_on,
        used=lately.taken,
        delivered=lately.delivered,
        is_extendable=(
            program.extended_by != Extender.SPONSOR and program.extension_days > 0
        ),
    )


def used_lately(actor: Member, today: date) -> dict[int, Used]:
    """Sum up by agreement what left the pool for vouchers lately, and was delivered."""
    first = today - timedelta(days=WINDOW_DAYS)
    since = datetime.combine(first, time(), zones.zone(actor.organization.time_zone))
    recent = LedgerEntry.objects.visible_to(actor).filter(created_at__gte=since)
    sums = (
        recent.order_by()
        .values("agreement")
        .annotate(
            held=Sum("days", filter=Q(kind=EntryType.HELD), default=0),
            returned=Sum("days", filter=Q(kind=EntryType.RETURNED), default=0),
            delivered=Sum("days", filter=Q(kind=EntryType.CONSUMED), default=0),
        )
    )
    return {
        each["agreement"]: Used(each["held"] - each["returned"], each["delivered"])
        for each in sums
    }


def idle_vouchers(actor: Member, pools: dict[int, Pool], today: date) -> list[Idle]:
    """List the vouchers without a reservation; a suspended one does not expire."""
    idle = Voucher.objects.visible_to(actor).filter(
        state__in=[State.CREATED, State.ASSIGNED],
        suspended_at=None,
        expires_on__gte=today,
    )
    rows = idle.values_list("number", "days", "expires_on", "state", "agreement")
    return [
        Idle(number, days, expires_on, state == State.ASSIGNED, pools[agreement])
        for number, days, expires_on, state, agreement in rows
    ]


WINDOW_DAYS = 90
# A pace over fewer days than these says little, unless the end is near as well.
ENOUGH_DAYS = 14


def foresee(pool: Pool, today: date) -> Forecast | None:
    """Say how many free days of a pool will be lost; nothing where none are left."""
    if pool.free <= 0 or pool.last_day < today:
        return None
    if pool.wipe_on and pool.wipe_on <= today:
        return None
    last_use, end = pool.ends[0]
    first = max(pool.first_day, today - timedelta(days=WINDOW_DAYS))
    window = max(0, (today - first).days)
    days_left = max(0, (last_use - max(today, pool.first_day)).days + 1)
    pace = Fraction(max(0, pool.used), window) if window else Fraction(0)
    expected = int(pace * days_left) if pool.is_activated else 0
    return Forecast(
        pool.free,
        window,
        max(0, pool.used),
        pool.delivered,
        last_use,
        end,
        days_left,
        expected,
        is_early=window < ENOUGH_DAYS and days_left > WINDOW_DAYS,
    )


def call_on(voucher: Voucher, *, by: Member) -> None:
    """Ask the project manager and the named partner to see to a voucher.

    Once a day, however often it is asked for.
    """
    by.must_be(*roles.OWNERS)
    if voucher.state != State.ASSIGNED:
        raise Refused(_("Nobody has to reserve this voucher now."))
    assert voucher.project_manager is not None, "an assigned voucher has one"
    own = voucher.url_for(voucher.customer)
    told = [(voucher.project_manager, own)]
    if voucher.partner is not None:
        theirs = reverse(
            "vouchers:reserve", args=[voucher.partner.slug, voucher.number]
        )
        told += [
            (each, theirs)
            for each in people.people_with(voucher.partner, *roles.HOLDERS)
        ]
    for person, path in told:
        mail.queue(
            "voucher-waits",
            to=person,
            key=f"{voucher.number}:{clock.today().isoformat()}",
            voucher=voucher,
            days_left=clock.days_until(voucher.expires_on, voucher.customer.time_zone),
            path=path,
        )

"""Which days will be lost when all goes on as before: a pure judgement of facts.

The pace is what left the pool for vouchers and did not come back, over the days that
were looked at. Free days are of use until the last day on which a voucher can be made
of them: that of the agreement, of creation, or the day before the program takes free
days off, whichever comes first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import groupby

WINDOW_DAYS = 90
# A pace over fewer days than these says little, unless the end is near as well.
ENOUGH_DAYS = 14
A_DAY = timedelta(days=1)


class End(StrEnum):
    """What ends the use of free days."""

    AGREEMENT = "agreement"
    CREATION = "creation"
    WIPE = "wipe"


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
        """Give the last day on which a voucher can be made of free days."""
        return self.ends[0][0]


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
        """Give the days that will be lost; none while it is too early to say."""
        return 0 if self.is_early else max(0, self.free - self.expected)

    @property
    def lost_on(self) -> date:
        return self.last_use + A_DAY

    @property
    def is_closed(self) -> bool:
        """Tell whether no voucher can be made of the free days any more."""
        return self.days_left <= 0


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

"""The facts of the outlook, read with a few queries however many vouchers there are."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Q, Sum

from enrollment.models import Offering
from enrollment.models.programs import Extender
from portal import clock, zones
from portal.actors import Member
from vouchers.models import CustomerAgreement, LedgerEntry, State, Voucher
from vouchers.models.ledger import Kind
from vouchers.outlook import (
    WINDOW_DAYS,
    Forecast,
    Idle,
    Pool,
    Wave,
    foresee,
    waves,
)


@dataclass(frozen=True)
class Foreseen:
    """An agreement with what becomes of its free days."""

    agreement: CustomerAgreement
    forecast: Forecast


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
        """Give the first day on which days are lost."""
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
    """Give by program the last day to create a voucher under any of its offerings."""
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
            held=Sum("days", filter=Q(kind=Kind.HELD), default=0),
            returned=Sum("days", filter=Q(kind=Kind.RETURNED), default=0),
            delivered=Sum("days", filter=Q(kind=Kind.CONSUMED), default=0),
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

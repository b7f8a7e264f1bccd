"""Which days will be lost at this pace: computed nightly, read by day."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Extender, Offering
from portal import clock, db, mail
from portal.actors import Member
from portal.findings import Refused
from portal.services import people
from portal.tenancy import acting_for_all
from portal.zones import DayIn, days_from, local_day
from vouchers.models import (
    AgreementOutlook,
    CustomerAgreement,
    LedgerEntry,
    State,
    Voucher,
)
from vouchers.models.ledger import EntryType
from vouchers.models.outlook import End
from vouchers.services import roles


@dataclass(frozen=True)
class Pool:
    """The facts of one agreement: its dates, and what it used lately.

    ``used`` are the days that left the pool for vouchers in the last ``WINDOW_DAYS``
    without those that came back; ``delivered`` those that were delivered.
    """

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
        wipe = self.wipe_on - timedelta(days=1) if self.wipe_on else None
        day_ends = [
            (self.last_day, End.AGREEMENT),
            (self.creation_ends_on, End.CREATION),
            (wipe, End.WIPE),
        ]
        return sorted((day, end) for day, end in day_ends if day is not None)

    @property
    def last_use(self) -> date:
        """Return the last day on which a voucher can be made of free days."""
        return self.ends[0][0]

    def takes_back(self, expires_on: date) -> bool:
        """Tell whether a voucher's days come back in time to be used again."""
        return expires_on < self.last_use


@dataclass(frozen=True)
class IdleVoucher:
    """A voucher that no partner has reserved: it expires on its last day."""

    number: str
    days: int
    expires_on: date
    is_assigned: bool
    pool: Pool

    @property
    def returns(self) -> bool:
        return self.pool.takes_back(self.expires_on)


@dataclass(frozen=True)
class LostDays:
    """How many days a customer will lose, from which day on, as of which night."""

    days: int
    first: date | None
    as_of: date | None


def losses_of(actor: Member) -> LostDays:
    """Sum up what was foreseen in the night, in one statement."""
    sums = AgreementOutlook.objects.visible_to(actor).sums()
    days = (sums["free"] or 0) + (sums["idle"] or 0)
    free_on = sums["last_use"] and sums["last_use"] + timedelta(days=1)
    days_of_loss = [day for day in (free_on, sums["idle_on"]) if day]
    return LostDays(days, min(days_of_loss, default=None), sums["as_of"])


def foreseen_of(actor: Member) -> list[AgreementOutlook]:
    """List what was foreseen of the agreements that have free days."""
    rows = AgreementOutlook.objects.visible_to(actor).with_risk()
    free = rows.filter(expected__isnull=False, agreement__balance__free__gt=0)
    return list(
        free.select_related(
            "agreement__balance", "agreement__program", "agreement__customer"
        ).order_by("agreement__ends_on", "pk")
    )


def is_uncounted(actor: Member) -> bool:
    """Tell whether an agreement has free days that no night has counted yet."""
    pools = CustomerAgreement.objects.visible_to(actor).filter(outlook=None)
    return pools.filter(balance__free__gt=0).exists()


class UsedDays(NamedTuple):
    """Days that left a pool for vouchers and did not come back, and delivered ones."""

    taken: int = 0
    delivered: int = 0


def last_days_to_create(programs: Collection[int]) -> dict[int, date | None]:
    """Return, by program, the last day to create a voucher of any of its offerings."""
    days: dict[int, list[date | None]] = defaultdict(list)
    offerings = Offering.objects.filter(program__in=programs)
    for offering in offerings.select_related("program"):
        days[offering.program_id].append(offering.last_day_to_create)
    return {
        program: None if None in last_days else max(day for day in last_days if day)
        for program, last_days in days.items()
    }


def pool_of(agreement: CustomerAgreement, last: date | None, lately: UsedDays) -> Pool:
    """Return the facts of an agreement."""
    program = agreement.program
    opened = clock.day_of(agreement.created_at, agreement.customer.time_zone)
    return Pool(
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


def used_lately(agreements: Collection[CustomerAgreement]) -> dict[int, UsedDays]:
    """Sum up by agreement what left the pool for vouchers lately, and was delivered.

    Days are counted where each customer is.
    """
    since = clock.now() - timedelta(days=WINDOW_DAYS + 2)
    recent = LedgerEntry.objects.filter(agreement__in=agreements, created_at__gte=since)
    zone = "customer__time_zone"
    age = days_from(local_day(zone, clock.now()), DayIn(zone, F("created_at")))
    sums = (
        recent.alias(age=age)
        .filter(age__lte=WINDOW_DAYS)
        .order_by()
        .values("agreement")
        .annotate(
            held=Sum("days", filter=Q(kind=EntryType.HELD), default=0),
            returned=Sum("days", filter=Q(kind=EntryType.RETURNED), default=0),
            delivered=Sum("days", filter=Q(kind=EntryType.CONSUMED), default=0),
        )
    )
    return {
        line["agreement"]: UsedDays(line["held"] - line["returned"], line["delivered"])
        for line in sums
    }


# The first ones to expire; the list of vouchers has them all.
MOST_IDLE = 50


def idle_vouchers(actor: Member) -> list[IdleVoucher]:
    """List the first to expire without a reservation; what is suspended does not."""
    today = clock.today(actor.organization.time_zone)
    idle = Voucher.objects.visible_to(actor).filter(
        state__in=IDLE, suspended_at=None, expires_on__gte=today
    )
    rows = idle.select_related("agreement__program", "agreement__customer")
    vouchers = list(rows.order_by("expires_on", "pk")[:MOST_IDLE])
    last_days = last_days_to_create(
        {voucher.agreement.program_id for voucher in vouchers}
    )
    return [
        IdleVoucher(
            voucher.number,
            voucher.days,
            voucher.expires_on,
            voucher.state == State.ASSIGNED,
            pool_of(
                voucher.agreement,
                last_days.get(voucher.agreement.program_id),
                UsedDays(),
            ),
        )
        for voucher in vouchers
    ]


IDLE = [State.CREATED, State.ASSIGNED]
WINDOW_DAYS = 90
# A pace over fewer days than these says little, unless the end is near as well.
ENOUGH_DAYS = 14


def foresee(pool: Pool, today: date) -> AgreementOutlook:
    """Say how many free days of a pool vouchers will take, whatever is free by then.

    Nothing is expected where no free day can be lost any more.
    """
    last_use, end = pool.ends[0]
    outlook = AgreementOutlook(as_of=today, last_use=last_use, end=end)
    if pool.last_day < today or (pool.wipe_on and pool.wipe_on <= today):
        return outlook
    first = max(pool.first_day, today - timedelta(days=WINDOW_DAYS))
    window = max(0, (today - first).days)
    days_left = max(0, (last_use - max(today, pool.first_day)).days + 1)
    used = max(0, pool.used)
    pace = Fraction(used, window) if window else Fraction(0)
    outlook.window, outlook.used, outlook.delivered = window, used, pool.delivered
    outlook.days_left = days_left
    outlook.expected = int(pace * days_left) if pool.is_activated else 0
    outlook.is_early = window < ENOUGH_DAYS and days_left > WINDOW_DAYS
    return outlook


# The most agreements that are foreseen in one transaction.
MOST_FORESEEN = 1000


def foresee_all() -> int:
    """Keep for every agreement what becomes of its days; returns their number.

    What is over and holds no idle voucher is forgotten. An agreement that cannot be
    judged is passed over, keeps what was foreseen before, and is named in the log.
    """
    with acting_for_all():
        alive = perhaps_alive()
        AgreementOutlook.objects.exclude(agreement__in=alive).delete()
        keys = list(alive.order_by("pk").values_list("pk", flat=True))
    return db.at_pace(_foresee, keys, most=MOST_FORESEEN, what="Outlook of agreement")


def perhaps_alive() -> QuerySet[CustomerAgreement]:
    """Return the agreements of which days may still be lost somewhere on earth."""
    first = clock.in_days(-1)
    idle = Voucher.objects.filter(
        agreement=OuterRef("pk"), state__in=IDLE, expires_on__gte=first
    )
    agreements = CustomerAgreement.objects.alias(last=Coalesce("ended_on", "ends_on"))
    return agreements.filter(Q(last__gte=first) | Exists(idle))


def _foresee(keys: list[int]) -> int:
    with acting_for_all():
        rows = CustomerAgreement.objects.filter(pk__in=keys)
        agreements = list(rows.select_related("customer", "program"))
        lately = used_lately(agreements)
        last_days = last_days_to_create(
            {agreement.program_id for agreement in agreements}
        )
        pools = {
            agreement.pk: pool_of(
                agreement,
                last_days.get(agreement.program_id),
                lately.get(agreement.pk, UsedDays()),
            )
            for agreement in agreements
        }
        idle = _idle_losses(agreements, pools)
        outlooks = []
        for agreement in agreements:
            today = clock.today(agreement.customer.time_zone)
            outlook = foresee(pools[agreement.pk], today)
            outlook.agreement = agreement
            outlook.customer_id = agreement.customer_id
            outlook.idle_days, outlook.idle_on = idle[agreement.pk]
            outlooks.append(outlook)
        AgreementOutlook.objects.bulk_create(
            outlooks,
            update_conflicts=True,
            unique_fields=["agreement"],
            update_fields=FORESEEN,
        )
        return len(outlooks)


FORESEEN = [
    *("as_of", "window", "used", "delivered", "last_use", "end"),
    *("days_left", "expected", "is_early", "idle_days", "idle_on"),
]


def _idle_losses(
    agreements: Collection[CustomerAgreement], pools: dict[int, Pool]
) -> dict[int, tuple[int, date | None]]:
    """Sum up by agreement the days that would come back too late, and their first day.

    By day of expiry, of which there are few however many vouchers there are.
    """
    idle = Voucher.objects.filter(
        agreement__in=agreements, state__in=IDLE, suspended_at=None
    )
    coming = idle.filter(expires_on__gte=local_day("customer__time_zone", clock.now()))
    by_day = coming.order_by().values("agreement", "expires_on")
    losses: dict[int, tuple[int, date | None]] = defaultdict(lambda: (0, None))
    for line in by_day.annotate(sum=Sum("days")).order_by("expires_on"):
        key, day = line["agreement"], line["expires_on"]
        if not pools[key].takes_back(day):
            days, first = losses[key]
            losses[key] = (days + line["sum"], first or day)
    return losses


def call_on(voucher: Voucher, *, by: Member) -> None:
    """Ask the project manager and the named partner to see to a voucher.

    Once a day, however often it is asked for.
    """
    by.must_be(*roles.OWNERS)
    if voucher.state != State.ASSIGNED:
        raise Refused(_("Nobody has to reserve this voucher now."))
    assert voucher.project_manager is not None, "an assigned voucher has one"
    own = voucher.url_for(voucher.customer)
    letters = [([voucher.project_manager], own)]
    if voucher.partner is not None:
        partner_path = reverse(
            "vouchers:reserve", args=[voucher.partner.slug, voucher.number]
        )
        letters.append(
            (people.people_with(voucher.partner, *roles.HOLDERS), partner_path)
        )
    for readers, path in letters:
        mail.queue_all(
            "voucher-waits",
            readers,
            key=f"{voucher.number}:{clock.today().isoformat()}",
            voucher=voucher,
            days_left=clock.days_until(voucher.expires_on, voucher.customer.time_zone),
            path=path,
        )

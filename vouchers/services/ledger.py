"""The ledger: writing entries, and emptying pools whose days are over."""

from collections.abc import Iterable
from typing import Any

from django.db.models import DateField, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from portal import clock, db, mail
from portal.actors import CLOCK
from portal.audit import record_all
from portal.findings import Refused
from portal.services import people
from portal.tenancy import acting_for_all
from vouchers.models import (
    AgreementStatus,
    Balance,
    CustomerAgreement,
    LedgerEntry,
    Voucher,
)
from vouchers.models.ledger import WAYS, EntryType
from vouchers.services import roles

# So many entries go in one statement.
BATCH = 2000


def post(entries: Iterable[LedgerEntry]) -> None:
    """Write entries: every action moves the sums of several pools in the same order."""
    ordered = sorted(entries, key=lambda entry: entry.agreement_id)
    LedgerEntry.objects.bulk_create(ordered, BATCH)


def voucher_entry(
    kind: EntryType, voucher: Voucher, days: int | None = None
) -> LedgerEntry:
    """Return the entry that moves a voucher's days, all of them unless it is said."""
    source, target = WAYS[kind]
    return LedgerEntry(
        # By their numbers: the database holds them to the voucher's own.
        agreement_id=voucher.agreement_id,
        customer_id=voucher.customer_id,
        voucher=voucher,
        kind=kind,
        source=source,
        target=target,
        days=voucher.days if days is None else days,
    )


def move_days(kind: EntryType, *vouchers: Voucher, days: int | None = None) -> None:
    """Move days of vouchers to the next account, all of them unless it is said."""
    post(voucher_entry(kind, voucher, days) for voucher in vouchers)


# Far below what the sums of a pool can count.
MOST_IN_POOL = 10_000_000


def entry(
    kind: EntryType,
    agreement: CustomerAgreement,
    days: int,
    *,
    note: str = "",
    **cause: Any,
) -> LedgerEntry:
    """Return an entry to write; ``cause`` names its purchase or conversion, if any.

    A purchase's number is the note of its grant.
    """
    source, target = WAYS[kind]
    purchase = cause.get("purchase")
    return LedgerEntry(
        agreement=agreement,
        customer_id=agreement.customer_id,
        kind=kind,
        source=source,
        target=target,
        days=days,
        note=purchase.reference if purchase else note,
        **cause,
    )


def ensure_pool(pool: CustomerAgreement) -> None:
    """Raise ``Refused`` where free days could not stay: they would expire at once."""
    if pool.standing == AgreementStatus.ENDED:
        raise Refused(
            _("Agreement %(agreement)s ended on %(day)s.")
            % {"agreement": pool, "day": date_format(pool.last_day)}
        )
    if pool.is_wiped:
        raise Refused(wipe_sentence(pool))


def wipe_sentence(pool: CustomerAgreement) -> str:
    """Say when the program of a pool took the free days off."""
    day = pool.program.pool_wipe_on
    assert day is not None, "it has passed"
    return _("The program took all free days off on %(day)s.") % {
        "day": date_format(day)
    }


def ensure_room(pool: CustomerAgreement, days: int) -> None:
    """Raise ``Refused`` for more days than the sums of a pool can count."""
    if pool.balance.free + days > MOST_IN_POOL:
        raise Refused(
            _("A pool holds at most %(most)s free days.")
            % {"most": localize(MOST_IN_POOL)},
            field="days",
        )


# The most pools that are emptied in one transaction.
MOST = 2000


def expire_free_days() -> int:
    """Empty the pools of agreements past their last day and of wiped programs.

    Returns their number. Each batch is its own transaction, which locks the pools;
    days that come back later, from a voucher that is cancelled, go with the next run.
    """
    with acting_for_all():
        keys = list(perhaps_over().order_by("pk").values_list("pk", flat=True))
    return db.at_pace(empty, keys, most=MOST, what="Agreement")


def perhaps_over() -> QuerySet[CustomerAgreement]:
    """Keep the pools whose days may be over somewhere on earth, with free days."""
    latest = clock.in_days(1)
    last_day = Coalesce("ended_on", "ends_on", output_field=DateField())
    agreements = CustomerAgreement.objects.alias(last=last_day)
    return agreements.filter(
        Q(last__lt=latest) | Q(program__pool_wipe_on__lte=latest), balance__free__gt=0
    )


def empty(keys: list[int]) -> int:
    """Empty those of these pools whose days are over, by their customers' calendars."""
    rows = CustomerAgreement.objects.filter(pk__in=keys)
    rows = rows.select_related("customer", "program")
    with acting_for_all(), db.lock_rows(rows) as current:
        over = [agreement for agreement in current if is_over(agreement)]
        # Read under the locks: whoever adds to a pool holds its agreement.
        full = Balance.objects.filter(agreement__in=over, free__gt=0)
        free = dict(full.values_list("agreement", "free"))
        emptied = [agreement for agreement in over if agreement.pk in free]
        post(
            entry(EntryType.EXPIRED, agreement, free[agreement.pk])
            for agreement in emptied
        )
        parties = [(agreement, agreement.customer_id) for agreement in emptied]
        record_all("entitlement.expired", parties, by=CLOCK)
        notify_of_lost_days(emptied, free)
        return len(emptied)


def is_over(agreement: CustomerAgreement) -> bool:
    return agreement.standing == AgreementStatus.ENDED or agreement.is_wiped


def notify_of_lost_days(
    emptied: Iterable[CustomerAgreement], free: dict[int, int]
) -> None:
    emptied = list(emptied)
    admins = people.people_of(
        {agreement.customer_id for agreement in emptied}, *roles.OWNERS
    )
    moment = clock.now().isoformat()
    letters = (
        (
            agreement,
            {
                "agreement": agreement,
                "days": free[agreement.pk],
                "is_wiped": agreement.is_wiped,
                "path": agreement.get_absolute_url(),
            },
        )
        for agreement in emptied
    )
    mail.queue_many(
        mail.Letter("entitlement-expired", person, f"{agreement.pk}:{moment}", words)
        for agreement, words in letters
        for person in admins[agreement.customer_id]
    )

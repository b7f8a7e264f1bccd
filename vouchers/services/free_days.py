"""Free days that end: with their agreement, or with their program [DPS21]."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from portal import batches, clock, mail
from portal.actors import CLOCK
from portal.audit import record_all, remember
from portal.tenancy import acting_for_all
from vouchers.models import Balance, CustomerAgreement, LedgerEntry, Standing
from vouchers.models.ledger import Kind
from vouchers.services.people import benefit_admins
from vouchers.services.pools import entry

# The most pools that are emptied in one transaction.
MOST = 2000


def expire_free_days() -> int:
    """Empty the pools of agreements past their last day and of wiped programs.

    Gives their number. Each batch is its own transaction, in which the pools are held;
    days that come back later, from a voucher that is cancelled, go with the next run.
    """
    with acting_for_all():
        keys = list(perhaps_over().order_by("pk").values_list("pk", flat=True))
    return batches.at_pace(empty, keys, most=MOST, together=int, what="Agreement")


def perhaps_over() -> QuerySet[CustomerAgreement]:
    """Keep the pools whose days may be over somewhere on earth, with free days."""
    latest = clock.in_days(1)
    last_day = Coalesce("ended_on", "ends_on")
    agreements = CustomerAgreement.objects.alias(last=last_day)
    return agreements.filter(
        Q(last__lt=latest) | Q(program__pool_wipe_on__lte=latest), balance__free__gt=0
    )


def empty(keys: list[int]) -> int:
    """Empty those of these pools whose days are over, by their customers' calendars."""
    with acting_for_all():
        rows = CustomerAgreement.objects.select_for_update(of=("self",), no_key=True)
        held = rows.filter(pk__in=keys).select_related("customer", "program")
        over = [remember(each) for each in held.order_by("pk") if is_over(each)]
        # Read under the locks: whoever adds to a pool holds its agreement.
        full = Balance.objects.filter(agreement__in=over, free__gt=0)
        free = dict(full.values_list("agreement", "free"))
        emptied = [each for each in over if each.pk in free]
        LedgerEntry.objects.bulk_create(
            [entry(Kind.EXPIRED, each, free[each.pk]) for each in emptied]
        )
        told = [(each, each.customer_id) for each in emptied]
        record_all("entitlement.expired", told, by=CLOCK)
        tell(emptied, free)
        return len(emptied)


def is_over(agreement: CustomerAgreement) -> bool:
    return agreement.standing == Standing.ENDED or agreement.is_wiped


def tell(emptied: Iterable[CustomerAgreement], free: dict[int, int]) -> None:
    emptied = list(emptied)
    admins = benefit_admins({each.customer_id for each in emptied})
    moment = clock.now().isoformat()
    mail.queue_many(
        "entitlement-expired",
        (
            mail.Letter(
                person,
                f"{each.pk}:{moment}",
                {
                    "agreement": each,
                    "days": free[each.pk],
                    "is_wiped": each.is_wiped,
                    "path": each.get_absolute_url(),
                },
            )
            for each in emptied
            for person in admins[each.customer_id]
        ),
    )

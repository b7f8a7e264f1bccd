"""The night: vouchers past their last day expire, very many with a few statements."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from portal import audit, clock, db, mail
from portal.actors import CLOCK
from portal.reminders import Reminder
from portal.tenancy import acting_for_all
from vouchers.models import ReleaseReason, Reservation, State, Voucher
from vouchers.models.queries import VoucherQuerySet
from vouchers.services import notifications, vouchers_sql
from vouchers.services.notifications import Digests, NotificationFact

# The most that go at once: reservations end with more work than the rest.
MOST = 5000
MOST_RESERVED = 500


def expire(vouchers: VoucherQuerySet) -> int:
    """Expire those whose last day is over at their customer; returns how many.

    Vouchers are taken some at a time, each batch in a transaction of its own that holds
    its rows for less than a second.
    """
    with acting_for_all():
        rows = vouchers.overdue().order_by("customer", "pk")
        due = [
            _fact_and_state(row)
            for row in rows.values_list(*notifications.COLUMNS, "returns", "state")
        ]
    reserved = [fact for fact, state in due if state == State.RESERVED]
    others = [fact for fact, state in due if state != State.RESERVED]
    return sum(
        db.at_pace(_expire, rows, most=most, together=_customer_of, what="Voucher")
        for rows, most in [(others, MOST), (reserved, MOST_RESERVED)]
    )


def _fact_and_state(row: tuple[Any, ...]) -> tuple[NotificationFact, str]:
    *_columns, returns, state = row
    return notifications.fact_of(row, returns), state


def _customer_of(fact: NotificationFact) -> int:
    return fact.customer


def _expire(due: list[NotificationFact]) -> int:
    drafts = mail.Drafts()
    with acting_for_all():
        letters = list(EXPIRED.letters(due))
        drafts.write(letters)
    with acting_for_all():
        moved = [_fact_and_state(row) for row in _move([fact.pk for fact in due])]
        ended = [fact.pk for fact, before in moved if before == State.RESERVED]
        if ended:
            _end_reservations(ended)
        facts = [fact for fact, _before in moved]
        # What changed meanwhile, or somebody holds, is told of as it is now.
        as_foreseen = set(facts) == set(due)
        drafts.post(letters if as_foreseen else EXPIRED.letters(facts))
    return len(moved)


EXPIRED = Digests(
    "voucher-expired",
    words=lambda _voucher, returns: {"returns": returns},
    key=lambda voucher, _returns: voucher.number,
)


def _move(keys: list[int]) -> list[tuple[Any, ...]]:
    """Let those of the vouchers expire that are overdue and that nobody holds."""
    overdue = db.free_rows(Voucher.objects.overdue()).filter(pk__in=keys)
    entries = audit.shared_values("voucher.expired", Voucher._meta.label_lower, CLOCK)
    return vouchers_sql.expire_all(overdue, entries)


def _end_reservations(vouchers: Sequence[int]) -> None:
    """Close the live reservations of vouchers that expired, and tell the apps above."""
    live = Reservation.objects.live().filter(voucher__in=vouchers)
    ended = list(live.select_related("voucher").order_by("pk"))
    Reservation.objects.filter(pk__in=[reservation.pk for reservation in ended]).update(
        released_at=clock.now(), release_reason=ReleaseReason.EXPIRED
    )
    for name in settings.WHEN_RESERVATION_ENDS:
        import_string(name)(ended, by=CLOCK)


EXPIRES = Digests(
    "voucher-expires",
    words=lambda _voucher, fact: {"days_left": fact[1]},
    key=lambda voucher, fact: f"{voucher.number}:{voucher.deadline}:{fact[0]}",
)


def _reminders(vouchers: list[Any]) -> Iterable[mail.Letter]:
    return EXPIRES.letters(
        NotificationFact(
            voucher.pk,
            voucher.customer_id,
            voucher.partner_id,
            voucher.project_manager_id,
            voucher.admin_id,
            (voucher.reminder_offset, voucher.days_left),
        )
        for voucher in vouchers
    )


# A new last day begins the schedule anew: the database forgets the offset with it.
REMINDER = Reminder(
    "Voucher",
    lambda: Voucher.objects.to_remind().only(*notifications.COLUMNS),
    _reminders,
    together="customer",
    most=1000,
)

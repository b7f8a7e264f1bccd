"""One deed on many vouchers: done to all of them or to none."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_fsm import TransitionNotAllowed

from portal.actors import Member
from portal.audit import record_all
from portal.db import lock_rows, save_rows
from portal.errors import Refused
from portal.findings import Finding
from portal.models import Membership, Organization, User
from portal.states import explain
from vouchers.models import LedgerEntry, State, Voucher
from vouchers.models.ledger import WAYS, Kind
from vouchers.models.queries import VoucherQuerySet
from vouchers.services.assignment import (
    managers_of,
    refuse_after_last_day,
    refuse_manager,
    refuse_partner,
    refuse_repetition,
)
from vouchers.services.people import OWNERS
from vouchers.services.telling import (
    Done,
    tell_assigned,
    tell_handed_over,
    tell_recalled,
)

# What a deed does to one voucher in hand; it raises its refusal.
Act = Callable[[Voucher], None]
MOVED = ["state", "project_manager", "partner", "assigned_at", "expires_on"]
SHARED = [
    "customer",
    "partner",
    "project_manager",
    "admin",
    "engagement_type__offering__program",
]
HANDED_OVER = [State.ASSIGNED, State.RESERVED]
# So many refusals are told at once.
MOST_TOLD = 20


@dataclass(frozen=True)
class To:
    """To whom a voucher goes."""

    project_manager: User
    partner: Organization | None = None


class Asking:
    """Questions whose answer holds for many vouchers alike: each is asked once."""

    def __init__(self) -> None:
        self.answers: dict[Hashable, str] = {}

    def refuse(self, question: Hashable, deed: Callable[[], None]) -> None:
        """Raise ``Refused`` as the deed did when it was asked first."""
        if question not in self.answers:
            self.answers[question] = _why_not(deed)
        if self.answers[question]:
            raise Refused(self.answers[question])


class Assigning(Asking):
    """Assigns vouchers, each to its own people."""

    def __init__(self, to: Callable[[Voucher], To]) -> None:
        super().__init__()
        self.to = to

    def __call__(self, voucher: Voucher) -> None:
        to = self.to(voucher)
        manager, partner = to.project_manager, to.partner
        kind, country = voucher.engagement_type_id, voucher.country
        refuse_repetition(voucher, manager, partner)
        self.refuse(kind, lambda: refuse_after_last_day(voucher))
        self.refuse(("person", manager), lambda: refuse_manager(voucher, manager))
        if partner is not None:
            where = kind, country, partner
            self.refuse(where, lambda: refuse_partner(voucher, partner))
        voucher.assign(project_manager=manager, partner=partner)


class HandingOver(Asking):
    """Puts another project manager in the place of one."""

    def __init__(self, to: User) -> None:
        super().__init__()
        self.to = to

    def __call__(self, voucher: Voucher) -> None:
        if voucher.state not in HANDED_OVER:
            raise Refused(_("Only an assigned or reserved voucher is handed over."))
        if voucher.project_manager_id == self.to.pk:
            raise Refused(_("The voucher is assigned to them already."))
        self.refuse(self.to, lambda: refuse_manager(voucher, self.to))
        voucher.project_manager = self.to


def recalling(voucher: Voucher) -> None:
    voucher.recall()


def cancelling(voucher: Voucher) -> None:
    voucher.cancel()


def against(vouchers: Sequence[Voucher], act: Act) -> dict[int, str]:
    """Try an act on copies: give why, by key, vouchers refuse it; changes nothing."""
    tried = {each.pk: copy(each) for each in vouchers}
    found = {key: _why_not(partial(act, each)) for key, each in tried.items()}
    return {key: reason for key, reason in found.items() if reason}


def _why_not(deed: Callable[[], None]) -> str:
    try:
        deed()
    except Refused as refusal:
        return str(refusal)
    except TransitionNotAllowed as refusal:
        return explain(refusal)
    return ""


@contextmanager
def _doing(
    chosen: VoucherQuerySet, act: Act, verb: str, *, by: Member
) -> Iterator[list[Done]]:
    """Do an act to all vouchers under their locks, save and record it.

    Raises ``Refused`` with a finding for each voucher to which it cannot be done; then
    it is done to none.
    """
    by.must_be(*OWNERS)
    # What many have in common is fetched and built once, not for each of them.
    with lock_rows(chosen.visible_to(by).prefetch_related(*SHARED)) as current:
        if not current:
            raise Refused(_("None of these vouchers is yours any more: nothing done."))
        done = [Done(each, each.project_manager, each.partner) for each in current]
        reasons = {each.number: _why_not(partial(act, each)) for each in current}
        refused = {number: why for number, why in reasons.items() if why}
        if refused:
            raise _refusal(refused)
        save_rows(current, MOVED)
        record_all(verb, [each.party for each in done], by=by)
        yield done


def _refusal(refused: dict[str, str]) -> Refused:
    sentence = ngettext(
        "Nothing was changed: one of these vouchers refuses it.",
        "Nothing was changed: %(count)s of these vouchers refuse it.",
        len(refused),
    )
    findings = [
        Finding(
            rule=_("Voucher %(number)s") % {"number": number},
            holds=False,
            found=why,
            needed="",
        )
        for number, why in list(refused.items())[:MOST_TOLD]
    ]
    return Refused(sentence % {"count": len(refused)}, findings)


def assign_many(
    chosen: VoucherQuerySet, to: Callable[[Voucher], To], *, by: Member
) -> int:
    """Give vouchers to people, each to its own; gives their number."""
    with _doing(chosen, Assigning(to), "voucher.assigned", by=by) as done:
        tell_assigned(done, by=by)
    return len(done)


def recall_many(chosen: VoucherQuerySet, *, by: Member) -> int:
    """Take assignments back before a partner reserves; gives their number."""
    with _doing(chosen, recalling, "voucher.recalled", by=by) as done:
        tell_recalled(done)
    return len(done)


def cancel_many(chosen: VoucherQuerySet, *, by: Member) -> int:
    """Take vouchers back; their days return to their pools. Gives their number."""
    with _doing(chosen, cancelling, "voucher.cancelled", by=by) as done:
        give_back([each.voucher for each in done])
        tell_recalled(done)
    return len(done)


def hand_over(
    chosen: VoucherQuerySet, to: User, *, expected: int | None = None, by: Member
) -> int:
    """Put another project manager in the place of one; gives the number of vouchers.

    Reserved vouchers stay reserved: their partner is told whom to ask. Raises
    ``Refused`` when they are not as many as were ``expected``.
    """
    with _doing(chosen, HandingOver(to), "voucher.handed_over", by=by) as done:
        if expected not in (None, len(done)):
            raise Refused(
                _(
                    "This page named %(named)s vouchers; now it would be %(count)s."
                    " Nothing was done. Look at them, and send this once more if you"
                    " still want it."
                )
                % {"named": expected, "count": len(done)}
            )
        tell_handed_over(done, by=by)
    return len(done)


def give_back(vouchers: Sequence[Voucher]) -> None:
    """Return the days of cancelled vouchers to their pools."""
    source, target = WAYS[Kind.RETURNED]
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            agreement_id=each.agreement_id,
            customer_id=each.customer_id,
            voucher=each,
            kind=Kind.RETURNED,
            source=source,
            target=target,
            days=each.days,
        )
        # Every deed moves the sums of several pools in the same order.
        for each in sorted(vouchers, key=lambda each: each.agreement_id)
    )


def open_work(by: Member) -> list[tuple[User, int, bool]]:
    """List who manages assigned and reserved vouchers, and how many.

    Each comes with whether they are still here; who has left comes first.
    """
    here = {each.pk for each in managers_of(by.organization)}
    work = [
        (person, count, person.pk in here) for person, count in counted(in_work(by))
    ]
    return sorted(work, key=lambda each: each[2])


def left_behind(by: Member) -> list[tuple[User, int]]:
    """List who has left and still manages vouchers, and how many."""
    gone = Membership.objects.visible_to(by).filter(
        Q(is_active=False) | Q(person__is_active=False)
    )
    keys = list(gone.values_list("person", flat=True))
    return counted(in_work(by).filter(project_manager__in=keys)) if keys else []


def counted(vouchers: VoucherQuerySet) -> list[tuple[User, int]]:
    """Count vouchers by project manager, by name."""
    groups = vouchers.values_list("project_manager").annotate(Count("pk"))
    counts = dict(groups.order_by())
    people = User.objects.filter(pk__in=counts).order_by("name", "pk")
    return [(each, counts[each.pk]) for each in people]


def in_work(by: Member) -> VoucherQuerySet:
    """Give the vouchers whose project manager can change."""
    mine: VoucherQuerySet = Voucher.objects.visible_to(by)
    return mine.filter(state__in=HANDED_OVER)


def work_of(person: User, *, by: Member) -> VoucherQuerySet:
    """Give the vouchers that somebody else can take over from a person."""
    return in_work(by).filter(project_manager=person)

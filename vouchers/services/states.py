"""How a customer's action moves vouchers: one or many, all of them or none."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_fsm import TransitionNotAllowed

from portal.actors import Member
from portal.audit import record_all
from portal.db import hand_on, lock_rows, save_rows
from portal.findings import Finding, Refused
from portal.states import explain, why_not
from vouchers.models import Voucher
from vouchers.models.queries import VoucherQuerySet
from vouchers.models.vouchers import TYPE
from vouchers.services import roles
from vouchers.services.notifications import VoucherChange

Vouchers = VoucherQuerySet | Sequence[Voucher]
# What an action does to one voucher in hand; it raises its refusal.
Act = Callable[[Voucher], None]
Refusal = Refused | TransitionNotAllowed
MOVED = ["state", "project_manager", "partner", "assigned_at", "expires_on"]
AT_HAND = ("admin", "customer", "partner", "engagement_type")
# So many refusals are told at once.
MOST_TOLD = 20


class SharedAnswers:
    """Questions whose answer holds for many vouchers alike: each is asked once."""

    def __init__(self) -> None:
        self.answers: dict[Hashable, Refusal | None] = {}

    def ask(self, question: Hashable, check: Callable[[], None]) -> None:
        """Raise what the check raised when it was asked first."""
        if question not in self.answers:
            self.answers[question] = _refusal_of(check)
        refusal = self.answers[question]
        if refusal:
            raise refusal


def ensure_move(voucher: Voucher, name: str) -> None:
    """Raise ``Refused`` where the machine would refuse a move."""
    refusal = why_not(voucher, name)
    if refusal:
        raise Refused(refusal)


def _refusal_of(action: Callable[[], None]) -> Refusal | None:
    try:
        action()
    except (Refused, TransitionNotAllowed) as refusal:
        return refusal
    return None


@contextmanager
def move_vouchers(
    vouchers: Vouchers, act: Act, verb: str, *, by: Member
) -> Iterator[list[VoucherChange]]:
    """Do an act to all vouchers under their locks, save and record it.

    Of one voucher its own refusal is raised, which may name a field; of several one
    ``Refused`` with a finding for each that refuses. Then it is done to none.
    """
    by.must_be(*roles.OWNERS)
    with _lock_vouchers(vouchers, by) as current:
        if not current:
            raise Refused(_("None of these vouchers is yours any more: nothing done."))
        changes = [
            VoucherChange(voucher, voucher.project_manager_id, voucher.partner)
            for voucher in current
        ]
        tried = [(voucher, _refusal_of(partial(act, voucher))) for voucher in current]
        refused = [(voucher, refusal) for voucher, refusal in tried if refusal]
        if refused:
            raise refused[0][1] if len(current) == 1 else _refusal_of_many(refused)
        save_rows(current, MOVED)
        record_all(verb, [change.party for change in changes], by=by)
        yield changes


@contextmanager
def _lock_vouchers(vouchers: Vouchers, by: Member) -> Iterator[list[Voucher]]:
    """Lock the vouchers that are the caller's, each with what it points to."""
    if isinstance(vouchers, VoucherQuerySet):
        rows = vouchers.visible_to(by).select_related("admin", "customer", TYPE)
        # What the scope hides is no longer there for a join: it is read apart.
        with lock_rows(rows.prefetch_related("partner")) as current:
            yield current
        return
    # Asks only for what was not read with them.
    prefetch_related_objects(vouchers, "admin", "customer", "partner", TYPE)
    by_key = {voucher.pk: voucher for voucher in vouchers}
    own_vouchers = Voucher.objects.filter(pk__in=by_key).visible_to(by)
    with lock_rows(own_vouchers) as current:
        for voucher in current:
            hand_on(by_key[voucher.pk], voucher, AT_HAND)
        yield current


def _refusal_of_many(refused: Sequence[tuple[Voucher, Refusal]]) -> Refused:
    sentence = ngettext(
        "Nothing was changed: one of these vouchers refuses it.",
        "Nothing was changed: %(count)s of these vouchers refuse it.",
        len(refused),
    )
    findings = [
        Finding(
            rule=_("Voucher %(number)s") % {"number": voucher},
            holds=False,
            found=str(refusal) if isinstance(refusal, Refused) else explain(refusal),
            needed="",
        )
        for voucher, refusal in refused[:MOST_TOLD]
    ]
    return Refused(sentence % {"count": len(refused)}, findings)

"""Vouchers: creating one or many, cancelling and reissuing them."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.eligibility.rules import last_days
from enrollment.models import EngagementType
from portal import audit, clock
from portal.actors import Member
from portal.audit import changes_of, record
from portal.db import lock_row
from portal.findings import Finding, Refused, all_hold, refuse_unless
from portal.text import join_words
from vouchers.models import CustomerAgreement, State, Voucher, VoucherBatch
from vouchers.models.ledger import EntryType
from vouchers.models.numbers import new_number
from vouchers.models.queries import VoucherQuerySet
from vouchers.models.states import last_day_from_today
from vouchers.services import (
    assignment,
    ledger,
    notifications,
    roles,
    states,
    vouchers_sql,
)
from vouchers.services.assignment import Assignee
from vouchers.services.states import Vouchers


def ensure_creation(
    pool: CustomerAgreement, kinds_and_days: Sequence[tuple[EngagementType, int]]
) -> None:
    """Raise ``Refused``, beside its field, unless such vouchers may be made today."""
    kinds = set(kinds_and_days)
    for engagement_type in {kind for kind, _days in kinds}:
        ensure_open(pool, engagement_type)
    for engagement_type, days in kinds:
        ensure_length(engagement_type, days)
    ensure_sum(pool, [days for _type, days in kinds_and_days])


def ensure_open(pool: CustomerAgreement, engagement_type: EngagementType) -> None:
    """Raise ``Refused`` unless vouchers of a type can be made of a pool today."""
    if not pool.activated_at:
        raise Refused(
            _("Activate the benefit of agreement %(agreement)s first.")
            % {"agreement": pool},
            field="agreement",
        )
    ensure_date(pool)
    ensure_type(pool, engagement_type)


def ensure_date(pool: CustomerAgreement) -> None:
    today = clock.today(pool.customer.time_zone)
    if not pool.is_running(today):
        raise Refused(
            _("Agreement %(agreement)s runs from %(start)s to %(end)s; not today.")
            % {
                "agreement": pool,
                "start": date_format(pool.starts_on),
                "end": date_format(pool.last_day),
            },
            field="agreement",
        )
    if pool.is_wiped:
        finding = last_days.FREE_DAYS.finding(pool.program, today)
        raise Refused(ledger.wipe_sentence(pool), [finding], field="agreement")


def ensure_type(pool: CustomerAgreement, engagement_type: EngagementType) -> None:
    offering = engagement_type.offering
    if offering.program_id != pool.program_id:
        raise Refused(
            _("“%(type)s” does not belong to the program of agreement %(agreement)s.")
            % {"type": engagement_type, "agreement": pool},
            field="engagement_type",
        )
    today = clock.today(pool.customer.time_zone)
    finding = last_days.CREATION.finding(offering, today)
    refuse_unless(finding, field="engagement_type")
    if not offering.is_open(today):
        raise Refused(
            _("“%(offering)s” is not open for new vouchers today.")
            % {"offering": offering},
            field="engagement_type",
        )


def ensure_length(engagement_type: EngagementType, days: int) -> None:
    if days not in engagement_type.lengths:
        lengths = sorted(engagement_type.lengths)
        raise Refused(
            _("“%(type)s” comes in these lengths: %(lengths)s days.")
            % {"type": engagement_type, "lengths": join_words(lengths)},
            field="days",
        )


def ensure_sum(pool: CustomerAgreement, lengths: Sequence[int]) -> None:
    """Raise ``Refused`` unless the pool has free days for vouchers of these lengths."""
    free, days, count = pool.balance.free, sum(lengths), len(lengths)
    if days > free:
        sentence = ngettext(
            "Agreement %(agreement)s has %(free)s free days; this voucher needs"
            " %(days)s.",
            "Agreement %(agreement)s has %(free)s free days; these %(count)s vouchers"
            " need %(days)s.",
            count,
        )
        words = {"agreement": pool, "free": free, "days": days, "count": count}
        raise Refused(sentence % words, field="days")


def cancel(vouchers: Vouchers, *, by: Member) -> int:
    """Take back vouchers that no partner holds; their days return to their pools.

    Returns their number. Raises ``Refused`` when one of them is held, or over; then all
    stay.
    """
    with states.move_vouchers(
        vouchers, Voucher.cancel, "voucher.cancelled", by=by
    ) as changes:
        ledger.move_days(EntryType.RETURNED, *[change.voucher for change in changes])
        notifications.notify_recalled(changes)
    return len(changes)


# Whoever sends the same ticket at the same moment waits here for the first.
BEGIN = """
INSERT INTO vouchers_voucherbatch
    (customer_id, ticket, count, made_by_id, created_at)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT (ticket) DO NOTHING RETURNING id
"""


@dataclass(frozen=True)
class VoucherSpec:
    """What a customer wants of a new voucher; ``days`` is its service level.

    With people in ``to`` it is assigned in the same act.
    """

    engagement_type: EngagementType
    days: int
    country: str
    label: str = ""
    to: Assignee | None = None
    number: str = field(default_factory=new_number)

    @property
    def words(self) -> tuple[Any, ...]:
        """Return what somebody typed, to compare."""
        manager = self.to.project_manager.pk if self.to else None
        partner = self.to.partner.pk if self.to and self.to.partner else None
        typed = self.engagement_type.pk, self.days, self.country, self.label
        return *typed, manager, partner


def create(
    agreement: CustomerAgreement,
    specs: Sequence[VoucherSpec],
    *,
    by: Member,
    ticket: UUID | None = None,
) -> VoucherBatch:
    """Make vouchers of free days of one pool, all of them or none.

    They expire their program's number of days after today [PS-PROC, DPS21]. The same
    ticket again, even at the same moment, gives the batch that it made; ``Refused``
    when other vouchers are wanted with it.
    """
    by.must_be(*roles.OWNERS)
    with transaction.atomic():
        batch, is_begun = begin(ticket or uuid4(), len(specs), by=by)
        if is_begun:
            make(batch, agreement, specs, by=by)
            give_out(batch, specs, by=by)
        else:
            ensure_same_batch(batch, agreement, specs)
    return batch


def check_creation(
    agreement: CustomerAgreement, specs: Sequence[VoucherSpec], *, by: Member
) -> None:
    """Raise what ``create`` would refuse at this moment; makes nothing."""
    by.must_be(*roles.OWNERS)
    ensure_creation(agreement, [(spec.engagement_type, spec.days) for spec in specs])
    ensure_people(agreement, specs)


def begin(ticket: UUID, count: int, *, by: Member) -> tuple[VoucherBatch, bool]:
    """Open a ticket's batch, or find the one it made; waits for who opens it now."""
    values: list[Any] = [by.organization_id, ticket, count, by.person.pk, clock.now()]
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, values)
        is_begun = cursor.fetchone() is not None
    batch = VoucherBatch.objects.visible_to(by).filter(ticket=ticket).first()
    if batch is None:
        raise Refused(_("Open the form again."))
    return batch, is_begun


def make(
    batch: VoucherBatch,
    agreement: CustomerAgreement,
    specs: Sequence[VoucherSpec],
    *,
    by: Member,
) -> None:
    """Make a batch's vouchers of one pool, or raise ``Refused``."""
    # The agreement's row is the lock of its pool.
    with lock_row(agreement) as pool:
        ensure_creation(pool, [(spec.engagement_type, spec.days) for spec in specs])
        ensure_people(pool, specs)
        vouchers_sql.make_all(common_values(batch, pool, by) | columns(specs))


def ensure_people(pool: CustomerAgreement, specs: Iterable[VoucherSpec]) -> None:
    """Raise ``Refused``, beside its field, unless vouchers can go to their people."""
    kinds = {(spec.to, spec.engagement_type, spec.country) for spec in specs}
    for to, engagement_type, country in kinds:
        if to is not None:
            voucher = Voucher(
                customer=pool.customer, engagement_type=engagement_type, country=country
            )
            assignment.ensure_manager(voucher, to.project_manager)
            if to.partner is not None:
                assignment.ensure_partner(voucher, to.partner)


def give_out(batch: VoucherBatch, specs: Iterable[VoucherSpec], *, by: Member) -> None:
    """Assign those of a batch's vouchers that came with people."""
    people = {spec.number: spec.to for spec in specs if spec.to}
    if people:
        given = made_in(batch).filter(number__in=people)
        assignment.assign(given, people, by=by)


def common_values(
    batch: VoucherBatch, pool: CustomerAgreement, by: Member
) -> dict[str, Any]:
    """Return what is the same for all vouchers of a batch and what they leave."""
    customer = pool.customer
    last_day = last_day_from_today(pool.program, customer)
    alike = Voucher(
        agreement=pool,
        customer=customer,
        admin=by.person,
        batch=batch,
        expires_on=last_day,
        created_at=batch.created_at,
        number="",
    )
    return {
        "agreement": pool.pk,
        "customer": customer.pk,
        "admin": alike.admin.pk,
        "batch": batch.pk,
        "state": State.CREATED,
        "expires_on": last_day,
        "now": batch.created_at,
        "alike": json.dumps(changes_of(alike)),
        "entries": audit.shared_values(
            "voucher.created", Voucher._meta.label_lower, by
        ),
    }


def columns(specs: Sequence[VoucherSpec]) -> dict[str, list[Any]]:
    return {
        "numbers": [spec.number for spec in specs],
        "types": [spec.engagement_type.pk for spec in specs],
        "days": [spec.days for spec in specs],
        "countries": [spec.country for spec in specs],
        "labels": [spec.label for spec in specs],
    }


def made_in(batch: VoucherBatch) -> VoucherQuerySet:
    """Return the vouchers of a batch, by the index of its customer's list."""
    vouchers: VoucherQuerySet = Voucher.objects.filter(
        customer=batch.customer_id, created_at=batch.created_at, batch=batch
    )
    return vouchers


def ensure_same_batch(
    batch: VoucherBatch, agreement: CustomerAgreement, specs: Sequence[VoucherSpec]
) -> None:
    """Raise ``Refused`` when a form comes again with other words in it."""
    vouchers_made = made_in(batch).filter(agreement=agreement)
    words = vouchers_made.values_list(
        *("engagement_type", "days", "country", "label", "project_manager", "partner")
    )
    if Counter(words) != Counter(spec.words for spec in specs):
        raise Refused(
            _("This form has made vouchers already: %(numbers)s. Open it anew.")
            % {"numbers": ", ".join(map(str, made_in(batch)[:5]))}
        )


def reissue(voucher: Voucher, *, by: Member) -> Voucher:
    """Make a voucher in the place of an expired one; its days leave the pool again.

    It has the type, days, country and label of the expired one, and goes to its project
    manager who is still there.
    """
    by.must_be(*roles.OWNERS)
    with lock_row(voucher) as old, lock_row(old.agreement) as pool:
        findings = check_reissue(old, pool)
        if not all_hold(findings):
            raise Refused(_("This voucher cannot be reissued."), findings)
        replacement = Voucher.objects.create(
            agreement=pool,
            customer=old.customer,
            engagement_type=old.engagement_type,
            days=old.days,
            country=old.country,
            label=old.label,
            admin=by.person,
            reissue_of=old,
            expires_on=last_day_from_today(pool.program, old.customer),
        )
        ledger.move_days(EntryType.HELD, replacement)
        for row, counterpart in [(old, replacement), (replacement, old)]:
            record(
                "voucher.reissued",
                row,
                by=by,
                parties=[row.customer_id],
                reason=_("See voucher %(number)s.") % {"number": counterpart},
            )
        manager = old.project_manager
        if manager in assignment.managers_for(replacement):
            assignment.assign([replacement], Assignee(manager), by=by)
    return replacement


def check_reissue(voucher: Voucher, pool: CustomerAgreement) -> list[Finding]:
    """Check a reissue against every rule; changes nothing."""
    return [
        has_expired(voucher),
        within_days(voucher),
        not_reissued(voucher),
        makeable_finding(voucher, pool),
    ]


def has_expired(voucher: Voucher) -> Finding:
    return Finding(
        rule=_("The voucher has expired"),
        holds=voucher.state == State.EXPIRED,
        found=voucher.get_state_display(),
        needed=_("Expired: only then its days left it."),
    )


def within_days(voucher: Voucher) -> Finding:
    """Tell whether a program's days after the last day are not over yet."""
    days = voucher.program.reissue_days
    last_day = voucher.expires_on + timedelta(days=days)
    if not days:
        found_text = _("The program reissues no vouchers.")
    else:
        found_text = _("It expired on %(day)s.") % {
            "day": date_format(voucher.expires_on)
        }
    return Finding(
        rule=_("The program still reissues it"),
        holds=bool(days) and clock.today(voucher.customer.time_zone) <= last_day,
        found=found_text,
        needed=ngettext(
            "At most %(days)s day after the last day.",
            "At most %(days)s days after the last day.",
            days,
        )
        % {"days": days},
        until=last_day if days else None,
        fix=_("Create a voucher from the free days of your entitlement."),
    )


def not_reissued(voucher: Voucher) -> Finding:
    replacement = Voucher.objects.filter(reissue_of=voucher.pk).first()
    return Finding(
        rule=_("It was not reissued before"),
        holds=replacement is None,
        found=_("As voucher %(number)s.") % {"number": replacement}
        if replacement
        else _("Never."),
        needed=_("A voucher is reissued once."),
    )


def makeable_finding(voucher: Voucher, pool: CustomerAgreement) -> Finding:
    """Check the voucher that would be made as any new one is checked."""
    free = _("%(days)s days are free.") % {"days": pool.balance.free}
    holds, found_text = True, free
    try:
        ensure_creation(pool, [(voucher.engagement_type, voucher.days)])
    except Refused as refusal:
        holds, found_text = False, str(refusal)
    return Finding(
        rule=_("Such a voucher can be created today"),
        holds=holds,
        found=found_text,
        needed=_("A running agreement with enough free days."),
    )

"""Days that accrue from purchases of licences: counted, written once, told."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from django.db.models import Value
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment import rules
from portal import clock, mail
from portal.actors import Staff
from portal.audit import record_all
from portal.db import lock_row
from portal.errors import Refused
from portal.roles import Duty
from portal.text_sql import TextKey
from vouchers.accrual import Amount
from vouchers.models import CustomerAgreement, LedgerEntry, Purchase, PurchaseLine
from vouchers.models.ledger import Kind
from vouchers.services.people import benefit_admins
from vouchers.services.pools import entry, refuse_pool
from vouchers.services.tables import Order, Tables

BATCH = 1000
LONGEST_REFERENCE = 60


@dataclass(frozen=True)
class Counted:
    """An order under an agreement with what it gives."""

    agreement: CustomerAgreement
    order: Order
    amount: Amount


def accrue(agreement: CustomerAgreement, order: Order, *, by: Staff) -> Purchase:
    """Count an order's days and grant them, once; for program managers.

    The same order again gives the purchase that is there already. An order below the
    first step of the scale is kept and grants nothing.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as pool:
        tables = Tables([pool.program_id])
        alike = pool.purchases.alias(key=TextKey("reference"))
        there = alike.filter(key=TextKey(Value(order.reference))).first()
        if there is not None:
            refuse_other_order(there, order)
            return there
        refuse_accrual(pool, order)
        refuse_note(pool, order.reference)
        counted = Counted(pool, order, tables.count(pool.program_id, order))
        [purchase] = write_purchases([counted], tables, by=by)
        return purchase


def refuse_accrual(pool: CustomerAgreement, order: Order) -> None:
    """Raise ``Refused`` unless such an order may give days today."""
    refuse_pool(pool)
    refuse_shape(order)
    refuse_dates(pool, order, clock.today(pool.customer.time_zone))


def refuse_shape(order: Order) -> None:
    if not 0 < len(order.reference) <= LONGEST_REFERENCE:
        raise Refused(
            _("Type an order number of at most %(most)s signs.")
            % {"most": LONGEST_REFERENCE},
            field="reference",
        )
    if order.term_years not in {1, 2, 3}:
        raise Refused(
            _("A term has one, two or three years."),
            field="term_years",
        )


def refuse_dates(pool: CustomerAgreement, order: Order, today: date) -> None:
    last_day = pool.program.accrual_ends_on
    if last_day and max(today, order.ordered_on) > last_day:
        sentence = _("Days accrued until %(day)s; the program grants no more.")
        raise Refused(
            sentence % {"day": date_format(last_day)},
            [rules.accruing(pool.program, max(today, order.ordered_on))],
            field="ordered_on",
        )
    if order.ordered_on > today:
        raise Refused(_("The order's date is still to come."), field="ordered_on")
    if not pool.is_running(order.ordered_on):
        raise Refused(
            _("Agreement %(agreement)s runs from %(start)s to %(end)s; not on %(day)s.")
            % {
                "agreement": pool,
                "start": date_format(pool.starts_on),
                "end": date_format(pool.last_day),
                "day": date_format(order.ordered_on),
            },
            field="ordered_on",
        )


def refuse_note(pool: CustomerAgreement, reference: str) -> None:
    """Raise ``Refused`` where days were granted by hand under an order's number."""
    if pool.entries.noted(Kind.GRANTED, reference).exists():
        raise Refused(granted_already(reference), field="reference")


def granted_already(reference: str) -> str:
    return _("Days for “%(note)s” were granted already.") % {"note": reference}


def refuse_other_order(there: Purchase, order: Order) -> None:
    """Raise ``Refused`` when an order number comes again with another order."""
    lines = there.lines.values_list("product__code", "licences")
    if not same_order(there, dict(lines), order):
        raise Refused(other_order(order.reference), field="reference")


def same_order(there: Purchase, licences: dict[str, int], order: Order) -> bool:
    was = (there.ordered_on, there.term_years, licences)
    return was == (order.ordered_on, order.term_years, dict(order.licences))


def other_order(reference: str) -> str:
    return _(
        "Order “%(number)s” was counted already, with another date or licences."
    ) % {"number": reference}


def write_purchases(
    counted: Sequence[Counted], tables: Tables, *, by: Staff
) -> list[Purchase]:
    """Write purchases with their lines and grants, in as few statements as possible.

    The caller has checked them and holds the locks of their agreements.
    """
    purchases = Purchase.objects.bulk_create(map(purchase_of, counted), BATCH)
    pairs = list(zip(purchases, counted, strict=True))
    lines = (lines_of(purchase, each, tables) for purchase, each in pairs)
    PurchaseLine.objects.bulk_create(chain.from_iterable(lines), BATCH)
    LedgerEntry.objects.bulk_create(
        [
            entry(Kind.GRANTED, each.agreement, purchase.days, purchase=purchase)
            for purchase, each in pairs
            if purchase.days
        ],
        BATCH,
    )
    told = [(purchase, purchase.customer_id) for purchase in purchases]
    record_all("purchase.counted", told, by=by)
    tell_of_purchases(pairs)
    return purchases


def purchase_of(counted: Counted) -> Purchase:
    order, amount = counted.order, counted.amount
    step = amount.step
    return Purchase(
        agreement=counted.agreement,
        customer_id=counted.agreement.customer_id,
        reference=order.reference,
        ordered_on=order.ordered_on,
        term_years=order.term_years,
        step_points=step.min_points if step else None,
        step_days=amount.full_days,
        step_from=step.since if step else None,
        is_demo=amount.is_demo,
        days=amount.days,
    )


def lines_of(
    purchase: Purchase, counted: Counted, tables: Tables
) -> Iterable[PurchaseLine]:
    program = counted.agreement.program_id
    for code, licences in counted.order.licences.items():
        rule = tables.rule_of(program, code, counted.order.ordered_on)
        assert rule is not None, "it was counted with"
        yield PurchaseLine(
            purchase=purchase,
            customer_id=purchase.customer_id,
            product=tables.products[program, code],
            licences=licences,
            points_per_licence=rule.points_per_licence,
            rule_from=rule.valid_from,
        )


def tell_of_purchases(pairs: Iterable[tuple[Purchase, Counted]]) -> None:
    """Tell each agreement's benefit admins once, however many orders it was."""
    by_agreement: dict[CustomerAgreement, list[Purchase]] = defaultdict(list)
    for purchase, each in pairs:
        by_agreement[each.agreement].append(purchase)
    admins = benefit_admins({each.customer_id for each in by_agreement})
    mail.queue_many(
        "entitlement-accrued",
        (
            mail.Letter(
                person,
                f"{agreement.pk}:{purchases[0].pk}",
                {
                    "agreement": agreement,
                    "days": sum(each.days for each in purchases),
                    "orders": len(purchases),
                    "path": agreement.get_absolute_url(),
                },
            )
            for agreement, purchases in by_agreement.items()
            for person in admins[agreement.customer_id]
        ),
    )

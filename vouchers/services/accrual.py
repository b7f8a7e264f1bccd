"""Days that accrue from purchases of licences: counted, written once, announced."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path

from django.db.models import Value
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.eligibility.rules import last_days
from enrollment.models import Program
from portal import clock, mail
from portal.actors import Staff
from portal.audit import record_all
from portal.db import lock_row
from portal.findings import Refused
from portal.roles import Duty
from portal.services import people
from portal.tenancy import acting_for_all
from portal.text_sql import TextKey
from vouchers.models import (
    CustomerAgreement,
    DayScale,
    LicensedProduct,
    PointRule,
    Purchase,
    PurchaseLine,
)
from vouchers.models.accrual import (
    AccruedAmount,
    LicenceCount,
    ScaleStep,
    count,
    scale_on,
)
from vouchers.models.ledger import EntryType
from vouchers.services import ledger, roles

BATCH = 1000
LONGEST_REFERENCE = 60


@dataclass(frozen=True)
class Order:
    """What a customer bought at once: licences by the codes of their products."""

    reference: str
    ordered_on: date
    term_years: int
    licences: Mapping[str, int]


@dataclass(frozen=True)
class CountedOrder:
    """An order under an agreement with what it gives."""

    agreement: CustomerAgreement
    order: Order
    amount: AccruedAmount


def accrue(agreement: CustomerAgreement, order: Order, *, by: Staff) -> Purchase:
    """Count an order's days and grant them, once; for program managers.

    The same order again gives the purchase that is there already. An order below the
    first step of the scale is kept and grants nothing.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as pool:
        tables = Tables([pool.program_id])
        alike = pool.purchases.alias(key=TextKey("reference"))
        earlier = alike.filter(key=TextKey(Value(order.reference))).first()
        if earlier is not None:
            ensure_same_order(earlier, order)
            return earlier
        ensure_accrual(pool, order)
        ensure_not_granted(pool, order.reference)
        counted_order = CountedOrder(pool, order, tables.count(pool.program_id, order))
        [purchase] = write_purchases([counted_order], tables, by=by)
        return purchase


def ensure_accrual(pool: CustomerAgreement, order: Order) -> None:
    """Raise ``Refused`` unless such an order may give days today."""
    ledger.ensure_pool(pool)
    ensure_shape(order)
    ensure_dates(pool, order, clock.today(pool.customer.time_zone))


def ensure_shape(order: Order) -> None:
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


def ensure_dates(pool: CustomerAgreement, order: Order, today: date) -> None:
    last_day, day = pool.program.accrual_ends_on, max(today, order.ordered_on)
    if last_day and day > last_day:
        sentence = _("Days accrued until %(day)s; the program grants no more.")
        raise Refused(
            sentence % {"day": date_format(last_day)},
            [last_days.ACCRUAL.finding(pool.program, day)],
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


def ensure_not_granted(pool: CustomerAgreement, reference: str) -> None:
    """Raise ``Refused`` where days were granted by hand under an order's number."""
    if pool.entries.noted(EntryType.GRANTED, reference).exists():
        raise Refused(granted_already(reference), field="reference")


def granted_already(reference: str) -> str:
    return _("Days for “%(note)s” were granted already.") % {"note": reference}


def ensure_same_order(earlier: Purchase, order: Order) -> None:
    """Raise ``Refused`` when an order number comes again with another order."""
    lines = earlier.lines.values_list("product__code", "licences")
    if not same_order(earlier, dict(lines), order):
        raise Refused(other_order(order.reference), field="reference")


def same_order(earlier: Purchase, licences: dict[str, int], order: Order) -> bool:
    was = (earlier.ordered_on, earlier.term_years, licences)
    return was == (order.ordered_on, order.term_years, dict(order.licences))


def other_order(reference: str) -> str:
    return _(
        "Order “%(number)s” was counted already, with another date or licences."
    ) % {"number": reference}


# More licences than any customer has, and fewer than a column holds.
MOST_LICENCES = 100_000_000


def ensure_countable(code: str, licences: int) -> None:
    if not 0 < licences <= MOST_LICENCES:
        raise Refused(
            _("“%(code)s”: type a number of licences from 1 to %(most)s.")
            % {"code": code, "most": MOST_LICENCES},
            field="licences",
        )


class Tables:
    """Products, point rules and scales of some programs."""

    def __init__(self, programs: Collection[int]) -> None:
        """Read the tables in three queries."""
        self.products: dict[tuple[int, str], LicensedProduct] = {
            (product.program_id, product.code): product
            for product in LicensedProduct.objects.filter(program__in=programs)
        }
        self._rules: dict[int, list[PointRule]] = defaultdict(list)
        rules = PointRule.objects.filter(product__program__in=programs)
        for rule in rules.order_by("-valid_from"):
            self._rules[rule.product_id].append(rule)
        self._steps: dict[int, list[ScaleStep]] = defaultdict(list)
        for row in DayScale.objects.filter(program__in=programs):
            self._steps[row.program_id].append(ScaleStep.of(row))

    def count(self, program: int, order: Order) -> AccruedAmount:
        """Count what an order gives; raises ``Refused`` when a rule is missing."""
        scale = scale_on(order.ordered_on, self._steps[program])
        if not scale:
            raise Refused(
                _("The program has no scale from points to days on %(day)s.")
                % {"day": date_format(order.ordered_on)}
            )
        if not order.licences:
            raise Refused(_("The order holds no licences."))
        lines, rules = [], []
        for code, licences in sorted(order.licences.items()):
            rule = self.must_have_rule(program, code, order.ordered_on)
            ensure_countable(code, licences)
            rules.append(rule)
            product = self.products[program, code]
            lines.append(
                LicenceCount(
                    str(product), licences, rule.points_per_licence, rule.valid_from
                )
            )
        amount = count(lines, scale, order.term_years)
        is_demo = any(rule.is_demo for rule in rules) or any(s.is_demo for s in scale)
        return AccruedAmount(amount.lines, amount.step, amount.term_years, is_demo)

    def rule_of(self, program: int, code: str, day: date) -> PointRule | None:
        """Return the rule for a product that began last on a date or before it."""
        product = self.products.get((program, code))
        rules = self._rules[product.pk] if product else []
        return next((rule for rule in rules if rule.valid_from <= day), None)

    def must_have_rule(self, program: int, code: str, day: date) -> PointRule:
        """Return the rule for a product on a date, or raise ``Refused``."""
        if (program, code) not in self.products:
            raise Refused(
                _("The program knows no product “%(code)s”.") % {"code": code},
                field="product",
            )
        rule = self.rule_of(program, code, day)
        if rule is None:
            raise Refused(
                _("Product “%(code)s” has no points on %(day)s.")
                % {"code": code, "day": date_format(day)},
                field="product",
            )
        return rule


def write_purchases(
    orders: Sequence[CountedOrder], tables: Tables, *, by: Staff
) -> list[Purchase]:
    """Write purchases with their lines and grants, in as few statements as possible.

    The caller has checked them and holds the locks of their agreements.
    """
    purchases = Purchase.objects.bulk_create(map(purchase_of, orders), BATCH)
    pairs = list(zip(purchases, orders, strict=True))
    lines = (
        lines_of(purchase, counted_order, tables) for purchase, counted_order in pairs
    )
    PurchaseLine.objects.bulk_create(chain.from_iterable(lines), BATCH)
    ledger.post(
        ledger.entry(
            EntryType.GRANTED, counted_order.agreement, purchase.days, purchase=purchase
        )
        for purchase, counted_order in pairs
        if purchase.days
    )
    parties = [(purchase, purchase.customer_id) for purchase in purchases]
    record_all("purchase.counted", parties, by=by)
    notify_of_purchases(pairs)
    return purchases


def purchase_of(counted_order: CountedOrder) -> Purchase:
    order, amount = counted_order.order, counted_order.amount
    step = amount.step
    return Purchase(
        agreement=counted_order.agreement,
        customer_id=counted_order.agreement.customer_id,
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
    purchase: Purchase, counted_order: CountedOrder, tables: Tables
) -> Iterable[PurchaseLine]:
    program = counted_order.agreement.program_id
    for code, licences in counted_order.order.licences.items():
        rule = tables.rule_of(program, code, counted_order.order.ordered_on)
        assert rule is not None, "it was counted with"
        yield PurchaseLine(
            purchase=purchase,
            customer_id=purchase.customer_id,
            product=tables.products[program, code],
            licences=licences,
            points_per_licence=rule.points_per_licence,
            rule_from=rule.valid_from,
        )


def notify_of_purchases(pairs: Iterable[tuple[Purchase, CountedOrder]]) -> None:
    """Tell each agreement's benefit admins once, however many orders it was."""
    by_agreement: dict[CustomerAgreement, list[Purchase]] = defaultdict(list)
    for purchase, counted_order in pairs:
        by_agreement[counted_order.agreement].append(purchase)
    customers = {agreement.customer_id for agreement in by_agreement}
    admins = people.people_of(customers, *roles.OWNERS)
    letters = (
        (
            agreement,
            f"{agreement.pk}:{purchases[0].pk}",
            {
                "agreement": agreement,
                "days": sum(purchase.days for purchase in purchases),
                "orders": len(purchases),
                "path": agreement.get_absolute_url(),
            },
        )
        for agreement, purchases in by_agreement.items()
    )
    mail.queue_many(
        mail.Letter("entitlement-accrued", person, key, words)
        for agreement, key, words in letters
        for person in admins[agreement.customer_id]
    )


FILE = Path(__file__).resolve().parent.parent / "accrual.json"


def load_accrual() -> int:
    """Add the demo tables to the shipped program if it has none; returns the products.

    A program with a product or a scale of its own stays as it is: real values are
    never mixed up with invented ones.
    """
    shipped = json.loads(FILE.read_text())
    program = Program.objects.filter(code=shipped["program"]).first()
    if program is None or has_tables(program):
        return 0
    since = shipped["valid_from"]
    with acting_for_all():
        for product_values in shipped["products"]:
            product = LicensedProduct.objects.create(
                program=program,
                code=product_values["code"],
                name=product_values["name"],
            )
            PointRule.objects.create(
                product=product,
                points_per_licence=Decimal(product_values["points"]),
                valid_from=since,
                is_demo=True,
            )
        for step in shipped["scale"]:
            DayScale.objects.create(
                program=program,
                min_points=Decimal(step["min_points"]),
                days=step["days"],
                valid_from=since,
                is_demo=True,
            )
    return len(shipped["products"])


def has_tables(program: Program) -> bool:
    products = LicensedProduct.objects.filter(program=program)
    return products.exists() or DayScale.objects.filter(program=program).exists()

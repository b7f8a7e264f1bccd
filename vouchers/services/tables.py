"""The tables by which days accrue, read once for any number of purchases."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.errors import Refused
from vouchers.accrual import Amount, Line, Step, count, scale_on
from vouchers.models import DayScale, LicensedProduct, PointRule

# More licences than any customer has, and fewer than a column holds.
MOST_LICENCES = 100_000_000


@dataclass(frozen=True)
class Order:
    """What a customer bought at once: licences by the codes of their products."""

    reference: str
    ordered_on: date
    term_years: int
    licences: Mapping[str, int]


class Tables:
    """Products, point rules and scales of some programs."""

    def __init__(self, programs: Collection[int]) -> None:
        """Read the tables in three queries."""
        self.products: dict[tuple[int, str], LicensedProduct] = {
            (each.program_id, each.code): each
            for each in LicensedProduct.objects.filter(program__in=programs)
        }
        self._rules: dict[int, list[PointRule]] = defaultdict(list)
        rules = PointRule.objects.filter(product__program__in=programs)
        for rule in rules.order_by("-valid_from"):
            self._rules[rule.product_id].append(rule)
        self._steps: dict[int, list[Step]] = defaultdict(list)
        for row in DayScale.objects.filter(program__in=programs):
            self._steps[row.program_id].append(Step.of(row))

    def count(self, program: int, order: Order) -> Amount:
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
            must_be_countable(code, licences)
            rules.append(rule)
            product = self.products[program, code]
            lines.append(
                Line(str(product), licences, rule.points_per_licence, rule.valid_from)
            )
        amount = count(lines, scale, order.term_years)
        is_demo = any(rule.is_demo for rule in rules) or any(s.is_demo for s in scale)
        return Amount(amount.lines, amount.step, amount.term_years, is_demo)

    def rule_of(self, program: int, code: str, day: date) -> PointRule | None:
        """Give the rule for a product that began last on a date or before it."""
        product = self.products.get((program, code))
        rules = self._rules[product.pk] if product else []
        return next((rule for rule in rules if rule.valid_from <= day), None)

    def must_have_rule(self, program: int, code: str, day: date) -> PointRule:
        """Give the rule for a product on a date, or raise ``Refused``."""
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


def must_be_countable(code: str, licences: int) -> None:
    if not 0 < licences <= MOST_LICENCES:
        raise Refused(
            _("“%(code)s”: type a number of licences from 1 to %(most)s.")
            % {"code": code, "most": MOST_LICENCES},
            field="licences",
        )

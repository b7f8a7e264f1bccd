"""What each row of a file of licence counts would grant, or what is wrong with it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import fields, text
from portal.errors import Refused
from portal.text_sql import TextKey
from vouchers.models import CustomerAgreement, LedgerEntry, Purchase
from vouchers.models.ledger import Kind
from vouchers.services.accrual import (
    Counted,
    granted_already,
    other_order,
    refuse_accrual,
    same_order,
)
from vouchers.services.tables import Order, Tables, must_be_countable


@dataclass
class JudgedRow:
    """A row of the file with its outcome in words, or its error."""

    number: int
    values: dict[str, str]
    error: str = ""
    outcome: str = ""
    agreement: CustomerAgreement | None = None

    @property
    def code(self) -> str:
        return self.values.get("product_code", "")

    def whole(self, name: str) -> int:
        """Read a whole number; anything but digits is refused."""
        typed = self.values.get(name, "")
        number = text.whole_number(typed)
        if number is None:
            raise Refused(_("Type “%(text)s” as a whole number.") % {"text": typed})
        return number

    @property
    def ordered_on(self) -> date:
        text = self.values.get("order_date", "")
        if not text:
            raise Refused(_("The order's date is missing."))
        day = date.fromisoformat(text)
        fields.refuse_day(day)
        return day


@dataclass
class Judged:
    """All rows of a file, and the orders that would be counted."""

    rows: list[JudgedRow]
    tables: Tables
    counted: list[Counted] = field(default_factory=list)
    there: int = 0

    @property
    def wrong(self) -> list[JudgedRow]:
        return [row for row in self.rows if row.error]

    @property
    def right(self) -> list[JudgedRow]:
        return [row for row in self.rows if not row.error]

    @property
    def days(self) -> int:
        return sum(each.amount.days for each in self.counted)


def judge(kept: Sequence[Any], *, is_deed: bool = False) -> Judged:
    """Judge all rows with the same few queries, however many there are.

    For the deed their agreements are locked, in the order of their keys.
    """
    rows = [JudgedRow(number, values, error) for number, values, error in kept]
    agreements = agreements_of(rows, is_deed=is_deed)
    for row in rows:
        note(row, lambda each: place(each, agreements))
    programs = {row.agreement.program_id for row in rows if row.agreement}
    judged = Judged(rows, Tables(programs))
    orders: dict[tuple[int, str], list[JudgedRow]] = defaultdict(list)
    for row in rows:
        if row.agreement:
            order = text.key(row.values["order_number"])
            orders[row.agreement.pk, order].append(row)
    known = Known({pk for pk, _reference in orders}, {ref for _pk, ref in orders})
    for group in orders.values():
        judge_order(group, judged, known)
    return judged


def note(row: JudgedRow, check: Any) -> bool:
    """Carry a check out on a row without an error; tells whether it is still fine."""
    if not row.error:
        try:
            check(row)
        except Refused as refusal:
            row.error = str(refusal)
    return not row.error


def agreements_of(
    rows: Iterable[JudgedRow], *, is_deed: bool
) -> dict[str, list[CustomerAgreement]]:
    """Find the agreements that the rows name, by their licensing IDs."""
    named = {text.key(row.values.get("licensing_id", "")) for row in rows}
    found: dict[str, list[CustomerAgreement]] = defaultdict(list)
    agreements = CustomerAgreement.objects.select_related("program", "customer")
    agreements = agreements.alias(key=TextKey("licensing_id")).filter(key__in=named)
    if is_deed:
        agreements = agreements.select_for_update(of=("self",), no_key=True)
    for agreement in agreements.order_by("pk"):
        found[text.key(agreement.licensing_id)].append(agreement)
    return found


def place(row: JudgedRow, agreements: dict[str, list[CustomerAgreement]]) -> None:
    """Find the agreement of a row; its program may stay out where there is one only."""
    licensing_id, code = row.values["licensing_id"], row.values.get("program", "")
    mine = agreements.get(text.key(licensing_id), [])
    if code:
        wanted = text.key(code)
        mine = [each for each in mine if text.key(each.program.code) == wanted]
    if not mine:
        raise Refused(
            _("No agreement “%(id)s” in this program is known.") % {"id": licensing_id}
            if code
            else _("No agreement “%(id)s” is known.") % {"id": licensing_id}
        )
    if len(mine) > 1:
        raise Refused(
            _("“%(id)s” is in several programs: name one.") % {"id": licensing_id}
        )
    row.agreement = mine[0]


class Known:
    """What was counted or granted before, under the orders of a file."""

    def __init__(self, agreements: set[int], references: set[str]) -> None:
        """Read it in three queries."""
        purchases = Purchase.objects.filter(agreement__in=agreements)
        alike = purchases.alias(key=TextKey("reference")).filter(key__in=references)
        self.purchases = {
            (each.agreement_id, text.key(each.reference)): each
            for each in alike.prefetch_related("lines__product")
        }
        granted = LedgerEntry.objects.filter(
            agreement__in=agreements, kind=Kind.GRANTED
        ).alias(key=TextKey("note"))
        notes = granted.filter(key__in=references).values_list("agreement", "note")
        self.notes = {(agreement, text.key(note)) for agreement, note in notes}


def judge_order(group: list[JudgedRow], judged: Judged, known: Known) -> None:
    """Judge the rows of one order together; an error of the order is each row's."""
    agreement = group[0].agreement
    assert agreement is not None, "grouped by it"
    day_and_term: set[tuple[date, int]] = set()
    licences: dict[str, int] = {}
    for row in group:
        note(row, lambda each: add_line(each, judged.tables, licences, day_and_term))
    if any(row.error for row in group):
        return
    [(day, term)] = day_and_term
    order = Order(group[0].values["order_number"], day, term, licences)
    error, outcome = "", ""
    try:
        outcome = count_order(agreement, order, judged, known)
    except Refused as refusal:
        error = str(refusal)
    for row in group:
        row.error, row.outcome = error, outcome


def add_line(
    row: JudgedRow,
    tables: Tables,
    licences: dict[str, int],
    day_and_term: set[tuple[date, int]],
) -> None:
    """Add a row to its order; raises ``Refused`` for what is wrong with the row."""
    assert row.agreement is not None, "it was found"
    said = (row.ordered_on, row.whole("term_years"))
    count = row.whole("licences")
    tables.must_have_rule(row.agreement.program_id, row.code, said[0])
    must_be_countable(row.code, count)
    if row.code in licences:
        raise Refused(_("The order names “%(code)s” twice.") % {"code": row.code})
    if day_and_term and said not in day_and_term:
        raise Refused(_("Another row of this order has another date or term."))
    licences[row.code] = count
    day_and_term.add(said)


def count_order(
    agreement: CustomerAgreement, order: Order, judged: Judged, known: Known
) -> str:
    """Count an order and say what it gives, or that it is there already."""
    key = (agreement.pk, text.key(order.reference))
    there = known.purchases.get(key)
    if there is not None:
        lines = {line.product.code: line.licences for line in there.lines.all()}
        if not same_order(there, lines, order):
            raise Refused(other_order(order.reference))
        judged.there += 1
        return _("already there")
    if key in known.notes:
        raise Refused(granted_already(order.reference))
    refuse_accrual(agreement, order)
    amount = judged.tables.count(agreement.program_id, order)
    judged.counted.append(Counted(agreement, order, amount))
    sentence = ngettext(
        "the order gives %(days)s day", "the order gives %(days)s days", amount.days
    )
    return sentence % {"days": amount.days}

"""What each row of a file of licence counts would grant, or what is wrong with it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import fields, text
from portal.actors import Staff
from portal.audit import record
from portal.findings import Refused
from portal.models import TableImport
from portal.roles import Duty
from portal.services.table_imports import (
    CheckedRows,
    ImportedRow,
    TableKind,
    faults_of,
)
from portal.spreadsheets.columns import Column
from portal.spreadsheets.reading import Row
from portal.text_sql import TextKey
from vouchers.models import CustomerAgreement, LedgerEntry, Purchase, PurchaseImport
from vouchers.models.ledger import EntryType
from vouchers.services import accrual
from vouchers.services.accrual import CountedOrder, Order, Tables

# How people write that a number is negative.
MINUS = "-−–－"


@dataclass
class ImportedPurchase(ImportedRow):
    """A row of the file with its outcome in words, or what is wrong with it."""

    outcome: str = ""
    agreement: CustomerAgreement | None = None

    @property
    def code(self) -> str:
        return self.values.get("product_code", "")

    def parse_int(self, name: str) -> int:
        """Read a whole number; anything but digits is refused."""
        typed = self.values.get(name, "")
        number = text.whole_number(typed)
        if (
            number is None
            and text.whole_number(typed.strip().lstrip(MINUS)) is not None
        ):
            raise Refused(
                _("“%(text)s” is negative: type at least 1.") % {"text": typed}
            )
        if number is None:
            raise Refused(_("Type “%(text)s” as a whole number.") % {"text": typed})
        return number

    @property
    def ordered_on(self) -> date:
        text = self.values.get("order_date", "")
        if not text:
            raise Refused(_("The order's date is missing."))
        day = date.fromisoformat(text)
        fields.ensure_day(day)
        return day


@dataclass
class CheckedPurchases(CheckedRows[ImportedPurchase]):
    """All rows of a file, and the orders that would be counted."""

    tables: Tables
    counted: list[CountedOrder] = field(default_factory=list)
    there: int = 0

    @property
    def days(self) -> int:
        return sum(counted_order.amount.days for counted_order in self.counted)


class PurchaseTables(TableKind[CheckedPurchases, Staff]):
    """Counts every order of a file, or none; what is there already is passed over."""

    model = PurchaseImport
    columns = (
        Column("licensing_id", gettext_lazy("Licensing ID")),
        Column("program", gettext_lazy("Program"), is_required=False),
        Column("order_number", gettext_lazy("Order number")),
        Column("order_date", gettext_lazy("Order date"), is_date=True),
        Column("term_years", gettext_lazy("Years of the term")),
        Column("product_code", gettext_lazy("Product code")),
        Column("licences", gettext_lazy("Licences")),
    )
    roles = (Duty.PROGRAM_MANAGER,)
    life = timedelta(days=7)

    def check(
        self, rows: list[Row], *, by: Staff, is_action: bool = False
    ) -> CheckedPurchases:
        """Check all rows with the same few queries, however many there are.

        For the action their agreements are locked, in the order of their keys.
        """
        titles = self.titles
        return check_rows(
            [ImportedPurchase(r.number, r.values, faults_of(r, titles)) for r in rows],
            is_action=is_action,
        )

    def carry_out(
        self, upload: TableImport, checked: CheckedPurchases, *, by: Staff
    ) -> dict[str, int]:
        purchases = accrual.write_purchases(checked.counted, checked.tables, by=by)
        record("import.confirmed", upload, by=by, parties=[])
        days = sum(purchase.days for purchase in purchases)
        return {"purchases": len(purchases), "days": days}


TABLES = PurchaseTables()


def check_rows(rows: list[ImportedPurchase], *, is_action: bool) -> CheckedPurchases:
    agreements = agreements_of(rows, is_action=is_action)
    for row in rows:
        note(row, lambda judged_row: place(judged_row, agreements))
    programs = {row.agreement.program_id for row in rows if row.agreement}
    checked = CheckedPurchases(rows, Tables(programs))
    orders: dict[tuple[int, str], list[ImportedPurchase]] = defaultdict(list)
    for row in rows:
        if row.agreement:
            order = text.key(row.values["order_number"])
            orders[row.agreement.pk, order].append(row)
    known = EarlierOrders(
        {pk for pk, _reference in orders}, {ref for _pk, ref in orders}
    )
    for group in orders.values():
        check_order(group, checked, known)
    return checked


def note(row: ImportedPurchase, check: Any) -> bool:
    """Carry a check out on a row without an error; tells whether it is still fine."""
    if not row.wrong:
        try:
            check(row)
        except Refused as refusal:
            row.wrong = [("", str(refusal))]
    return not row.wrong


def agreements_of(
    rows: Iterable[ImportedPurchase], *, is_action: bool
) -> dict[str, list[CustomerAgreement]]:
    """Find the agreements that the rows name, by their licensing IDs."""
    licensing_ids = {text.key(row.values.get("licensing_id", "")) for row in rows}
    agreements_by_id: dict[str, list[CustomerAgreement]] = defaultdict(list)
    agreements = CustomerAgreement.objects.select_related("program", "customer")
    agreements = agreements.alias(key=TextKey("licensing_id")).filter(
        key__in=licensing_ids
    )
    if is_action:
        agreements = agreements.select_for_update(of=("self",), no_key=True)
    for agreement in agreements.order_by("pk"):
        agreements_by_id[text.key(agreement.licensing_id)].append(agreement)
    return agreements_by_id


def place(
    row: ImportedPurchase, agreements: dict[str, list[CustomerAgreement]]
) -> None:
    """Find the agreement of a row; its program may stay out where there is one only."""
    licensing_id, code = row.values["licensing_id"], row.values.get("program", "")
    matching = agreements.get(text.key(licensing_id), [])
    if code:
        program_key = text.key(code)
        matching = [
            agreement
            for agreement in matching
            if text.key(agreement.program.code) == program_key
        ]
    if not matching:
        raise Refused(
            _("No agreement “%(id)s” in this program is known.") % {"id": licensing_id}
            if code
            else _("No agreement “%(id)s” is known.") % {"id": licensing_id}
        )
    if len(matching) > 1:
        raise Refused(
            _("“%(id)s” is in several programs: name one.") % {"id": licensing_id}
        )
    row.agreement = matching[0]


class EarlierOrders:
    """What was counted or granted before, under the orders of a file."""

    def __init__(self, agreements: set[int], references: set[str]) -> None:
        """Read it in three queries."""
        purchases = Purchase.objects.filter(agreement__in=agreements)
        alike = purchases.alias(key=TextKey("reference")).filter(key__in=references)
        self.purchases = {
            (purchase.agreement_id, text.key(purchase.reference)): purchase
            for purchase in alike.prefetch_related("lines__product")
        }
        granted = LedgerEntry.objects.filter(
            agreement__in=agreements, kind=EntryType.GRANTED
        ).alias(key=TextKey("note"))
        notes = granted.filter(key__in=references).values_list("agreement", "note")
        self.notes = {(agreement, text.key(note)) for agreement, note in notes}


def check_order(
    group: list[ImportedPurchase], checked: CheckedPurchases, known: EarlierOrders
) -> None:
    """Judge the rows of one order together; an error of the order is each row's."""
    agreement = group[0].agreement
    assert agreement is not None, "grouped by it"
    day_and_term: set[tuple[date, int]] = set()
    licences: dict[str, int] = {}
    for row in group:
        note(
            row,
            lambda judged_row: add_line(
                judged_row, checked.tables, licences, day_and_term
            ),
        )
    if any(row.wrong for row in group):
        return
    [(day, term)] = day_and_term
    order = Order(group[0].values["order_number"], day, term, licences)
    try:
        outcome, wrong = count_order(agreement, order, checked, known), []
    except Refused as refusal:
        outcome, wrong = "", [("", str(refusal))]
    for row in group:
        row.wrong, row.outcome = list(wrong), outcome


def add_line(
    row: ImportedPurchase,
    tables: Tables,
    licences: dict[str, int],
    day_and_term: set[tuple[date, int]],
) -> None:
    """Add a row to its order; raises ``Refused`` for what is wrong with the row."""
    assert row.agreement is not None, "it was found"
    day_and_years = (row.ordered_on, row.parse_int("term_years"))
    count = row.parse_int("licences")
    tables.must_have_rule(row.agreement.program_id, row.code, day_and_years[0])
    accrual.ensure_countable(row.code, count)
    if row.code in licences:
        raise Refused(_("The order names “%(code)s” twice.") % {"code": row.code})
    if day_and_term and day_and_years not in day_and_term:
        raise Refused(_("Another row of this order has another date or term."))
    licences[row.code] = count
    day_and_term.add(day_and_years)


def count_order(
    agreement: CustomerAgreement,
    order: Order,
    checked: CheckedPurchases,
    known: EarlierOrders,
) -> str:
    """Count an order and say what it gives, or that it is there already."""
    key = (agreement.pk, text.key(order.reference))
    earlier = known.purchases.get(key)
    if earlier is not None:
        lines = {line.product.code: line.licences for line in earlier.lines.all()}
        if not accrual.same_order(earlier, lines, order):
            raise Refused(accrual.other_order(order.reference))
        checked.there += 1
        return _("already there")
    if key in known.notes:
        raise Refused(accrual.granted_already(order.reference))
    accrual.ensure_accrual(agreement, order)
    amount = checked.tables.count(agreement.program_id, order)
    checked.counted.append(CountedOrder(agreement, order, amount))
    sentence = ngettext(
        "the order gives %(days)s day", "the order gives %(days)s days", amount.days
    )
    return sentence % {"days": amount.days}

"""Licence counts of many customers from one file: read, judged, confirmed at once.

What the file says is kept as text between the preview and the deed, and judged anew at
the deed under the locks of all its agreements.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import IO, Any
from uuid import uuid4

from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import clock, sheets
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.roles import Duty
from vouchers.models import PurchaseImport
from vouchers.services.accrual import write_purchases
from vouchers.services.judging import Judged, judge

COLUMNS = [
    sheets.Column("licensing_id", gettext_lazy("Licensing ID")),
    sheets.Column("program", gettext_lazy("Program"), is_required=False),
    sheets.Column("order_number", gettext_lazy("Order number")),
    sheets.Column("order_date", gettext_lazy("Order date"), is_date=True),
    sheets.Column("term_years", gettext_lazy("Years of the term")),
    sheets.Column("product_code", gettext_lazy("Product code")),
    sheets.Column("licences", gettext_lazy("Licences")),
]
# What nobody confirmed in so many days is forgotten.
KEPT_DAYS = 7


def read_purchases(file: File | IO[bytes], *, name: str, by: Staff) -> PurchaseImport:
    """Read a file of licence counts and keep its rows for the preview.

    Raises ``portal.sheets.Unreadable`` for a file that is no such table.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    rows = [
        [row.number, row.values, " ".join(map(str, row.problems))]
        for row in sheets.read_table(file, COLUMNS)
    ]
    old = clock.now() - timedelta(days=KEPT_DAYS)
    PurchaseImport.objects.filter(confirmed_at=None, created_at__lt=old).delete()
    return PurchaseImport.objects.create(
        ticket=uuid4(), file_name=name[:200], rows=rows, made_by=by.person
    )


def judge_purchases(kept: PurchaseImport) -> Judged:
    """Say what each row would grant, or what is wrong with it; changes nothing."""
    return judge(kept.rows)


def confirm_purchases(kept: PurchaseImport, *, by: Staff) -> PurchaseImport:
    """Count every order of the file, or none; a second time gives the first one.

    Orders that are there already are passed over: nothing is granted twice.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(kept) as current:
        if current.confirmed_at:
            return current
        judged = judge(current.rows, is_deed=True)
        refuse_errors(judged)
        purchases = write_purchases(judged.counted, judged.tables, by=by)
        current.confirmed_at = clock.now()
        current.purchases = len(purchases)
        current.days = sum(purchase.days for purchase in purchases)
        current.save()
        record("import.confirmed", current, by=by, parties=[])
        return current


def refuse_errors(judged: Judged) -> None:
    count = len(judged.wrong)
    if count:
        sentence = ngettext(
            "%(count)s row has an error: nothing was imported.",
            "%(count)s rows have errors: nothing was imported.",
            count,
        )
        raise Refused(sentence % {"count": count})


def failed_purchases(judged: Judged) -> tuple[list[Any], Iterable[list[Any]]]:
    """Give the rows with errors as a table: the file's own columns and the error."""
    headings = [str(column.title) for column in COLUMNS]
    rows = (
        [*(row.values.get(column.name, "") for column in COLUMNS), row.error]
        for row in judged.wrong
    )
    return [*headings, _("Error")], rows

"""Vouchers from a table: read, looked at row by row, and made all at once."""

import json
from collections.abc import Iterable
from hashlib import sha256
from itertools import groupby
from typing import IO, Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import text
from portal.actors import Member
from portal.errors import Refused
from portal.sheets import Code, Column, Problem, Row, read_table
from portal.tenancy import acting_for_all
from vouchers.models import VoucherBatch, VoucherImport
from vouchers.services.creation import begin, give_out, make
from vouchers.services.lines import Line, Reader
from vouchers.services.people import OWNERS

# So many are made in some seconds, while a browser waits.
MOST_ROWS = 10_000
COLUMNS = [
    Column("agreement", gettext_lazy("Agreement"), is_required=False),
    Column("engagement_type", gettext_lazy("Engagement type")),
    Column("days", gettext_lazy("Days")),
    Column("country", gettext_lazy("Country of delivery")),
    Column("label", gettext_lazy("Label"), is_required=False),
    Column("project_manager", gettext_lazy("Project manager"), is_required=False),
    Column("partner", gettext_lazy("Partner"), is_required=False),
    # What we wrote beside a failed row may come back with it.
    Column("problem", gettext_lazy("What is wrong"), is_required=False),
]


def upload_import(
    file: File | IO[bytes], *, by: Member, beside: VoucherImport | None = None
) -> VoucherImport:
    """Keep the rows of a table until somebody has looked at them; makes no voucher.

    Those rows of an import ``beside`` that have no mistakes are kept before them, so
    that a table of mended rows completes it. Raises ``Unreadable`` for what is no table
    of ours.
    """
    by.must_be(*OWNERS)
    good = _good_rows(beside, by) if beside else []
    most = MOST_ROWS - len(good)
    rows = [_kept(row) for row in read_table(file, COLUMNS, most_rows=most)]
    kept: VoucherImport = VoucherImport.objects.create(
        customer=by.organization, rows=[*good, *rows], made_by=by.person
    )
    return kept


def _good_rows(kept: VoucherImport, by: Member) -> list[Any]:
    lines = judge_import(kept, by=by)
    pairs = zip(kept.rows, lines, strict=True)
    return [row for row, line in pairs if not line.wrong]


def _kept(row: Row) -> list[Any]:
    return [row.number, row.values, [tuple(problem) for problem in _told(row)]]


def _told(row: Row) -> Iterable[tuple[str, str, str]]:
    return ((each.code, each.cell, each.column) for each in row.problems)


def rows_of(kept: VoucherImport) -> list[Row]:
    return [
        Row(
            number,
            values,
            tuple(Problem(Code(code), *place) for code, *place in problems),
        )
        for number, values, problems in kept.rows
    ]


def judge_import(kept: VoucherImport, *, by: Member) -> list[Line]:
    """Hold each row against the facts of this moment; makes no voucher."""
    return Reader(COLUMNS, by=by).read(rows_of(kept))


def import_vouchers(
    kept: VoucherImport, *, by: Member, is_again: bool = False
) -> VoucherBatch:
    """Make the vouchers of an import, all of them or none.

    Sent twice, even at the same moment, it gives the batch that it made. Raises
    ``Refused`` when the same rows were imported before, unless they are meant again.
    """
    by.must_be(*OWNERS)
    if kept.made_by_id != by.person_id:
        raise Refused(_("Only who uploaded a table confirms it."))
    with transaction.atomic():
        digest = digest_of(kept)
        batch, is_begun = begin(kept.ticket, len(kept.rows), by=by, digest=digest)
        if is_begun:
            refuse_again(kept, is_again=is_again)
            make_all(batch, judge_import(kept, by=by), by=by)
    return batch


def refuse_again(kept: VoucherImport, *, is_again: bool) -> None:
    if imported_before(kept) and not is_again:
        raise Refused(
            _(
                "A table with the same rows was imported before. Tick the box if the"
                " vouchers are meant once more."
            )
        )


def imported_before(kept: VoucherImport) -> VoucherBatch | None:
    """Give the last batch that the same rows, in whatever order, have made already."""
    batches = VoucherBatch.objects.filter(customer_id=kept.customer_id)
    alike = batches.filter(digest=digest_of(kept)).exclude(ticket=kept.ticket)
    return alike.order_by("-pk").first()


def result_of(kept: VoucherImport) -> VoucherBatch | None:
    """Give the batch that an import has made, once it is confirmed."""
    return VoucherBatch.objects.filter(ticket=kept.ticket).first()


def digest_of(kept: VoucherImport) -> str:
    """Give a hash of what the rows say, however it is typed and in whatever order."""
    names = [column.name for column in COLUMNS[:-1]]
    rows = sorted(
        [text.key(values.get(name, "")) for name in names]
        for _number, values, _problems in kept.rows
    )
    return sha256(json.dumps(rows).encode()).hexdigest()


def make_all(batch: VoucherBatch, lines: list[Line], *, by: Member) -> None:
    """Make what the rows want, pool after pool in one order for everybody."""
    refuse_wrong(lines)
    ordered = sorted(lines, key=lambda line: line.pool.pk)
    for pool, group in groupby(ordered, key=lambda line: line.pool):
        make(batch, pool, [line.wanted for line in group], by=by)
    give_out(batch, [line.wanted for line in lines], by=by)


def refuse_wrong(lines: list[Line]) -> None:
    wrong = sum(bool(line.wrong) for line in lines)
    if wrong:
        sentence = ngettext(
            "Nothing was made: one row has a mistake.",
            "Nothing was made: %(count)s rows have mistakes.",
            wrong,
        )
        raise Refused(sentence % {"count": wrong})


def forget_imports() -> int:
    """Delete the rows of imports that nobody confirmed in time; gives their number."""
    with acting_for_all():
        count, _kinds = VoucherImport.objects.stale().delete()
    return count


def import_headings() -> list[str]:
    """Name the columns of the template."""
    return [str(column.title) for column in COLUMNS[:-1]]


def failed_lines(lines: list[Line]) -> Iterable[list[str]]:
    """Give the rows with mistakes as they were typed, with what is wrong."""
    return (
        [*(line.values.get(column.name, "") for column in COLUMNS[:-1]), line.problem]
        for line in lines
        if line.wrong
    )


def failed_headings() -> list[str]:
    return [*import_headings(), _("What is wrong")]

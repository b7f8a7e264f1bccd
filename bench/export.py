"""Rows 7 and 8: all vouchers of a customer as CSV and as XLSX.

The floors are PostgreSQL's own CSV and XlsxWriter with its memory kept constant, both
without permissions, translations or a guard against formulas. Each side works in a
process of its own, where its peak of memory can be seen.
"""

import tempfile
from collections.abc import Iterable, Iterator
from functools import partial

import xlsxwriter
from django.db import connections, transaction

from bench.child import Stream, in_child
from bench.lab import Lab, working_for
from bench.measure import Bounds, Figure, at_most, in_turns
from bench.tenants import Tenant
from portal.spreadsheets.downloads import FileFormat, seen_by
from vouchers.models import Voucher
from vouchers.services import exports

TIME = {"csv": at_most(20, 3), "xlsx": at_most(1.3, 1.1)}
MEMORY = {"csv": at_most(32, 8), "xlsx": at_most(32, 32)}
# At once: a person sees that something comes.
FIRST = {"csv": at_most(1000, 50), "xlsx": None}
ROWS = """
SELECT v.number, v.label, t.name, v.days, v.country, v.state, c.name, p.name, m.name,
    v.created_at::text, v.expires_on::text, v.redeemed_at::text
FROM vouchers_voucher v
JOIN enrollment_engagementtype t ON t.id = v.engagement_type_id
JOIN portal_organization c ON c.id = v.customer_id
LEFT JOIN portal_organization p ON p.id = v.partner_id
LEFT JOIN portal_user m ON m.id = v.project_manager_id
WHERE v.customer_id = {customer} ORDER BY v.created_at DESC, v.id DESC
"""


def figures(lab: Lab) -> Iterator[Figure]:
    for kind in ("csv", "xlsx"):
        tenants = lab.tenants[:-1] if lab.is_quick else lab.tenants
        for tenant in tenants:
            yield from of_kind(lab, kind, tenant)


def of_kind(lab: Lab, kind: str, tenant: Tenant) -> Iterator[Figure]:
    streams: dict[str, list[Stream]] = {"ours": [], "floor": []}

    def turn(side: str, made: partial) -> float:
        streams[side].append(in_child(made))
        return streams[side][-1].seconds

    floor = partial({"csv": copied, "xlsx": written}[kind], tenant)
    ours = partial(exported, kind, tenant)
    # A million rows take long enough to be measured once.
    found = in_turns(
        1 if tenant.size > 200_000 else min(lab.rounds, 3),
        ours=partial(turn, "ours", ours),
        floor=partial(turn, "floor", floor),
    )
    counted = {side: each[1:] for side, each in streams.items()}
    name = f"{7 if kind == 'csv' else 8} {kind.upper()} of {tenant.size:,}"
    yield Figure(name, "s", found["ours"], found["floor"], TIME[kind])
    yield from alone(name, counted["ours"], MEMORY[kind], FIRST[kind])


def alone(
    name: str, ours: list[Stream], memory: Bounds, first: Bounds | None
) -> Iterator[Figure]:
    """Return what has to be small by itself."""
    added = [stream.added_mib for stream in ours]
    yield Figure(f"{name}, memory added", "MiB", added, bounds=memory)
    waited = [stream.first_ms for stream in ours]
    yield Figure(f"{name}, first byte", "ms", waited, bounds=first)


def exported(kind: str, tenant: Tenant) -> Iterator[bytes]:
    """Write a CSV as a page does, and a workbook as a worker does."""
    rows, owner = Voucher.objects.visible_to(tenant.owner), tenant.owner
    if kind == "csv":
        yield from seen_by(owner, exports.VOUCHERS.as_csv(rows, owner), FileFormat.CSV)
    else:
        with working_for(owner):
            yield from exports.VOUCHERS.as_xlsx(rows, owner, lambda _count: None)


def query(tenant: Tenant) -> str:
    return ROWS.format(customer=int(tenant.ids["customer"]))


def copied(tenant: Tenant) -> Iterator[bytes]:
    """Let PostgreSQL write the CSV."""
    statement = f"COPY ({query(tenant)}) TO STDOUT (FORMAT csv, HEADER)"
    with connections["owner"].cursor() as cursor, cursor.copy(statement) as out:
        yield from out


def written(tenant: Tenant) -> Iterable[bytes]:
    """Let XlsxWriter write row by row into a file, and give that."""
    with tempfile.TemporaryFile() as file, transaction.atomic(using="owner"):
        book = xlsxwriter.Workbook(file, {"constant_memory": True})
        sheet = book.add_worksheet()
        with connections["owner"].chunked_cursor() as cursor:
            cursor.execute(query(tenant))
            for number, row in enumerate(cursor):
                sheet.write_row(number, 0, row)
        book.close()
        file.seek(0)
        yield from iter(partial(file.read, 65536), b"")

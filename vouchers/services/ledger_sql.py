"""The columns of a ledger entry, once for every statement that moves many vouchers.

``vouchers.services.ledger.post`` writes the entries of rows that Python holds.
"""

from vouchers.models.ledger import WAYS

ENTRIES = """
    INSERT INTO vouchers_ledgerentry (
        agreement_id, customer_id, voucher_id, days, kind, source, target, note,
        created_at
    )
    SELECT agreement_id, customer_id, id, days, kind, way.source, way.target, '', moment
    FROM {rows} JOIN (VALUES {ways}) AS way (kind, source, target) USING (kind)
"""


def entries_of(rows: str) -> str:
    """Return the statement that moves all days of some vouchers to another account.

    Rows have the voucher's ``id``, ``agreement_id``, ``customer_id`` and ``days``, the
    ``kind`` of the entry and its ``moment``.
    """
    ways = ", ".join(
        f"('{kind}', '{way[0]}', '{way[1]}')" for kind, way in WAYS.items()
    )
    return ENTRIES.format(rows=rows, ways=ways)

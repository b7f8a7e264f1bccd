"""The statements that extend very many vouchers, with what they leave behind."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from portal import clock
from portal.audit_sql import entries_of as audit_of
from vouchers.models import PolicyException
from vouchers.services.vouchers_sql import AUDITED

# One statement says why, and the next one moves the day: the database looks in between.
SAY_WHY = """
WITH held (id, customer_id, before, until) AS ({reached})
INSERT INTO vouchers_extension (voucher_id, customer_id, kind, exception_id, before,
    until, reason, extended_by_id, created_at)
SELECT id, customer_id, 'exception', %s, before, until, %s, %s, %s FROM held
ON CONFLICT DO NOTHING
RETURNING voucher_id, before, until
"""
MOVE = f"""
WITH moved AS (
    UPDATE vouchers_voucher v SET expires_on = each.until
    FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS each (id, before, until)
    WHERE v.id = each.id
    RETURNING v.id, v.customer_id, v.partner_id, v.project_manager_id, v.admin_id,
        each.before, each.until, {AUDITED},
        jsonb_build_object('expires_on', jsonb_build_array(each.before, each.until))
            AS changes
), audit AS ({audit_of("moved")})
SELECT id, customer_id, partner_id, project_manager_id, admin_id, before, until
FROM moved
"""


def extend_all(
    exception: PolicyException, reached: QuerySet[Any], entries: str
) -> list[tuple[Any, ...]]:
    """Extend vouchers by an exception, each once; gives who follows each, and the days.

    ``entries`` is what their audit entries say alike.
    """
    voucher_rows = reached.values_list("pk", "customer", "expires_on", "until")
    sql, which = voucher_rows.query.sql_with_params()
    why: list[Any] = [
        exception.pk,
        exception.reason,
        exception.granted_by_id,
        clock.now(),
    ]
    with connection.cursor() as cursor:
        cursor.execute(SAY_WHY.format(reached=sql), [*which, *why])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        columns = [list(column) for column in zip(*rows, strict=True)]
        if not columns:
            return []
        cursor.execute(MOVE, [*columns, entries])
        moved: list[tuple[Any, ...]] = cursor.fetchall()
    return moved

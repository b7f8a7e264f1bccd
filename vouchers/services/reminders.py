"""Reminders of a voucher's last day: the nearest rung of the ladder, once each.

One statement finds what is due, so that vouchers of which nobody need be told cost
nothing.
"""

from django.db import connection

from portal import batches
from portal.tenancy import acting_for_all
from vouchers.models import Voucher
from vouchers.services.digests import COLUMNS, Digests, Told, told_of

MOST = 1000
# A new last day begins the ladder anew: the database forgets the rung with it.
REMIND = """
WITH held (id, rung, days_left) AS ({due})
UPDATE vouchers_voucher v SET reminded = held.rung
FROM held WHERE v.id = held.id
RETURNING v.id, v.customer_id, v.partner_id, v.project_manager_id, v.admin_id,
    held.rung, held.days_left
"""

# What is told of a voucher.
FACT = ["rung", "days_left"]
Fact = tuple[int, int]


def remind() -> int:
    """Remind of all vouchers that reached another rung; gives their number.

    A rung that was missed is made up for by the next run; only the nearest is told.
    """
    with acting_for_all():
        rows = Voucher.objects.to_remind().order_by("customer", "pk")
        due = [told_of(row, row[-2:]) for row in rows.values_list(*COLUMNS, *FACT)]
    return batches.at_pace(
        _remind, due, most=MOST, together=lambda told: told.customer, what="Voucher"
    )


def _remind(due: list[Told]) -> int:
    digests = Digests("voucher-expires", words=_words, key=_key)
    with acting_for_all():
        digests.write(due)
    with acting_for_all():
        free = Voucher.objects.to_remind().select_for_update(
            of=("self",), skip_locked=True, no_key=True
        )
        chosen = free.filter(pk__in=[told.pk for told in due])
        query = chosen.values_list("pk", *FACT).query
        sql, which = query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(REMIND.format(due=sql), which)
            reminded = [told_of(row, row[-2:]) for row in cursor.fetchall()]
        digests.post(reminded)
    return len(reminded)


def _words(_voucher: Voucher, fact: Fact) -> dict[str, object]:
    _rung, days_left = fact
    return {"days_left": days_left}


def _key(voucher: Voucher, fact: Fact) -> str:
    rung, _days_left = fact
    return f"{voucher.number}:{voucher.deadline}:{rung}"

"""More days for a set of vouchers: looked at first, granted once, carried out in turns.

The real case: 90 more days for vouchers created before 1 April 2020. [KURT20]
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from portal import batches, clock
from portal.actors import Staff
from portal.audit import record
from portal.celery import app
from portal.db import lock_row, nudge
from portal.errors import Refused
from portal.roles import Duty
from portal.tenancy import acting_for_all
from vouchers.models import Extension, PolicyException, State, Voucher
from vouchers.services.digests import COLUMNS, Digests, Told, told_of
from vouchers.services.trail import ENTRIES, entries_by

CHOSEN = ["pk", "customer", "expires_on", "until"]
MOST = 2000
SHOWN = 50
# How far back a preview looks for vouchers that expired and are not revived.
RECENT_DAYS = 30
# One statement says why, and the next one moves the day: the database looks in between.
SAY_WHY = """
WITH held (id, customer_id, before, until) AS ({reached})
INSERT INTO vouchers_extension (voucher_id, customer_id, kind, exception_id, before,
    until, reason, extended_by_id, created_at)
SELECT id, customer_id, 'exception', %s, before, until, %s, %s, %s FROM held
ON CONFLICT DO NOTHING
RETURNING voucher_id, before, until
"""
MOVE = """
WITH moved AS (
    UPDATE vouchers_voucher v SET expires_on = each.until
    FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS each (id, before, until)
    WHERE v.id = each.id
    RETURNING v.id, v.number, v.customer_id, v.partner_id, v.project_manager_id,
        v.admin_id, each.before, each.until
), audit AS ({entries})
SELECT id, customer_id, partner_id, project_manager_id, admin_id, before, until
FROM moved
"""
CHANGES = "jsonb_build_object('expires_on', jsonb_build_array(before, until))"


@dataclass(frozen=True)
class Preview:
    """Whom an exception touches, before it is granted."""

    vouchers: int
    customers: int
    partners: int
    # Cut to the last day to redeem, and already lasting until it.
    cut: int
    not_revived: int
    first: date | None
    last: date | None
    months: list[tuple[date, int]]
    rows: list[Voucher]


def preview_exception(exception: PolicyException) -> Preview:
    """Tell whom an exception would extend today; changes nothing."""
    reached = exception.reaches()
    sums: dict[str, Any] = reached.aggregate(
        vouchers=Count("pk"),
        customers=Count("customer", distinct=True),
        partners=Count("partner", distinct=True),
        cut=Count("pk", filter=Q(until__lt=F("wished"))),
        first=Min("until"),
        last=Max("until"),
    )
    gone = exception.made_before().filter(
        state=State.EXPIRED, expires_on__gte=clock.in_days(-RECENT_DAYS)
    )
    by_month = reached.annotate(month=TruncMonth("until")).values("month")
    spread = by_month.annotate(count=Count("pk")).order_by("month")
    rows = reached.for_list().order_by("until", "pk")
    return Preview(
        **sums,
        not_revived=gone.count(),
        months=list(spread.values_list("month", "count")),
        rows=list(rows[:SHOWN]),
    )


def refuse_exception(exception: PolicyException) -> None:
    """Raise ``Refused``, beside its field, unless an exception makes sense today."""
    offering = exception.offering
    if offering and offering.program_id != exception.program_id:
        raise Refused(
            _("“%(offering)s” does not belong to this program.")
            % {"offering": offering},
            field="offering",
        )
    if exception.created_before > clock.in_days(1):
        raise Refused(
            _("Choose tomorrow at the latest: what is created later is not known."),
            field="created_before",
        )


def grant_exception(exception: PolicyException, *, expected: int, by: Staff) -> None:
    """Grant more days to the vouchers of a preview, which a worker then extends.

    ``expected`` is their number as it was shown: another one has to be looked at.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    refuse_exception(exception)
    exception.expected = expected
    exception.granted_by = by.person
    with transaction.atomic():
        save_once(exception)
        if exception.reaches().count() != expected or not expected:
            raise Refused(
                _("The set has changed meanwhile. Look at the preview again.")
            )
        record(
            "exception.granted",
            exception,
            by=by,
            parties=[],
            reason=exception.reason,
        )
        nudge(app.signature("vouchers.tasks.apply_exceptions"))


def save_once(exception: PolicyException) -> None:
    """Save a new exception; a button that is pressed twice finds it there."""
    try:
        with transaction.atomic():
            exception.save()
    except IntegrityError as error:
        if "policy_exception_once" not in str(error):
            raise
        raise Refused(_("This exception is granted already.")) from error


def apply_exceptions() -> int:
    """Extend the vouchers of every granted exception; gives their number.

    A voucher is extended once by each, however often this runs.
    """
    with acting_for_all():
        open_ones = PolicyException.objects.filter(finished_at=None).order_by("pk")
        granted = list(open_ones.select_related("program", "offering", "granted_by"))
    return sum(apply_exception(each) for each in granted)


def apply_exception(exception: PolicyException) -> int:
    with acting_for_all():
        rows = exception.reaches().order_by("customer", "pk")
        columns = [*COLUMNS, "expires_on", "until"]
        due = [told_of(row, row[-2:]) for row in rows.values_list(*columns)]
        by = Staff.of(exception.granted_by)
    done = batches.at_pace(
        lambda batch: _extend(exception, batch, by),
        due,
        most=MOST,
        together=lambda told: told.customer,
        what="Voucher",
    )
    with acting_for_all(), lock_row(exception) as current:
        reached = Extension.objects.filter(exception=current)
        current.extended = reached.count()
        # What somebody held at that moment is left for the next run.
        if not current.reaches().exists():
            current.finished_at = clock.now()
        current.save()
    return done


def _extend(exception: PolicyException, due: list[Told], by: Staff) -> int:
    """Extend those of the vouchers that are still reached and that nobody holds."""
    digests = Digests(
        "voucher-extended",
        words=lambda _voucher, fact: {
            "before": fact[0],
            "until": fact[1],
            "reason": exception.reason,
        },
        key=lambda voucher, fact: f"{voucher.number}:{fact[1]}",
        single=1,
    )
    with acting_for_all():
        digests.write(due)
    with acting_for_all():
        moved = _move(exception, due, by)
        extended = [told_of(row, row[-2:]) for row in moved]
        digests.post(extended)
    return len(extended)


def _move(exception: PolicyException, due: list[Told], by: Staff) -> list[tuple]:
    free = exception.reaches().select_for_update(
        of=("self",), skip_locked=True, no_key=True
    )
    chosen = free.filter(pk__in=[told.pk for told in due])
    query = chosen.values_list(*CHOSEN).query
    sql, which = query.sql_with_params()
    why: list[Any] = [
        exception.pk,
        exception.reason,
        exception.granted_by_id,
        clock.now(),
    ]
    entries = entries_by("voucher.extended", by, exception.reason)
    with connection.cursor() as cursor:
        cursor.execute(SAY_WHY.format(reached=sql), [*which, *why])
        columns = [list(column) for column in zip(*cursor.fetchall(), strict=True)]
        if not columns:
            return []
        move = MOVE.format(entries=ENTRIES.format(changes=CHANGES))
        cursor.execute(move, [*columns, *entries])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows

"""Renewal windows and reminders: set-based, so that the quiet ones cost nothing.

Each batch first reads what is due and writes its letters, and only then locks the rows,
moves them in a few statements and commits. The model's own moves decide; the database's
trigger guards them.
"""

from collections import defaultdict
from datetime import date

from django_fsm import can_proceed

from enrollment.models import Enrollment, Program
from enrollment.models.enrollments import EnrollmentState
from enrollment.services.batches import held_now, in_batches
from enrollment.services.rolling import roll_forward
from enrollment.services.telling import Letters
from portal import clock
from portal.actors import CLOCK
from portal.audit import record_all
from portal.tenancy import acting_for_all


def open_windows() -> int:
    """Open the renewal window of every enrollment whose day has come.

    The next period begins with the answers of this one. Partners whose next period was
    sent or decided before get no mail. Gives the number of windows.
    """
    # Somewhere it is tomorrow already; the guards know each partner's own date.
    day, periods = clock.in_days(1), Enrollment.objects.all()
    return sum(
        in_batches(periods.window_open(program, day), _open)
        for program in Program.objects.order_by("pk")
    )


def _open(keys: list[int]) -> int:
    letters = _letters(keys)
    with held_now(Enrollment.objects.all(), keys) as current:
        opened = [each for each in current if can_proceed(each.fall_due)]
        for each in opened:
            each.fall_due()
            each.reminded = each.rung_on(_today(each))
        _save(opened)
        entries = [(each, each.partner_id) for each in opened]
        record_all("enrollment.fell_due", entries, by=CLOCK)
        roll_forward(opened, by=CLOCK)
        letters.post((each.pk, None) for each in opened)
    return len(opened)


def _letters(keys: list[int]) -> Letters:
    with acting_for_all():
        due = Enrollment.objects.filter(pk__in=keys)
        found = list(due.select_related("partner", "program"))
        alone = set(due.without_successor().values_list("pk", flat=True))
        letters = Letters(found)
    for each in found:
        if can_proceed(each.fall_due) and each.pk in alone:
            letters.write("enrollment-renewal-open", each, each.pk)
    return letters


def remind() -> int:
    """Remind each partner whose renewal is due of the nearest rung, once.

    Rungs that were missed are passed over. Nobody is reminded whose next period was
    sent or decided. Gives the number of enrollments reminded of.
    """
    day, periods = clock.in_days(1), Enrollment.objects.all()
    return sum(
        in_batches(periods.to_remind(program, day), _remind)
        for program in Program.objects.order_by("pk")
    )


def _remind(keys: list[int]) -> int:
    with acting_for_all():
        due = Enrollment.objects.filter(pk__in=keys)
        found = list(due.select_related("partner", "program"))
        letters = Letters(found)
    for each in found:
        today = _today(each)
        rung = each.rung_to_tell(today)
        if rung is not None:
            key = f"{each.pk}:{rung}"
            letters.write("enrollment-renewal", each, key, rung=rung, today=today)
    waiting = Enrollment.objects.filter(state=EnrollmentState.RENEWAL_DUE)
    with held_now(waiting.without_successor(), keys) as current:
        told = [each for each in current if each.rung_to_tell(_today(each)) is not None]
        for each in told:
            each.reminded = each.rung_to_tell(_today(each))
        _save(told)
        letters.post((each.pk, each.reminded) for each in told)
    return len(told)


def _today(enrollment: Enrollment) -> date:
    return clock.today(enrollment.partner.time_zone)


def _save(moved: list[Enrollment]) -> None:
    """Write state and rung of many rows: one statement for each rung of the ladder."""
    alike: dict[int | None, list[int]] = defaultdict(list)
    for each in moved:
        alike[each.reminded].append(each.pk)
    for rung, keys in alike.items():
        rows = Enrollment.objects.filter(pk__in=keys)
        rows.update(state=EnrollmentState.RENEWAL_DUE, reminded=rung)

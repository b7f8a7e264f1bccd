"""The calendar's work: renewal windows, reminders, ends of periods."""

from collections.abc import Callable, Iterable

from celery import shared_task
from django_fsm import TransitionNotAllowed

from enrollment import services
from enrollment.models import Enrollment
from portal import clock
from portal.tenancy import acting_for_all


@shared_task
def turn_periods() -> int:
    """End periods that are over and open renewal windows; run hourly.

    Safe to run twice or side by side: each enrollment is its own transaction, and one
    that has moved on, or whose day has not come in its own time zone, refuses. Gives
    the number of moves.
    """
    # Somewhere it is tomorrow already; the guards know each partner's own date.
    day = clock.in_days(1)
    periods = Enrollment.objects.select_related("partner", "program")
    return _each(services.lapse, periods.over(day)) + _each(
        services.fall_due, periods.window_open(day)
    )


def _each(deed: Callable[[Enrollment], None], due: Iterable[Enrollment]) -> int:
    with acting_for_all():
        listed = list(due)
    return sum(_done(deed, enrollment) for enrollment in listed)


def _done(deed: Callable[[Enrollment], None], enrollment: Enrollment) -> bool:
    try:
        with acting_for_all():
            deed(enrollment)
    except TransitionNotAllowed:
        return False
    return True


@shared_task
def remind_of_renewal() -> None:
    """Remind partners whose enrollment ends soon; run daily.

    Safe to run twice: a mail's key is the enrollment and the rung of the ladder, and
    the outbox takes each key once. Rungs that were missed are passed over: only the
    nearest one is sent.
    """
    with acting_for_all():
        running = Enrollment.objects.running_on(clock.today()).without_successor()
        listed = list(running.select_related("partner", "program"))
        for enrollment in listed:
            services.remind(enrollment)

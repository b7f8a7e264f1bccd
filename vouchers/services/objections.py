"""What speaks against the days of a retirement plan, field by field."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models.dates import IN_ORDER
from portal import clock
from vouchers.models import RetirementPlan

WINDOW = "payment_window_days"
IN_TURN = ["creation_ends_on", "reservation_ends_on", "redemption_ends_on"]
Objection = tuple[str, str]


def objections_to(plan: RetirementPlan) -> dict[str, str]:
    """Give a sentence for each field that cannot stay as it is; nothing when all can.

    A plan may be older than today: what was right when it was typed is asked again.
    """
    found: dict[str, str] = {}
    for judge in (_scope, _order, _pools, _past, _within_program, _earlier, _change):
        for name, sentence in judge(plan):
            found.setdefault(name, sentence)
    return found


def _day(plan: Any, name: str) -> date | None:
    day: date | None = getattr(plan, name, None)
    return day


def _scope(plan: RetirementPlan) -> Iterator[Objection]:
    if plan.offering is None:
        return
    if plan.offering.program_id != plan.program_id:
        yield "offering", _("This offering belongs to another program.")
    for name in ("accrual_ends_on", "pool_wipe_on"):
        if _day(plan, name):
            yield name, _("Days belong to the whole program. Leave this empty.")


def _order(plan: RetirementPlan) -> Iterator[Objection]:
    days = [(name, _day(plan, name)) for name in IN_TURN]
    set_days = [(name, day) for name, day in days if day]
    for (_first, earlier), (name, later) in pairwise(set_days):
        if later < earlier:
            yield name, str(IN_ORDER)


def _pools(plan: RetirementPlan) -> Iterator[Objection]:
    ends = plan.pool_wipe_on
    if ends is None:
        return
    if plan.creation_ends_on and ends <= plan.creation_ends_on:
        yield (
            "pool_wipe_on",
            _("Free days end after the last day to create vouchers, not before."),
        )
    if plan.accrual_ends_on and ends <= plan.accrual_ends_on:
        yield (
            "pool_wipe_on",
            _("Free days end after the last day of accrual, not before."),
        )


def _past(plan: RetirementPlan) -> Iterator[Objection]:
    today = clock.today()
    for name in plan.fields_of_days:
        day = _day(plan, name)
        if name == WINDOW or day is None or day == _day(plan.target, name):
            continue
        if day < today:
            yield name, _("This day has passed. Choose today or a later day.")


def _within_program(plan: RetirementPlan) -> Iterator[Objection]:
    """Object to days on which an offering would have ended with its program."""
    if plan.offering is None:
        return
    for name in IN_TURN:
        day, ends = _day(plan, name), _day(plan.program, name)
        if day and ends and day > ends:
            yield (
                name,
                _("The program ends earlier, on %(day)s.") % {"day": date_format(ends)},
            )


def _earlier(plan: RetirementPlan) -> Iterator[Objection]:
    if plan.earlier_because:
        return
    for name in plan.fields_of_days:
        if _is_shorter(getattr(plan, name), getattr(plan.target, name)):
            yield (
                "earlier_because",
                _("A day comes earlier than the one in force. Say why."),
            )


def _is_shorter(planned: Any, in_force: Any) -> bool:
    return planned is not None and in_force is not None and planned < in_force


def _change(plan: RetirementPlan) -> Iterator[Objection]:
    if not changes_of(plan):
        yield (
            plan.fields_of_days[0],
            _("These days are in force already. Change at least one."),
        )


def changes_of(plan: RetirementPlan) -> list[str]:
    """Name the fields that publishing would change."""
    return [
        name
        for name in plan.fields_of_days
        if planned_value(plan, name) != getattr(plan.target, name)
    ]


def planned_value(plan: RetirementPlan, name: str) -> Any:
    """Give what publishing writes; a program always has a payment window."""
    value = getattr(plan, name)
    if name == WINDOW and value is None and plan.offering_id is None:
        return plan.program.payment_window_days
    return value

"""How a program, or one offering of it, ends: drafted by one, published by another."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models.programs import IN_ORDER
from enrollment.services import catalogue
from portal import clock
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.roles import Duty
from vouchers.models import PlanState, RetirementLetter, RetirementPlan
from vouchers.services import retirement_letters

PLANNERS = (Duty.PROGRAM_MANAGER,)


def draft_plan(plan: RetirementPlan, *, by: Staff) -> None:
    """Keep a new draft; nothing changes for anybody before it is published."""
    by.must_be(*PLANNERS)
    ensure_plan(plan)
    with transaction.atomic():
        ensure_only_draft(plan)
        plan.drafted_by = by.person
        plan.save()
        record("retirement.drafted", plan, by=by, parties=[])


def draft_of(program: int, offering: int | None) -> RetirementPlan | None:
    """Return the one draft for a program as a whole, or for an offering of it."""
    drafts = RetirementPlan.objects.filter(state=PlanState.DRAFT)
    return drafts.filter(program=program, offering=offering).first()


def ensure_only_draft(plan: RetirementPlan) -> None:
    if draft_of(plan.program_id, plan.offering_id):
        raise Refused(
            _("There is a draft for this already. Change it, or discard it first."),
            field="program",
        )


def change_plan(plan: RetirementPlan, *, by: Staff) -> None:
    """Change a draft; who does is then the one who may not publish it."""
    by.must_be(*PLANNERS)
    with lock_row(plan) as current:
        if current.state != PlanState.DRAFT:
            raise Refused(_("Only a draft can be changed. Draft a new plan."))
        for name in [*plan.fields_of_days, "reason", "earlier_because"]:
            setattr(current, name, getattr(plan, name))
        ensure_plan(current)
        current.drafted_by = by.person
        current.save()
        record("retirement.changed", current, by=by, parties=[])


def ensure_plan(plan: RetirementPlan) -> None:
    """Raise ``Refused``, beside its field, unless the days of a plan can be."""
    for field, sentence in check_plan(plan).items():
        raise Refused(sentence, field=field)


def publication_refusal(plan: RetirementPlan, by: Staff) -> str:
    """Say why an actor may not publish a plan; empty when nothing is against it."""
    if by.person_id == plan.drafted_by_id:
        return _("Two people decide: somebody else publishes what you have drafted.")
    return next(iter(check_plan(plan).values()), "")


def publish_plan(plan: RetirementPlan, *, seen: str, by: Staff) -> None:
    """Put the days of a plan into force and schedule its letters.

    ``seen`` is the fingerprint of what the publisher has read.
    """
    by.must_be(*PLANNERS)
    with lock_row(plan) as current:
        if seen != current.fingerprint:
            raise Refused(_("The plan has changed since you looked. Look at it again."))
        refusal = publication_refusal(current, by)
        if refusal:
            raise Refused(refusal)
        put_into_force(current, by=by)
        current.publish(by=by.person)
        current.save()
        withdraw_letters(current)
        RetirementLetter.objects.bulk_create(
            retirement_letters.letters_of(current, clock.today())
        )
        record(
            "retirement.published",
            current,
            by=by,
            parties=[],
            reason=current.earlier_because,
        )


def put_into_force(plan: RetirementPlan, *, by: Staff) -> None:
    """Write the days of a plan onto what it ends, through the catalogue."""
    with lock_row(plan.target) as target:
        for name in plan.fields_of_days:
            setattr(target, name, planned_value(plan, name))
        catalogue.save(target, by=by)


def withdraw_letters(plan: RetirementPlan) -> None:
    """Keep back what earlier plans of the same target would still send."""
    RetirementLetter.objects.waiting().filter(
        plan__program=plan.program_id, plan__offering=plan.offering_id
    ).update(withdrawn_at=clock.now())


def discard_plan(plan: RetirementPlan, *, by: Staff) -> None:
    """Close a draft that will not come."""
    by.must_be(*PLANNERS)
    with lock_row(plan) as current:
        current.discard()
        current.save()
        record("retirement.discarded", current, by=by, parties=[])


WINDOW = "payment_window_days"
IN_TURN = ["creation_ends_on", "reservation_ends_on", "redemption_ends_on"]
Objection = tuple[str, str]


def check_plan(plan: RetirementPlan) -> dict[str, str]:
    """Return a sentence for each field that cannot stay as it is; nothing when all can.

    A plan may be older than today: what was right when it was typed is asked again.
    """
    sentences: dict[str, str] = {}
    for judge in (
        _scope,
        _order,
        _pools,
        _objections_to_past_days,
        _within_program,
        _objections_to_earlier_days,
        _change,
    ):
        for name, sentence in judge(plan):
            sentences.setdefault(name, sentence)
    return sentences


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


def _objections_to_past_days(plan: RetirementPlan) -> Iterator[Objection]:
    today = clock.today()
    for name in plan.fields_of_days:
        day = _day(plan, name)
        if name == WINDOW or day is None or day == _day(plan.target, name):
            continue
        if day < today:
            yield name, _("This day has passed. Choose today or a later day.")


def _within_program(plan: RetirementPlan) -> Iterator[Objection]:
    """Yield the name of each day after the program's own, with a sentence."""
    if plan.offering is None:
        return
    for name in IN_TURN:
        day, ends = _day(plan, name), _day(plan.program, name)
        if day and ends and day > ends:
            yield (
                name,
                _("The program ends earlier, on %(day)s.") % {"day": date_format(ends)},
            )


def _objections_to_earlier_days(plan: RetirementPlan) -> Iterator[Objection]:
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
    """Return what publishing writes; a program always has a payment window."""
    value = getattr(plan, name)
    if name == WINDOW and value is None and plan.offering_id is None:
        return plan.program.payment_window_days
    return value

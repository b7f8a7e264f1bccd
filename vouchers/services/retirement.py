"""How a program, or one offering of it, ends: drafted by one, published by another."""

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment import services as catalogue
from portal import clock
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.roles import Duty
from vouchers.models import PlanState, RetirementLetter, RetirementPlan
from vouchers.services.letters import letters_of
from vouchers.services.objections import objections_to, planned_value

PLANNERS = (Duty.PROGRAM_MANAGER,)


def draft_plan(plan: RetirementPlan, *, by: Staff) -> None:
    """Keep a new draft; nothing changes for anybody before it is published."""
    by.must_be(*PLANNERS)
    refuse_objections(plan)
    with transaction.atomic():
        refuse_second_draft(plan)
        plan.drafted_by = by.person
        plan.save()
        record("retirement.drafted", plan, by=by, parties=[])


def draft_of(program: int, offering: int | None) -> RetirementPlan | None:
    """Give the one draft for a program as a whole, or for an offering of it."""
    drafts = RetirementPlan.objects.filter(state=PlanState.DRAFT)
    return drafts.filter(program=program, offering=offering).first()


def refuse_second_draft(plan: RetirementPlan) -> None:
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
        refuse_objections(current)
        current.drafted_by = by.person
        current.save()
        record("retirement.changed", current, by=by, parties=[])


def refuse_objections(plan: RetirementPlan) -> None:
    """Raise ``Refused``, beside its field, unless the days of a plan can be."""
    for field, sentence in objections_to(plan).items():
        raise Refused(sentence, field=field)


def why_not_published(plan: RetirementPlan, by: Staff) -> str:
    """Say why an actor may not publish a plan; empty when nothing is against it."""
    if by.person_id == plan.drafted_by_id:
        return _("Two people decide: somebody else publishes what you have drafted.")
    return next(iter(objections_to(plan).values()), "")


def publish_plan(plan: RetirementPlan, *, seen: str, by: Staff) -> None:
    """Put the days of a plan into force and schedule its letters.

    ``seen`` is the fingerprint of what the publisher has read.
    """
    by.must_be(*PLANNERS)
    with lock_row(plan) as current:
        if seen != current.fingerprint:
            raise Refused(_("The plan has changed since you looked. Look at it again."))
        refusal = why_not_published(current, by)
        if refusal:
            raise Refused(refusal)
        put_into_force(current, by=by)
        current.publish(by=by.person)
        current.save()
        withdraw_letters(current)
        RetirementLetter.objects.bulk_create(letters_of(current, clock.today()))
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

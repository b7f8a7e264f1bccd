"""State machines whose guards say, in a sentence, why a move is refused."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed, transition

# Every state field of ours is called "state", so a move need not name it.
move = partial(transition, "state")


class Guard:
    """A condition on one row, with the sentence to show when it does not hold."""

    def __init__(self, holds: Callable[[Any], bool], reason: str | Promise) -> None:
        self.holds = holds
        self.reason = reason

    def __call__(self, instance: Any) -> bool:
        return self.holds(instance)


def guard(reason: str | Promise) -> Callable[[Callable[[Any], bool]], Guard]:
    """Turn a predicate into a guard: ``@guard(_("The voucher has expired."))``."""
    return lambda holds: Guard(holds, reason)


def explain(refusal: TransitionNotAllowed) -> str:
    """Put a refused transition into words for the person who asked for it."""
    return why_not(refusal.object, refusal.method.__name__) or str(refusal)


def why_not(instance: Any, move_name: str) -> str:
    """Say why a move of this row is refused now; an empty text when it is not."""
    for way in instance.get_all_state_transitions():
        if way.name == move_name and way.source == instance.state:
            guards: list[Guard] = way.conditions
            return next((str(g.reason) for g in guards if not g(instance)), "")
    return _("This cannot be done while the %(thing)s is %(state)s.") % {
        "thing": instance._meta.verbose_name,
        "state": instance.get_state_display().lower(),
    }


def ways(model: type) -> list[tuple[str, str]]:
    """List each (source, target) of a model's machine, for the database's guard."""
    field = model._meta.get_field("state")  # type: ignore[attr-defined]
    transitions = field.get_all_transitions(model)
    return sorted({(way.source, way.target) for way in transitions})

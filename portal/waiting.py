"""What waits for a person: one list, gathered from every app."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from portal.actors import Actor, Member
from portal.clock import Deadline
from portal.findings import Text


@dataclass(frozen=True)
class Waiting:
    """One thing that a person is expected to do, where, and until which date."""

    title: Text
    url: str
    detail: Text = ""
    due_on: Deadline | None = None


Source = Callable[[Actor], Iterable[Waiting]]


@cache
def sources() -> list[Source]:
    return [import_string(name) for name in settings.WAITING_LISTS]


def waiting_for(actor: Member) -> list[Waiting]:
    """Gather what waits for the actor, the most urgent first."""
    found = [task for source in sources() for task in source(actor)]
    return sorted(found, key=urgency)


def urgency(task: Waiting) -> date:
    """Give what tasks are sorted by: those without a last day come last."""
    return task.due_on.day if task.due_on else date.max

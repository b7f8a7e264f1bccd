"""What waits for a person: one list, gathered from every app."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from portal import clock
from portal.actors import Actor
from portal.findings import Text


@dataclass(frozen=True)
class Waiting:
    """One thing that a person is expected to do, where, and until which date."""

    title: Text
    url: str
    detail: Text = ""
    due_on: date | None = None

    @property
    def days_left(self) -> int | None:
        return clock.days_until(self.due_on) if self.due_on else None


Source = Callable[[Actor], Iterable[Waiting]]


@cache
def sources() -> list[Source]:
    return [import_string(name) for name in settings.WAITING_LISTS]


def waiting_for(actor: Actor) -> list[Waiting]:
    """Gather what waits for the actor, the most urgent first."""
    found = [task for source in sources() for task in source(actor)]
    return sorted(found, key=lambda task: task.due_on or date.max)

"""What waits for a person: one list, gathered from every app."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from portal.actors import Actor, Member
from portal.clock import Deadline
from portal.findings import Finding, Text
from portal.models import Organization, User


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
    """Return what tasks are sorted by: those without a last day come last."""
    return task.due_on.day if task.due_on else date.max


@dataclass(frozen=True)
class OpenWork:
    """One open piece of work of a person: where, until when, and how it moves on.

    ``check`` holds a colleague against the rules; ``hand_over`` gives it to one.
    """

    title: Text
    url: str
    detail: Text
    due_on: Deadline
    check: Callable[[User], list[Finding]]
    hand_over: Callable[[User, Actor], None]


@cache
def _named(setting: str) -> list[Callable[..., Iterable[Any]]]:
    return [import_string(name) for name in getattr(settings, setting)]


def work_of(person: User, organization: Organization, after: date) -> list[OpenWork]:
    """Gather what a person has still to do in an organization after a date."""
    sources = _named("WORK_OF_PEOPLE")
    found = [work for source in sources for work in source(person, organization, after)]
    return sorted(found, key=lambda work: work.due_on.day)


def at_risk(
    organization: Organization, engagement_types: Collection[int], after: date
) -> list[Waiting]:
    """Gather what cannot be delivered when engagement types are lost after a date."""
    if not engagement_types:
        return []
    sources = _named("WORK_AT_RISK")
    found = [
        each
        for source in sources
        for each in source(organization, engagement_types, after)
    ]
    return sorted(found, key=urgency)


@dataclass(frozen=True)
class Panel:
    """What another app says about a record: facts, and where to go on."""

    title: Text
    rows: list[tuple[Text, Any]] = field(default_factory=list)
    links: list[tuple[Text, str]] = field(default_factory=list)


def panels_for(names: Iterable[str], row: Any, actor: Member) -> list[Panel]:
    """Ask each app by its function's dotted name; one that has nothing gives None."""
    found = [import_string(name)(row, actor) for name in names]
    return [panel for panel in found if panel]

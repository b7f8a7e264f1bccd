"""Open work that hangs on one person, and what is at risk: asked of every app."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from portal.actors import Actor
from portal.clock import Deadline
from portal.findings import Finding, Text
from portal.models import Organization, User
from portal.waiting import Waiting, urgency


@dataclass(frozen=True)
class Work:
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


def work_of(person: User, organization: Organization, after: date) -> list[Work]:
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

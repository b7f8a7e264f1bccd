"""What waits for a person: one list, gathered from every app."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, Model, QuerySet
from django.utils.module_loading import import_string

from portal.actors import Actor, Member
from portal.clock import Deadline
from portal.findings import Finding, Text
from portal.models import Organization, User

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Waiting:
    """One thing that a person is expected to do, where, and until which date."""

    title: Text
    url: str
    detail: Text = ""
    due_on: Deadline | None = None


# So many of one kind are named, and the others counted as far as this.
MOST_NAMED = 10
MOST_COUNTED = 99


@dataclass(frozen=True)
class WaitingKind:
    """What waits of one kind: the most urgent, how many in all, and where all are.

    ``count`` is at most one more than ``MOST_COUNTED``: nobody counts on.
    """

    title: Text
    url: str
    tasks: Sequence[Waiting]
    count: int

    @property
    def rest(self) -> str:
        """Return the number of those that are not named; empty where all are."""
        rest = min(self.count, MOST_COUNTED) - len(self.tasks)
        if self.count > MOST_COUNTED:
            return f"{rest}+"
        return str(rest) if rest > 0 else ""


def count_of(rows: QuerySet[Any]) -> Func:
    """Count rows beside another query's, up to one more than ``MOST_COUNTED``."""
    some = rows.order_by().values("pk")[: MOST_COUNTED + 1]
    return Func(
        ArraySubquery(some), function="CARDINALITY", output_field=IntegerField()
    )


def count_text(count: int) -> str:
    """Write a number that was counted no further than ``MOST_COUNTED``."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


@dataclass(frozen=True, eq=False)
class WaitingRows:
    """What waits of one kind, still to be read: very many rows, perhaps.

    ``rows`` are sorted, the most urgent first. ``details`` bring along what ``task``
    reads of those that are named: of all kinds of a model the same, read together.
    """

    title: Text
    url: str
    rows: QuerySet[Any]
    details: QuerySet[Any]
    task: Callable[[Any], Waiting]


def read_kinds(
    organization: Organization, kinds: Iterable[WaitingKind | WaitingRows]
) -> list[WaitingKind]:
    """Read what waits in an organization: all keys at once, then those to be named.

    What is of two kinds is named by the first of them; empty kinds are left out.
    """
    kinds = list(kinds)
    keys = _first_keys(organization, [k for k in kinds if isinstance(k, WaitingRows)])
    found = _named_rows(keys)
    named: set[str] = set()
    read: list[WaitingKind] = []
    for kind in kinds:
        if isinstance(kind, WaitingRows):
            rows, first = found[kind.details.model], keys[kind][:MOST_NAMED]
            # A row may have gone to others since its key was read.
            tasks = [kind.task(rows[key]) for key in first if key in rows]
            count = len(keys[kind])
        else:
            count, tasks = kind.count, list(kind.tasks)
        new = [task for task in tasks if task.url not in named]
        named |= {task.url for task in new}
        count -= len(tasks) - len(new)
        if count:
            read.append(WaitingKind(kind.title, kind.url, new, count))
    return read


def _first_keys(
    organization: Organization, kinds: Sequence[WaitingRows]
) -> dict[WaitingRows, list[int]]:
    """Return the keys of the first rows of each kind, counted no further."""
    if not kinds:
        return {}
    some = [kind.rows.values("pk")[: MOST_COUNTED + 1] for kind in kinds]
    line = Organization.objects.filter(pk=organization.pk).values_list(
        *(ArraySubquery(keys) for keys in some)
    )
    return dict(zip(kinds, line.get(), strict=True))


def _named_rows(
    keys: dict[WaitingRows, list[int]],
) -> dict[type[Model], dict[int, Any]]:
    """Return by model and key the rows that are named."""
    details = {kind.details.model: kind.details for kind in keys}
    named: dict[type[Model], set[int]] = {of: set() for of in details}
    for kind, first in keys.items():
        named[kind.details.model] |= set(first[:MOST_NAMED])
    return {of: details[of].in_bulk(named[of]) for of in details}


def kind_of_few(title: Text, url: str, tasks: Iterable[Waiting]) -> WaitingKind:
    """Build a kind from a short list, whose tasks are read as a whole."""
    sorted_tasks = sorted(tasks, key=urgency)
    return WaitingKind(title, url, sorted_tasks[:MOST_NAMED], len(sorted_tasks))


@cache
def _import_functions(setting: str) -> list[Callable[..., Iterable[Any]]]:
    return [import_string(name) for name in getattr(settings, setting)]


class Answers:
    """What several apps ask for one page, each question asked once."""

    def __init__(self) -> None:
        self._known: dict[Callable[[], Any], Any] = {}

    def of(self, question: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, which takes no more than its name."""
        if question not in self._known:
            self._known[question] = question()
        answer: Answer = self._known[question]
        return answer


def waiting_for(actor: Member) -> list[WaitingKind]:
    """Gather by kind what waits for the actor."""
    sources, answers = _import_functions("WAITING_LISTS"), Answers()
    kinds = [kind for source in sources for kind in source(actor, answers)]
    return read_kinds(actor.organization, kinds)


def tasks_of(kinds: Iterable[WaitingKind]) -> list[Waiting]:
    """List what waits of all kinds, the most urgent first."""
    return sorted((task for kind in kinds for task in kind.tasks), key=urgency)


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


def work_of(person: User, organization: Organization, after: date) -> list[OpenWork]:
    """Gather what a person has still to do in an organization after a date."""
    sources = _import_functions("WORK_OF_PEOPLE")
    work_list = [
        work for source in sources for work in source(person, organization, after)
    ]
    return sorted(work_list, key=lambda work: work.due_on.day)


def at_risk(
    organization: Organization, engagement_types: Collection[int], after: date
) -> list[Waiting]:
    """Gather what cannot be delivered when engagement types are lost after a date."""
    if not engagement_types:
        return []
    sources = _import_functions("WORK_AT_RISK")
    tasks = [
        task
        for source in sources
        for task in source(organization, engagement_types, after)
    ]
    return sorted(tasks, key=urgency)


@dataclass(frozen=True)
class Panel:
    """What another app says about a record: facts, and where to go on."""

    title: Text
    rows: list[tuple[Text, Any]] = field(default_factory=list)
    links: list[tuple[Text, str]] = field(default_factory=list)


def panels_for(names: Iterable[str], row: Any, actor: Member) -> list[Panel]:
    """Ask each app by its function's dotted name; one that has nothing gives None."""
    panels = [import_string(name)(row, actor) for name in names]
    return [panel for panel in panels if panel]

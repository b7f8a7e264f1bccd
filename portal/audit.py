"""The audit trail: one entry per change, and the sentences in which it is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.apps import apps
from django.db import models
from django.utils.formats import localize
from django.utils.translation import gettext as _

from portal import clock
from portal.models import AuditEntry
from portal.roles import Duty, Kind, Role

Row = TypeVar("Row", bound=models.Model)


def remember(row: Row) -> Row:
    """Note a row's values as they are, so that ``record`` can tell what changed."""
    row._audit_before = _values(row)  # type: ignore[attr-defined]
    return row


def record(
    verb: str,
    subject: models.Model,
    *,
    by: Any,
    parties: Iterable[int | None],
    reason: str = "",
) -> AuditEntry:
    """Write down a change of ``subject`` by an actor, readable by ``parties``.

    ``verb`` is ``noun.past`` and has its sentence in the subject's ``audit_sentences``.
    """
    entry = AuditEntry(
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        subject_name=str(subject)[:160],
        person=by.person,
        person_name=by.person.name if by.person else "",
        organization=by.organization,
        organization_name=by.organization.name if by.organization else "",
        side=by.kind,
        roles=sorted(by.roles),
        parties=sorted({party for party in parties if party}),
        reason=reason,
        changes=changes_of(subject),
        at=clock.now(),
    )
    AuditEntry.objects.bulk_create([entry])
    remember(subject)
    return entry


def changes_of(subject: models.Model) -> dict[str, list[str]]:
    """Give field → [before, after] of what changed since the row was locked."""
    after = _values(subject)
    before = getattr(subject, "_audit_before", dict.fromkeys(after, ""))
    return {
        name: [before.get(name, ""), value]
        for name, value in after.items()
        if before.get(name, "") != value
    }


def _values(row: models.Model) -> dict[str, str]:
    return {
        field.name: ""
        if (value := field.value_from_object(row)) is None
        else str(value)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a record's timeline, in words."""

    at: datetime
    who: str
    sentence: str
    reason: str
    changes: list[tuple[str, str, str]]


def timeline(subject: models.Model, viewer: Any) -> list[TimelineEntry]:
    """Tell a record's history as far as the viewer was a party to it."""
    entries = AuditEntry.objects.visible_to(viewer).about(subject)
    return [_in_words(entry) for entry in entries]


def _in_words(entry: AuditEntry) -> TimelineEntry:
    model = apps.get_model(entry.subject_type)
    sentences = getattr(model, "audit_sentences", {})
    return TimelineEntry(
        entry.at,
        _who(entry),
        str(sentences.get(entry.verb, entry.verb)),
        entry.reason,
        [_change(model, name, *values) for name, values in entry.changes.items()],
    )


def _who(entry: AuditEntry) -> str:
    if entry.side == Kind.CLOCK:
        return _("The calendar")
    if entry.side == Kind.SPONSOR:
        return _("%(name)s (sponsor)") % {"name": entry.person_name}
    labels = dict(Role.choices) | dict(Duty.choices)
    roles = ", ".join(str(labels.get(role, role)) for role in entry.roles)
    return f"{entry.person_name} ({entry.organization_name}, {roles})"


def _change(model: Any, name: str, before: str, after: str) -> tuple[str, str, str]:
    field = model._meta.get_field(name)
    words = dict(field.flatchoices) if field.flatchoices else {}

    def shown(value: str) -> str:
        return str(words.get(value, localize(value))) or _("empty")

    return str(field.verbose_name), shown(before), shown(after)

"""The audit trail: one entry per change, and the sentences in which it is read."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, models
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from portal import clock
from portal.actors import Actor
from portal.audit_sql import WRITE_ALL
from portal.models import AuditEntry
from portal.roles import Duty, Role, Side
from portal.tenancy import Viewer
from portal.text import join_words

Row = TypeVar("Row", bound=models.Model)
Changes = dict[str, list[str | None]]
# (kind of record, field) → key → name of the row to which the field points.
Names = dict[tuple[str, str], dict[str, str]]
# What nobody reads, not even as a hash.
SECRET = {"password", "token_hash"}

# The attribute in which a locked row carries the values it had.
BEFORE = "_audit_before"


def remember(row: Row) -> Row:
    """Note a row's values as they are, so that ``record`` can tell what changed."""
    setattr(row, BEFORE, values_of(row))
    return row


def values_of(row: models.Model) -> dict[str, Any]:
    """Return a row's values by field, without its key and what nobody reads."""
    return {
        field.name: _value(field, row)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.name not in SECRET
    }


def _value(field: Any, row: models.Model) -> Any:
    value = field.value_from_object(row)
    # What may change in place is held against its text.
    return str(field.value_to_string(row)) if isinstance(value, list | dict) else value


def text_of(value: Any) -> str:
    """Write a value as serialized rows have it."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date | time) else str(value)


def record(
    verb: str,
    subject: models.Model,
    *,
    by: Actor,
    parties: Iterable[int | None],
    reason: str = "",
) -> AuditEntry:
    """Write down a change of ``subject`` by an actor, readable by ``parties``.

    ``verb`` is ``noun.past`` and has its sentence in the subject's ``audit_sentences``.
    """
    entry = _entry(verb, subject, by=by, parties=parties, reason=reason)
    entry.save(force_insert=True)
    return entry


def record_all(
    verb: str,
    subjects: Iterable[tuple[models.Model, *tuple[int | None, ...]]],
    *,
    by: Actor,
) -> None:
    """Write down one change each of many subjects of one kind, in one statement.

    Each subject comes with the organizations that are its parties.
    """
    entries = [
        _entry(verb, subject, by=by, parties=parties, reason="")
        for subject, *parties in subjects
    ]
    if not entries:
        return
    values: dict[str, Any] = {
        "alike": shared_values(verb, entries[0].subject_type, by),
        "ids": [entry.subject_id for entry in entries],
        "names": [entry.subject_name for entry in entries],
        "all_parties": [
            f"{{{','.join(map(str, entry.parties))}}}" for entry in entries
        ],
        "all_changes": [json.dumps(entry.changes) for entry in entries],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE_ALL, values)


def shared_values(verb: str, subject_type: str, by: Actor, reason: str = "") -> str:
    """Return what entries that one statement writes have in common, as JSON."""
    return json.dumps(
        {
            "verb": verb,
            "subject_type": subject_type,
            **_who_acts(by),
            "reason": reason,
            "at": clock.now().isoformat(),
        }
    )


def _who_acts(by: Actor) -> dict[str, Any]:
    return {
        "person_id": by.person_id,
        "person_name": by.person.name if by.person else "",
        "organization_id": by.organization_id,
        "organization_name": by.organization.name if by.organization else "",
        "side": by.kind,
        "roles": sorted(by.roles),
    }


def _entry(
    verb: str,
    subject: models.Model,
    *,
    by: Actor,
    parties: Iterable[int | None],
    reason: str,
) -> AuditEntry:
    changes = changes_of(subject)
    remember(subject)
    return AuditEntry(
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        subject_name=str(subject)[:160],
        **_who_acts(by),
        parties=sorted({party for party in parties if party}),
        reason=reason,
        changes=changes,
        at=clock.now(),
    )


def changes_of(subject: models.Model) -> Changes:
    """Return, by field, [before, after] of what changed since the row was locked.

    A row that was just made has no before: it is ``None``.
    """
    before: dict[str, Any] | None = getattr(subject, BEFORE, None)
    now = {name: (value, text_of(value)) for name, value in values_of(subject).items()}
    if before is None:
        return {name: [None, text] for name, (_value, text) in now.items() if text}
    return {
        name: [text_of(before[name]), text]
        for name, (value, text) in now.items()
        if value != before[name] and text != text_of(before[name])
    }


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a record's timeline, in words."""

    at: datetime
    who: str
    sentence: str
    reason: str
    changes: list[tuple[str, str, str]]

    @property
    def in_words(self) -> str:
        """Return the whole line as one text, with what it was before and after."""
        changes = [
            _("%(name)s: from %(before)s to %(after)s")
            % {
                "name": name,
                "before": old or _("nothing"),
                "after": new or _("nothing"),
            }
            for name, old, new in self.changes
        ]
        more = f" ({'; '.join(changes)})" if changes else ""
        return f"{localize(localtime(self.at))} {self.who} {self.sentence}{more}."


def timeline(
    subject: models.Model, viewer: Viewer, since: datetime | None = None
) -> list[TimelineEntry]:
    """Tell a record's history as far as the viewer was a party to it."""
    entries = AuditEntry.objects.visible_to(viewer).about(subject)
    if since is not None:
        entries = entries.filter(at__gte=since)
    return _all_in_words(entries, viewer)


def news(
    viewer: Viewer, *subjects: models.QuerySet, length: int = 20
) -> list[TimelineEntry]:
    """Tell what happened last to any of these records, each named."""
    entries = AuditEntry.objects.visible_to(viewer).about_any(*subjects)
    return in_words(entries[:length])


def in_words(entries: Iterable[AuditEntry]) -> list[TimelineEntry]:
    """Tell entries of several records, each named."""
    entries = list(entries)
    lines = zip(entries, _all_in_words(entries, None), strict=True)
    return [
        replace(line, sentence=f"{line.sentence}: {entry.subject_name}")
        for entry, line in lines
    ]


def _all_in_words(
    entries: Iterable[AuditEntry], viewer: Viewer | None
) -> list[TimelineEntry]:
    entries = list(entries)
    names = names_of(entries, viewer)
    return [_in_words(entry, names) for entry in entries]


def names_of(entries: Iterable[AuditEntry], viewer: Viewer | None) -> Names:
    """Return the names of the rows from which and to which records moved.

    A model says in ``audit_names`` which of its fields are told, and to which kinds of
    readers: a partner does not learn who had the work before.
    """
    keys_by_model: dict[type[models.Model], dict[str, None]] = {}
    places: list[tuple[str, str, type[models.Model]]] = []
    for entry in entries:
        model = apps.get_model(entry.subject_type)
        readers_by_field = getattr(model, "audit_names", {})
        for name, (before, after) in entry.changes.items():
            if (
                before is None
                or viewer is None
                or viewer.kind not in readers_by_field.get(name, ())
            ):
                continue
            other: Any = model._meta.get_field(name).related_model
            keys_by_model.setdefault(other, {}).update(
                dict.fromkeys([before, after or ""])
            )
            places.append((entry.subject_type, name, other))
    names = {
        other: {
            str(row.pk): str(row)
            for row in other._default_manager.filter(
                pk__in=[key for key in keys if key]
            )
        }
        for other, keys in keys_by_model.items()
    }
    return {(label, name): names[other] for label, name, other in places}


def _in_words(entry: AuditEntry, names: Names) -> TimelineEntry:
    model = apps.get_model(entry.subject_type)
    sentences = getattr(model, "audit_sentences", {})
    return TimelineEntry(
        entry.at,
        _actor_name(entry),
        str(sentences.get(entry.verb, entry.verb)),
        entry.reason,
        _changes(model, entry, names),
    )


def _actor_name(entry: AuditEntry) -> str:
    if entry.side == Side.CLOCK:
        return _("The portal")
    if entry.side == Side.SPONSOR:
        return _("%(name)s (sponsor)") % {"name": entry.person_name}
    if not entry.roles:  # who asks a company and is not in it yet
        return entry.person_name
    labels = dict(Role.choices) | dict(Duty.choices)
    return _("%(name)s (%(organization)s, %(roles)s)") % {
        "name": entry.person_name,
        "organization": entry.organization_name,
        "roles": join_words(labels.get(role, role) for role in entry.roles),
    }


def _changes(model: Any, entry: AuditEntry, names: Names) -> list[tuple[str, str, str]]:
    """Say what changed; first values and bare numbers of rows say nothing."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    changes = []
    for name, (before, after) in entry.changes.items():
        field = fields.get(name)
        if before is None or field is None:
            continue
        names_by_key = names.get((entry.subject_type, name))
        if not field.is_relation:
            pair = display_value(field, before), display_value(field, after)
        elif names_by_key is not None:
            pair = names_by_key.get(before, ""), names_by_key.get(after or "", "")
        else:
            continue
        changes.append((capfirst(field.verbose_name), *pair))
    return changes


def display_value(field: Any, value: str | None) -> str:
    """Put a stored value into the reader's words; a template says "nothing" itself."""
    if not value:
        return ""
    typed_value = field.to_python(value)
    if isinstance(typed_value, bool):
        return _("yes") if typed_value else _("no")
    if isinstance(typed_value, list):
        words = dict(field.base_field.flatchoices)
        return join_words(words.get(item, item) for item in typed_value)
    words = dict(field.flatchoices)
    local = (
        clock.on_page(typed_value) if isinstance(typed_value, datetime) else typed_value
    )
    return str(words.get(typed_value, localize(local)))

"""Which state of its records a form showed, and whether they changed since.

A form that is sent twice, or from a page that is older than a colleague's change, would
do what nobody has seen. So it carries, signed, how each record stood when it was shown
(``{% shown voucher %}``), and whoever locks such a record to change it holds the two
against each other (``ensure_as_shown``, called by the functions that lock rows). Where
they differ, nothing is done: the page says what happened meanwhile, and asks again.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core import signing
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal import clock
from portal.findings import Refused

FIELD = "shown_state"
SALT = "portal.shown"
# Nothing that a form shows, and moved by signing in.
NOT_SHOWN = {"password", "last_login", "token_hash"}
LENGTH = 16

Key = tuple[str, int]


class RecordChanged(Refused):
    """A record is no longer as the form has shown it: nothing was done."""

    def __init__(self, row: models.Model, since: datetime) -> None:
        super().__init__(
            _("“%(row)s” was changed after this page was opened.") % {"row": row}
        )
        self.row = row
        self.since = since


class ShownRows:
    """The states in which a sent form has shown its records."""

    def __init__(self, token: str, states: dict[Key, str], at: datetime) -> None:
        self.token = token
        self.states = states
        self.at = at
        self.waiting = dict(states)
        self.is_stale = False

    @property
    def was_asked(self) -> bool:
        """Tell whether a record was held against it, or something else was refused."""
        return self.is_stale or self.waiting != self.states

    def shows(self, rows: Iterable[models.Model]) -> bool:
        return set(self.states) == {row_key(row) for row in rows}


_current: ContextVar[ShownRows | None] = ContextVar("shown_rows", default=None)


def row_key(row: models.Model) -> Key:
    return row._meta.label_lower, row.pk


def state_of(row: models.Model) -> str:
    """Return a short hash of what a row says.

    ``shown_with()`` of its model gives what belongs to it and stands in other tables.
    """
    values: list[Any] = [
        field.value_to_string(row)
        for field in row._meta.concrete_fields
        if field.name not in NOT_SHOWN
    ]
    beside = getattr(row, "shown_with", None)
    if beside is not None:
        values.append(beside())
    return sha256(repr(values).encode()).hexdigest()[:LENGTH]


def token_of(rows: Iterable[models.Model]) -> str:
    """Sign the states of rows, for a form to carry."""
    states = [[*row_key(row), state_of(row)] for row in rows]
    value = [clock.now().timestamp(), states]
    return signing.dumps(value, salt=SALT, compress=True)


def read_token(token: str) -> ShownRows | None:
    """Read what a form has carried; nothing where it carries nothing of ours."""
    try:
        moment, states = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    at = datetime.fromtimestamp(moment, tz=clock.now().tzinfo)
    return ShownRows(token, {(label, pk): state for label, pk, state in states}, at)


@contextmanager
def as_shown(sent: ShownRows | None) -> Iterator[None]:
    """Compare records that are locked inside the block with what a form has shown."""
    before = _current.set(sent)
    try:
        yield
    finally:
        _current.reset(before)


class ShownMiddleware:
    """Reads from each form that is sent which records it has shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; records locked meanwhile are compared with what was shown."""
        is_form = request.method == "POST"
        sent = read_token(request.POST.get(FIELD, "")) if is_form else None
        request.shown_rows = sent  # type: ignore[attr-defined]
        with as_shown(sent):
            return self.get_response(request)


def ensure_as_shown(current: models.Model) -> None:
    """Raise ``RecordChanged`` if a row is not as the form that was sent has shown it.

    It is asked once a form: after that the form's own action has changed the row.
    """
    sent = _current.get()
    if sent is None or not sent.waiting:
        return
    state = sent.waiting.pop(row_key(current), None)
    if state is not None and state != state_of(current):
        sent.is_stale = True
        raise RecordChanged(current, sent.at)


def ensure_was_shown(current: models.Model) -> None:
    """Raise ``RecordChanged`` if a form was sent whose page was older than this row."""
    sent = _current.get()
    if sent is not None and row_key(current) not in sent.states:
        sent.is_stale = True
        raise RecordChanged(current, sent.at)


def ensure_once(created_rows: models.QuerySet) -> None:
    """Raise ``Refused`` if a form that makes something is sent again.

    ``made`` are the things of its maker that are alike; one that is younger than the
    page came of it. Whoever asks holds a lock, so that the second one waits here.
    """
    sent = _current.get()
    if sent is not None and created_rows.filter(created_at__gt=sent.at).exists():
        sent.is_stale = True
        raise Refused(
            _(
                "This page was sent already, and what it asked for is done. Send it"
                " once more only if you want it a second time."
            )
        )


def hidden_field(
    request: HttpRequest | None, rows: Iterable[models.Model]
) -> SafeString:
    """Return the field in which a form carries how it shows its records.

    A form that comes back because of a typing mistake still shows what it showed first.
    """
    saved_rows = [row for row in rows if row.pk is not None]
    sent: ShownRows | None = getattr(request, "shown_rows", None)
    is_same = sent is not None and not sent.was_asked and sent.shows(saved_rows)
    token = sent.token if sent is not None and is_same else token_of(saved_rows)
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, token)

"""For whom a transaction works, and which rows a person may see.

Two walls: ``visible_to(actor)`` on every tenant queryset, and PostgreSQL's policies
underneath (``portal.policies``), which read what ``acting_for`` and its fellows set.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import NamedTuple, Protocol, Self

from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponseBase

from portal.roles import Side


class Scope(NamedTuple):
    """The database role of a transaction, and whose rows its policies let through."""

    role: str
    organizations: tuple[int, ...] = ()
    person: int | None = None


MEMBERS, SPONSOR = "portal_app", "portal_sponsor"
DIRECTORY, MAILER = "portal_directory", "portal_mailer"
NOBODY = Scope(MEMBERS)
TELL = """
    SELECT set_config('role', %s, true), set_config('portal.organizations', %s, true),
        set_config('portal.person', %s, true)
"""
# For whom the open transaction works.
scope_now: ContextVar[Scope] = ContextVar("scope", default=NOBODY)
# Whether this request is a member's or a visitor's, for whom all rows never open.
_is_narrow: ContextVar[bool] = ContextVar("is_narrow", default=False)


class ScopeError(RuntimeError):
    """Code that works for one party has asked for the rows of all."""


def acting_for(
    *organizations: int | None, person: int | None = None
) -> AbstractContextManager[None]:
    """Work for the parties of an action, one or two: only their rows exist.

    The person stays the one for whom the transaction works already, unless named.
    """
    if person is None:
        person = scope_now.get().person
    return _scope(Scope(MEMBERS, _organization_ids(organizations), person))


def also_for(
    *organizations: int | None, savepoint: bool = True
) -> AbstractContextManager[None]:
    """Work for more parties beside the present ones, to notify or ask them.

    Costs nothing where they are named already, or all rows are open. What is only read
    needs no ``savepoint``: there is nothing to undo.
    """
    now = scope_now.get()
    more = {*_organization_ids(organizations)} - {*now.organizations}
    if now.role == SPONSOR or not more:
        return nullcontext()
    parties = _organization_ids((*now.organizations, *more))
    return _scope(Scope(MEMBERS, parties, now.person), savepoint=savepoint)


def acting_as_person(person_id: int) -> AbstractContextManager[None]:
    """Work for a person before an organization is chosen: only the memberships."""
    return _scope(Scope(MEMBERS, (), person_id))


def choose_organization(organization_id: int) -> None:
    """Go on, in a person's transaction, for one organization of that person."""
    _tell(scope_now.get()._replace(organizations=(organization_id,)))


def reading_directory() -> AbstractContextManager[None]:
    """Read what listed partners show and are judged by; nothing can be written.

    For visitors of the directory, and customers who choose a partner.
    """
    if scope_now.get().role in (SPONSOR, DIRECTORY):
        return nullcontext()
    return _scope(Scope(DIRECTORY))


def reading_facts_of(partners: Iterable[models.Model]) -> AbstractContextManager[None]:
    """Read what partners are judged by: as their company, or else by the directory."""
    if {partner.pk for partner in partners} <= {*scope_now.get().organizations}:
        return nullcontext()
    return reading_directory()


def acting_for_all() -> AbstractContextManager[None]:
    """Work as the sponsor: its people in the admin, and the clock.

    Raises ``ScopeError`` in a member's or a visitor's request, and within the scope of
    organizations, whoever opened it.
    """
    now = scope_now.get()
    if _is_narrow.get() or (now != NOBODY and now.role != SPONSOR):
        raise ScopeError("All rows open for the sponsor's people and the clock only.")
    return _scope(Scope(SPONSOR))


@contextmanager
def rows_of_parties_only() -> Iterator[None]:
    """Forbid access to the rows of all organizations during a request."""
    before = _is_narrow.set(True)
    try:
        yield
    finally:
        _is_narrow.reset(before)


@contextmanager
def rows_of_everybody() -> Iterator[None]:
    """Work as the sponsor in a request of one of its people, who proved to be one.

    The demo's own page opens them to anybody: it shows its people and their mails.
    """
    before = _is_narrow.set(False)
    try:
        with acting_for_all():
            yield
    finally:
        _is_narrow.reset(before)


class NarrowMiddleware:
    """Shuts all rows in a request; the admin opens them for the sponsor's people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with rows_of_parties_only():
            return self.get_response(request)


def acting_as_mailer() -> AbstractContextManager[None]:
    """Read and take out what account mails say, and nothing else."""
    if _is_narrow.get():
        raise ScopeError("Account mails are read by the worker that sends them only.")
    return _scope(Scope(MAILER))


@contextmanager
def _scope(scope: Scope, *, savepoint: bool = True) -> Iterator[None]:
    before, is_inner = scope_now.get(), connection.in_atomic_block
    with transaction.atomic(savepoint=savepoint):
        try:
            if not is_inner or scope != before:
                _tell(scope)
            yield
        finally:
            # A rollback undoes the settings by itself, and so does the last commit.
            ended_with = scope_now.get()
            scope_now.set(before)
        if is_inner and ended_with != before:
            _tell(before)


def _organization_ids(organizations: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(
        sorted(
            {organization for organization in organizations if organization is not None}
        )
    )


def _tell(scope: Scope) -> None:
    """Tell the database for whom the transaction works from here on."""
    parties = ",".join(map(str, scope.organizations))
    values = [scope.role, f"{{{parties}}}" if parties else "", str(scope.person or "")]
    with connection.cursor() as cursor:
        cursor.execute(TELL, values)
    scope_now.set(scope)


class Viewer(Protocol):
    """What the rule of visibility asks of an actor."""

    @property
    def kind(self) -> Side: ...

    @property
    def organization_id(self) -> int | None: ...

    @property
    def person_id(self) -> int | None: ...

    @property
    def sees_whole_organization(self) -> bool: ...


class TenantQuerySet(models.QuerySet):
    """A queryset that can be cut down to what one actor may see.

    A subclass names the way from its model to each party; the rule stands here alone.
    """

    partner_path: str = ""
    customer_path: str = ""
    manager_path: str = ""

    def visible_to(self, actor: Viewer) -> Self:
        """Keep the rows to which the actor's organization is a party."""
        match actor.kind:
            case Side.SPONSOR | Side.CLOCK:
                return self.all()
            case Side.PARTNER if self.partner_path:
                return self._with_party(self.partner_path, actor)
            case Side.CUSTOMER if self.customer_path:
                return self._of_customer(actor)
        return self.none()

    def _of_customer(self, actor: Viewer) -> Self:
        rows = self._with_party(self.customer_path, actor)
        if self.manager_path and not actor.sees_whole_organization:
            return rows.filter(**{self.manager_path: actor.person_id})
        return rows

    def _with_party(self, path: str, actor: Viewer) -> Self:
        is_array = path.endswith("__contains")
        party = actor.organization_id
        return self.filter(**{path: [party] if is_array else party})

"""For whom a transaction works, and which rows a person may see.

Two walls: ``visible_to(actor)`` on every tenant queryset, and PostgreSQL's policies
underneath (``portal.policies``), which read what ``acting_for`` and its fellows set.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol, Self

from django.db import connection, models, transaction

from portal.roles import Kind


class Scope(NamedTuple):
    """The database role of a transaction, and whose rows its policies let through."""

    role: str
    organization: int | None = None
    person: int | None = None


NOBODY = Scope("portal_app")


@contextmanager
def acting_for(organization_id: int, person_id: int | None = None) -> Iterator[None]:
    """Work for one organization: only its rows exist."""
    with _scope(Scope("portal_app", organization_id, person_id)):
        yield


@contextmanager
def acting_as_person(person_id: int) -> Iterator[None]:
    """Work for a person before an organization is chosen: only the memberships."""
    with _scope(Scope("portal_app", None, person_id)):
        yield


def choose_organization(organization_id: int) -> None:
    """Go on, in a person's transaction, for one organization of that person."""
    scope: Scope = connection.portal_scope  # type: ignore[attr-defined]
    _tell_database(scope._replace(organization=organization_id))


@contextmanager
def acting_for_all() -> Iterator[None]:
    """Work as the sponsor: staff, the clock, and deeds that move rows of two parties.

    A service that enters here has checked before what its caller may touch.
    """
    with _scope(Scope("portal_sponsor")):
        yield


@contextmanager
def _scope(scope: Scope) -> Iterator[None]:
    before: Scope | None = getattr(connection, "portal_scope", None)
    with transaction.atomic():
        _tell_database(scope)
        try:
            yield
        finally:
            connection.portal_scope = before  # type: ignore[attr-defined]
        # A rollback undoes the settings by itself; so does the end of the transaction.
        if connection.in_atomic_block and len(connection.savepoint_ids) > 0:
            _tell_database(before or NOBODY)
            connection.portal_scope = before  # type: ignore[attr-defined]


def _tell_database(scope: Scope) -> None:
    connection.portal_scope = scope  # type: ignore[attr-defined]
    # It goes with the next statement, whatever that is, so that it is always in time.
    connection.ahead(  # type: ignore[attr-defined]
        f"SELECT set_config('role', '{scope.role}', true),"
        f" set_config('portal.organization', '{scope.organization or ''}', true),"
        f" set_config('portal.person', '{scope.person or ''}', true)"
    )


class Viewer(Protocol):
    """What the rule of visibility asks of an actor."""

    @property
    def kind(self) -> Kind: ...

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
            case Kind.SPONSOR | Kind.CLOCK:
                return self.all()
            case Kind.PARTNER if self.partner_path:
                return self._with_party(self.partner_path, actor)
            case Kind.CUSTOMER if self.customer_path:
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

"""For whom a transaction works, and which rows a person may see.

Two walls: ``visible_to(actor)`` on every tenant queryset, and PostgreSQL's policies
underneath (``portal.policies``), which read what ``acting_for`` and its fellows set.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Protocol, Self

from django.db import connection, models, transaction

from portal.roles import Kind


class Scope(NamedTuple):
    """The database role of a transaction, and whose rows its policies let through."""

    role: str
    organization: int | None = None
    person: int | None = None


NOBODY = Scope("portal_app")
TELL = """
    SELECT set_config('role', %s, true), set_config('portal.organization', %s, true),
        set_config('portal.person', %s, true)
"""
# For whom the open transaction works.
scope_now: ContextVar[Scope] = ContextVar("scope", default=NOBODY)


def acting_for(
    organization_id: int, person_id: int | None = None
) -> AbstractContextManager[None]:
    """Work for one organization: only its rows exist."""
    return _scope(Scope("portal_app", organization_id, person_id))


def acting_as_person(person_id: int) -> AbstractContextManager[None]:
    """Work for a person before an organization is chosen: only the memberships."""
    return _scope(Scope("portal_app", None, person_id))


def choose_organization(organization_id: int) -> None:
    """Go on, in a person's transaction, for one organization of that person."""
    _tell(scope_now.get()._replace(organization=organization_id))


def acting_for_all() -> AbstractContextManager[None]:
    """Work as the sponsor: staff, the clock, and deeds that move rows of two parties.

    A service that enters here has checked before what its caller may touch.
    """
    return _scope(Scope("portal_sponsor"))


def acting_as_mailer() -> AbstractContextManager[None]:
    """Read and take out what account mails say, and nothing else."""
    return _scope(Scope("portal_mailer"))


@contextmanager
def _scope(scope: Scope) -> Iterator[None]:
    before, is_inner = scope_now.get(), connection.in_atomic_block
    with transaction.atomic():
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


def _tell(scope: Scope) -> None:
    """Tell the database for whom the transaction works from here on."""
    values = ["" if part is None else str(part) for part in scope]
    with connection.cursor() as cursor:
        cursor.execute(TELL, values)
    scope_now.set(scope)


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

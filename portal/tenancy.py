"""For whom a transaction works, and which rows a person may see.

Two walls: ``visible_to(actor)`` on every tenant queryset, and PostgreSQL's policies
underneath (``portal.policies``), which read what ``acting_for`` and its fellows set.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple, Protocol, Self

from django.db import models, transaction

from portal.database import ours
from portal.roles import Kind


class Scope(NamedTuple):
    """The database role of a transaction, and whose rows its policies let through."""

    role: str
    organization: int | None = None
    person: int | None = None


NOBODY = Scope("portal_app")
TELL = (
    b"SET LOCAL role = '%b'; SET LOCAL portal.organization = '%b';"
    b" SET LOCAL portal.person = '%b'"
)


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
    database = ours()
    scope: Scope = database.portal_scope
    _tell(database, scope._replace(organization=organization_id))


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
    database = ours()
    before: Scope | None = getattr(database, "portal_scope", None)
    with transaction.atomic():
        _tell(database, scope)
        try:
            yield
        finally:
            database.portal_scope = before
        # A rollback undoes the settings by itself; so does the end of the transaction.
        if database.in_atomic_block and len(database.savepoint_ids) > 0:
            _tell(database, before or NOBODY)
            database.portal_scope = before


def _tell(database: Any, scope: Scope) -> None:
    database.portal_scope = scope
    # It goes with the next statement, whatever that is, so that it is always in time.
    values = tuple(str(part or "").encode() for part in scope)
    database.ahead(TELL % values)


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

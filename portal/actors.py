"""Who asks: a person in an organization or for the own account, staff, the clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.findings import Refused
from portal.models import Membership, Organization, User
from portal.roles import Duty, Role, Side
from portal.text import join_words


class _WithRoles:
    """What an actor may do goes by its roles."""

    roles: frozenset[str]

    def has(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    def must_be(self, *roles: str) -> None:
        """Refuse, saying who could do it, unless the actor has one of the roles."""
        if not self.has(*roles):
            raise Refused(may_be_done_by(*roles))


class _Person(_WithRoles):
    """An actor who is a person."""

    person: User

    @property
    def person_id(self) -> int:
        return int(self.person.pk)


@dataclass(frozen=True)
class Member(_Person):
    """A person who acts in one organization; without roles, who asks to come in."""

    person: User
    organization: Organization
    roles: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, membership: Membership) -> Self:
        """Make the actor that a person is in one organization."""
        roles = frozenset(membership.roles)
        return cls(membership.person, membership.organization, roles)

    @property
    def kind(self) -> Side:
        return Side(self.organization.kind)

    @property
    def organization_id(self) -> int:
        return int(self.organization.pk)

    @property
    def sees_whole_organization(self) -> bool:
        """Tell whether the rows of colleagues are this person's business too."""
        return bool(self.roles - {Role.PROJECT_MANAGER})


@dataclass(frozen=True)
class Staff(_Person):
    """A person at the sponsor, whose duties are its roles."""

    person: User
    duties: frozenset[str] = field(default_factory=frozenset)

    kind: ClassVar[Side] = Side.SPONSOR
    organization: ClassVar[None] = None
    organization_id: ClassVar[None] = None
    sees_whole_organization: ClassVar[bool] = True

    @classmethod
    def of(cls, person: User) -> Self:
        """Make the actor that a person is at the sponsor."""
        # Fetched once for each request, however often a page asks.
        prefetch_related_objects([person], "groups")
        return cls(person, frozenset(group.name for group in person.groups.all()))

    @property
    def roles(self) -> frozenset[str]:  # type: ignore[override]
        return self.duties


@dataclass(frozen=True)
class Clock(_WithRoles):
    """The portal by itself; with roles, where it does what one of these decided."""

    roles: frozenset[str] = field(default_factory=frozenset)

    kind: ClassVar[Side] = Side.CLOCK
    person: ClassVar[None] = None
    person_id: ClassVar[None] = None
    organization: ClassVar[None] = None
    organization_id: ClassVar[None] = None
    sees_whole_organization: ClassVar[bool] = True


@dataclass(frozen=True)
class AccountOwner(_Person):
    """A person who changes their own account, in no organization."""

    person: User
    roles: frozenset[str] = field(default_factory=frozenset)

    kind: ClassVar[Side] = Side.PERSON
    organization: ClassVar[None] = None
    organization_id: ClassVar[None] = None
    sees_whole_organization: ClassVar[bool] = False


Actor = Member | Staff | AccountOwner | Clock
CLOCK = Clock()


def staff_of(request: HttpRequest) -> Staff:
    """Make the actor of a request in the admin, which its site has let in."""
    if not isinstance(request.user, User) or not request.user.is_staff:
        raise PermissionDenied
    return Staff.of(request.user)


def member_of(request: HttpRequest) -> Member:
    """Return the actor of a request for an organization, whose page it is."""
    actor: Member = request.actor  # type: ignore[attr-defined]
    return actor


def actor_of(request: HttpRequest) -> Member | Staff:
    """Return the actor of a page that stands in the portal or in the admin."""
    return member_of(request) if hasattr(request, "actor") else staff_of(request)


def may_be_done_by(*roles: str) -> str:
    """Say which roles an action is kept for."""
    labels: dict[Any, Any] = dict(Role.choices) | dict(Duty.choices)
    names: Iterable[Any] = (labels[role] for role in roles)
    return _("This can be done by people with one of these roles: %(roles)s.") % {
        "roles": join_words(names)
    }

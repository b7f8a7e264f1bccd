"""Who asks: a person in an organization and its roles, the sponsor, or the clock."""

from dataclasses import dataclass, field
from typing import Any, Self

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from portal.errors import Refused
from portal.models import Membership, Organization, User
from portal.roles import Duty, Kind, Role
from portal.words import listed


@dataclass(frozen=True)
class Actor:
    """Somebody who asks for a deed, as far as rights and the audit trail go."""

    kind: Kind
    person: User | None = None
    organization: Organization | None = None
    roles: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, membership: Membership) -> Self:
        """Give the actor that a person is in one organization."""
        organization = membership.organization
        return cls(
            Kind(organization.kind),
            membership.person,
            organization,
            frozenset(membership.roles),
        )

    @classmethod
    def staff(cls, person: User) -> Self:
        """Give the actor that a person is at the sponsor."""
        # Fetched once for each request, however often a page asks.
        prefetch_related_objects([person], "groups")
        duties = frozenset(group.name for group in person.groups.all())
        return cls(Kind.SPONSOR, person, None, duties)

    @property
    def person_id(self) -> int | None:
        return self.person.pk if self.person else None

    @property
    def organization_id(self) -> int | None:
        return self.organization.pk if self.organization else None

    @property
    def sees_whole_organization(self) -> bool:
        """Tell whether the rows of colleagues are this person's business too."""
        return bool(self.roles - {Role.PROJECT_MANAGER})

    def has(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    def must_be(self, *roles: str) -> None:
        """Refuse, saying who could do it, unless the actor has one of the roles."""
        if not self.has(*roles):
            raise Refused(may_be_done_by(*roles))


def may_be_done_by(*roles: str) -> str:
    """Say which roles a deed is kept for."""
    labels: dict[Any, Any] = dict(Role.choices) | dict(Duty.choices)
    names = listed(labels[role] for role in roles)
    return _("This can be done by people with one of these roles: %(roles)s.") % {
        "roles": names
    }


CLOCK = Actor(Kind.CLOCK)

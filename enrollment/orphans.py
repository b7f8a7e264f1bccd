"""What nobody could do any more if one member left: roles and waiting tasks."""

from dataclasses import dataclass

from portal.actors import Member
from portal.models import Membership
from portal.roles import Role
from portal.services import is_last_admin
from portal.waiting import Waiting, urgency, waiting_for


@dataclass(frozen=True)
class Orphans:
    """The roles that only one person holds, and the tasks that wait for it alone."""

    is_last_admin: bool
    roles: list[str]
    tasks: list[Waiting]

    def __bool__(self) -> bool:
        return bool(self.roles or self.tasks)


def orphans_of(membership: Membership) -> Orphans:
    """Compare a member with all colleagues together; as many queries for any number."""
    colleagues = list(
        Membership.objects.active()
        .filter(organization=membership.organization, person__is_active=True)
        .exclude(pk=membership.pk)
        .select_related("person", "organization")
    )
    held = {role for each in colleagues for role in each.roles}
    return Orphans(
        is_last_admin(membership),
        [str(Role(role).label) for role in membership.roles if role not in held],
        _waiting_alone(membership, colleagues),
    )


def _waiting_alone(
    membership: Membership, colleagues: list[Membership]
) -> list[Waiting]:
    """List what waits for the member and for no role that a colleague has."""
    mine = waiting_for(Member.of(membership))
    others: set[str] = set()
    if colleagues:
        first = colleagues[0]
        roles = frozenset(role for each in colleagues for role in each.roles)
        together = Member(first.person, first.organization, roles)
        others = {task.url for task in waiting_for(together)}
    alone = [task for task in mine if task.url not in others]
    return sorted(alone, key=urgency)

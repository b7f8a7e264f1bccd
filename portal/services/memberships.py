"""Memberships: joining, other roles, leaving; never without an admin."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.models import Membership, Organization, User
from portal.roles import ADMIN_OF, ROLES_OF, Kind
from portal.services.rights import ADMINS


def join(organization: Organization, person: User, roles: Sequence[str]) -> Membership:
    if person.is_staff:
        # Who decides about organizations must not act for one of them.
        raise Refused(_("People who work at the sponsor cannot join an organization."))
    membership, is_new = Membership.objects.get_or_create(
        person=person,
        organization=organization,
        defaults={"roles": list(roles), "organization_kind": organization.kind},
    )
    if not is_new:
        kept = membership.roles if membership.is_active else []
        membership.roles = sorted({*kept, *roles})
        membership.is_active = True
        membership.save()
    membership.organization = organization
    by = Actor.of(membership)
    record("membership.joined", membership, by=by, parties=[organization.pk])
    return membership


def must_fit(roles: Sequence[str], by: Actor) -> None:
    if not roles or not set(roles) <= set(ROLES_OF[by.kind]):
        raise Refused(_("Your organization does not have these roles."))


def change_roles(membership: Membership, roles: Sequence[str], *, by: Actor) -> None:
    """Give a colleague other roles; the last admin stays admin."""
    by.must_be(*ADMINS)
    must_fit(roles, by)
    # The organization's row is the lock: two admins cannot unseat each other at once.
    with locked(membership.organization), locked(membership) as held:
        if held.is_admin and ADMIN_OF[by.kind] not in roles:
            _must_not_be_last_admin(held)
        held.roles = sorted(roles)
        held.save()
        record("membership.changed", held, by=by, parties=[held.organization_id])


def end_membership(membership: Membership, *, by: Actor) -> None:
    """Take a colleague's access away; the last admin stays."""
    by.must_be(*ADMINS)
    with locked(membership.organization), locked(membership) as held:
        if not held.is_active:
            raise Refused(_("This person has left your organization already."))
        if held.is_admin:
            _must_not_be_last_admin(held)
        held.is_active = False
        held.save()
        record("membership.ended", held, by=by, parties=[held.organization_id])


def _must_not_be_last_admin(membership: Membership) -> None:
    admin = ADMIN_OF[Kind(membership.organization_kind)]
    admins = Membership.objects.with_role(admin)
    others = admins.filter(organization=membership.organization_id)
    if not others.exclude(pk=membership.pk).exists():
        raise Refused(_("The last admin stays. Make a colleague admin first."))

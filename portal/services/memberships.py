"""Memberships: joining, roles, leaving; the last admin stays."""

from collections.abc import Iterator, Sequence
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _

from portal import mail
from portal.actors import Actor, Member
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.models import AdminRecovery, AuditEntry, Membership, Organization, User
from portal.registry import Answers, Waiting, WaitingRows
from portal.roles import ADMIN_OF, ROLES_OF
from portal.services import people
from portal.services import roles as role_services


def waiting_kinds(actor: Member, _answers: Answers) -> Iterator[WaitingRows]:
    if not actor.has(*ADMIN_OF.values()):
        return
    recoveries = AdminRecovery.objects.visible_to(actor).open()
    yield WaitingRows(
        _("Colleagues who ask to become admin"),
        reverse("organization:company", args=[actor.organization.slug]),
        recoveries.filter(objected_by=None).order_by("pk"),
        recoveries.select_related("person"),
        partial(_asks, actor),
    )


def _asks(actor: Member, recovery: AdminRecovery) -> Waiting:
    return Waiting(
        _("%(name)s asks to become admin") % {"name": recovery.person},
        reverse("organization:recovery", args=[actor.organization.slug, recovery.pk]),
        _("Make this colleague admin, or object."),
    )


def join(
    organization: Organization,
    person: User,
    roles: Sequence[str],
    *,
    by: Actor | None = None,
) -> Membership:
    """Give a person a membership, or more roles in the one there is."""
    if person.is_staff:
        # Who decides about organizations must not act for one of them.
        raise Refused(_("People who work at the sponsor cannot join an organization."))
    membership, is_new = Membership.objects.get_or_create(
        person=person,
        organization=organization,
        defaults={"roles": list(roles), "organization_kind": organization.kind},
    )
    if not is_new:
        roles_before = membership.roles if membership.is_active else []
        membership.roles = sorted({*roles_before, *roles})
        membership.is_active = True
        membership.save()
    membership.organization = organization
    record(
        "membership.joined",
        membership,
        by=by or Member.of(membership),
        parties=[organization.pk],
    )
    _answer_recovery(membership, by=by or Member.of(membership))
    return membership


def ensure_fit(roles: Sequence[str], by: Member) -> None:
    if not roles or not set(roles) <= set(ROLES_OF[by.kind]):
        raise Refused(_("Your organization does not have these roles."))


def change_roles(membership: Membership, roles: Sequence[str], *, by: Member) -> None:
    """Give a colleague other roles; the last admin stays admin."""
    by.must_be(*role_services.ADMINS)
    ensure_fit(roles, by)
    # The organization's row is the lock: two admins cannot unseat each other at once.
    with lock_row(membership.organization), lock_row(membership) as current:
        if current.is_admin and ADMIN_OF[by.kind] not in roles:
            _ensure_not_last_admin(current)
        current.roles = sorted(roles)
        current.save()
        record("membership.changed", current, by=by, parties=[current.organization_id])
        _answer_recovery(current, by=by)


def _answer_recovery(membership: Membership, *, by: Actor) -> None:
    """Close the request of a colleague who asked to become admin and is one now."""
    if not membership.is_admin:
        return
    recoveries = AdminRecovery.objects.open().filter(
        organization=membership.organization_id, person=membership.person_id
    )
    for recovery in recoveries:
        with lock_row(recovery) as current:
            current.approve()
            current.decided_by = by.person
            current.save()
            parties = [current.organization_id]
            record("recovery.approved", current, by=by, parties=parties)


def end_membership(membership: Membership, *, by: Actor) -> None:
    """Take a colleague's access away; the last admin stays."""
    by.must_be(*role_services.ADMINS)
    _end(membership, "membership.ended", by=by)


def leave(*, by: Member) -> None:
    """Leave the organization oneself; the last admin stays."""
    memberships = Membership.objects.filter(
        person=by.person, organization=by.organization
    )
    membership = memberships.get()
    entry = _end(membership, "membership.left", by=by)
    mail.queue_all(
        "member-left",
        people.people_with(by.organization, *role_services.ADMINS),
        key=str(entry.pk),
        membership=membership,
        path=reverse("organization:company", args=[by.organization.slug]),
    )


def _end(membership: Membership, verb: str, *, by: Actor) -> AuditEntry:
    with lock_row(membership.organization), lock_row(membership) as current:
        if not current.is_active:
            raise Refused(_("This person has left your organization already."))
        _ensure_not_last_admin(current)
        current.is_active = False
        current.save()
        return record(verb, current, by=by, parties=[current.organization_id])


def is_last_admin(membership: Membership) -> bool:
    """Tell whether nobody else in the organization is an admin who can sign in."""
    other_admins = Membership.objects.admins().exclude(pk=membership.pk)
    admins_here = other_admins.filter(organization=membership.organization_id)
    return membership.is_admin and not admins_here.exists()


def _ensure_not_last_admin(membership: Membership) -> None:
    if is_last_admin(membership):
        raise Refused(_("The last admin stays. Make a colleague admin first."))

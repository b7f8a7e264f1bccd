"""Organizations and people: registering, inviting, joining, leaving."""

from django.db import transaction
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal import clock, mail
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.models import Invitation, Location, Membership, Organization, User
from portal.models.people import hash_of, new_token
from portal.roles import ADMIN_OF, ROLES_OF, Duty, Kind, Role
from portal.tenancy import acting_for_all

ADMINS = (Role.PARTNER_ADMIN, Role.BENEFIT_ADMIN)


def register_partner(
    organization: Organization, location: Location, *, by: User
) -> None:
    """Open a partner company with its first location; the caller is its first admin."""
    organization.kind = Kind.PARTNER
    organization.slug = free_slug(organization.name)
    roles = [Role.PARTNER_ADMIN]
    with acting_for_all():
        organization.save()
        location.organization = organization
        location.save()
        membership = _join(organization, by, roles)
        record(
            "organization.registered",
            organization,
            by=Actor.of(membership),
            parties=[organization.pk],
        )


def open_customer(organization: Organization, email: str, *, by: Actor) -> None:
    """Open a customer and invite its first benefit admin; for program managers."""
    by.must_be(Duty.PROGRAM_MANAGER)
    organization.kind = Kind.CUSTOMER
    organization.slug = free_slug(organization.name)
    with transaction.atomic():
        organization.save()
        record("organization.opened", organization, by=by, parties=[organization.pk])
        _invite(organization, email, [Role.BENEFIT_ADMIN], by=by)


def free_slug(name: str) -> str:
    """Give a word for addresses that no organization has."""
    base = slugify(name)[:50] or "organization"
    with acting_for_all():
        taken = set(
            Organization.objects.filter(slug__startswith=base).values_list(
                "slug", flat=True
            )
        )
    tries = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in tries if slug not in taken)


def invite(email: str, roles: list[str], *, by: Actor) -> Invitation:
    """Invite somebody into the actor's organization, by a link that expires."""
    by.must_be(*ADMINS)
    assert by.organization is not None, "an admin has an organization"
    email = email.strip().lower()
    if not set(roles) <= set(ROLES_OF[by.kind]):
        raise Refused(_("Your organization does not have these roles."))
    if (
        Membership.objects.active()
        .filter(organization=by.organization, person__email=email)
        .exists()
    ):
        raise Refused(
            _("%(email)s is already in your organization.") % {"email": email}
        )
    return _invite(by.organization, email, roles, by=by)


def _invite(
    organization: Organization, email: str, roles: list[str], *, by: Actor
) -> Invitation:
    assert by.person is not None, "a person invites"
    token = new_token()
    with transaction.atomic():
        invitation = Invitation.objects.create(
            organization=organization,
            email=email.strip().lower(),
            roles=roles,
            token_hash=hash_of(token),
            invited_by=by.person,
        )
        record("invitation.sent", invitation, by=by, parties=[organization.pk])
        # The guest may have no account yet: the mail speaks the host's language.
        guest = User(email=invitation.email, language=by.person.language)
        mail.queue(
            "invitation",
            to=guest,
            key=str(invitation.pk),
            invitation=invitation,
            path=reverse("invitation", args=[token]),
        )
    return invitation


def invitation_by(token: str) -> Invitation | None:
    """Find the open invitation that a link stands for."""
    with acting_for_all():
        return (
            Invitation.objects.open()
            .select_related("organization")
            .filter(token_hash=hash_of(token))
            .first()
        )


def accept(invitation: Invitation, *, by: User) -> Membership:
    """Join an organization by invitation; only the invited address can."""
    if by.email != invitation.email:
        raise Refused(
            _("This invitation was sent to %(email)s. Sign in with that address.")
            % {"email": invitation.email}
        )
    with acting_for_all(), locked(invitation) as held:
        if not held.is_open:
            raise Refused(_("This invitation was used already or has expired."))
        held.accepted_at = clock.now()
        held.save()
        membership = _join(held.organization, by, held.roles)
        record(
            "invitation.accepted",
            held,
            by=Actor.of(membership),
            parties=[held.organization_id],
        )
        return membership


def _join(organization: Organization, person: User, roles: list[str]) -> Membership:
    membership, is_new = Membership.objects.get_or_create(
        person=person,
        organization=organization,
        defaults={"roles": roles, "organization_kind": organization.kind},
    )
    if not is_new:
        membership.roles = sorted({*membership.roles, *roles})
        membership.is_active = True
        membership.save()
    membership.organization = organization
    record(
        "membership.joined",
        membership,
        by=Actor.of(membership),
        parties=[organization.pk],
    )
    return membership


def end_membership(membership: Membership, *, by: Actor) -> None:
    """Take a colleague's access away; the last admin stays."""
    by.must_be(*ADMINS)
    # The organization's row is the lock: two admins cannot end each other at once.
    with acting_for_all(), locked(membership.organization), locked(membership) as held:
        others = Membership.objects.with_role(ADMIN_OF[by.kind]).filter(
            organization=held.organization_id
        )
        if held.is_admin and not others.exclude(pk=held.pk).exists():
            raise Refused(
                _("The last admin cannot leave. Make a colleague admin first.")
            )
        held.is_active = False
        held.save()
        record("membership.ended", held, by=by, parties=[held.organization_id])


def people_with(organization: Organization, *roles: str) -> list[User]:
    """List the people of an organization who hold one of the roles."""
    with acting_for_all():
        members = Membership.objects.with_role(*roles).filter(organization=organization)
        return [member.person for member in members.select_related("person")]


def staff_with(*duties: str) -> list[User]:
    """List the sponsor's people who hold one of the duties."""
    return list(
        User.objects.filter(
            is_staff=True, is_active=True, groups__name__in=duties
        ).distinct()
    )


def add_location(location: Location, *, by: Actor) -> Location:
    """Add a place to the actor's organization."""
    by.must_be(*ADMINS)
    assert by.organization is not None, "an admin has an organization"
    location.organization = by.organization
    with transaction.atomic():
        location.save()
        record("location.added", location, by=by, parties=[by.organization_id])
    return location

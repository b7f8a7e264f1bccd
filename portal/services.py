"""Organizations and people: registering, inviting, joining, leaving."""

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal import clock, limits, mail
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.models import Invitation, Location, Membership, Organization, User
from portal.models.people import hash_of, new_token
from portal.roles import ADMIN_OF, ROLES_OF, Duty, Kind, Role
from portal.tenancy import acting_as_person, acting_for_all

ADMINS = (Role.PARTNER_ADMIN, Role.BENEFIT_ADMIN)


def register_partner(
    organization: Organization, location: Location, *, by: User
) -> None:
    """Open a partner company with its first location; the caller is its first admin."""
    organization.kind = Kind.PARTNER
    # The person's row is the lock: the button pressed twice registers once.
    with acting_for_all(), locked(by):
        if by.memberships.filter(organization__name=organization.name).exists():
            raise Refused(
                _("You have registered %(name)s already.") % {"name": organization.name}
            )
        organization.slug = free_slug(organization.name)
        organization.save()
        location.organization = organization
        location.save()
        membership = _join(organization, by, [Role.PARTNER_ADMIN])
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
        alike = Organization.objects.filter(slug__startswith=base)
        taken = set(alike.values_list("slug", flat=True))
    tries = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in tries if slug not in taken)


def invite(email: str, roles: Sequence[str], *, by: Actor) -> Invitation:
    """Invite somebody into the actor's organization, by a link that expires."""
    by.must_be(*ADMINS)
    assert by.organization is not None, "an admin has an organization"
    _must_fit(roles, by)
    colleagues = Membership.objects.active().filter(organization=by.organization)
    if colleagues.filter(person__email=email.strip().lower()).exists():
        raise Refused(
            _("%(email)s is already in your organization.") % {"email": email}
        )
    limits.count_attempt("invitation", by.organization_id, settings.INVITATION_LIMIT)
    return _invite(by.organization, email, roles, by=by)


def _must_fit(roles: Sequence[str], by: Actor) -> None:
    if not roles or not set(roles) <= set(ROLES_OF[by.kind]):
        raise Refused(_("Your organization does not have these roles."))


def _invite(
    organization: Organization, email: str, roles: Sequence[str], *, by: Actor
) -> Invitation:
    assert by.person is not None, "a person invites"
    email = email.strip().lower()
    token = new_token()
    with transaction.atomic():
        # One open link for each guest: an earlier one ends here.
        earlier = Invitation.objects.open().filter(organization=organization)
        earlier.filter(email=email).update(expires_at=clock.now())
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            roles=list(roles),
            token_hash=hash_of(token),
            invited_by=by.person,
        )
        record("invitation.sent", invitation, by=by, parties=[organization.pk])
        mail.queue(
            "invitation",
            to=_guest(email, by.person),
            key=str(invitation.pk),
            invitation=invitation,
            path=reverse("invitation", args=[token]),
        )
    return invitation


def _guest(email: str, host: User) -> User:
    """Give the invited person; who has no account yet is written to as the host is."""
    known = User.objects.filter(email=email).first()
    return known or User(email=email, language=host.language)


def withdraw_invitation(invitation: Invitation, *, by: Actor) -> None:
    """Make the link of an open invitation useless."""
    by.must_be(*ADMINS)
    with locked(invitation) as held:
        if not held.is_open:
            raise Refused(_("This invitation was used already or has expired."))
        held.expires_at = clock.now()
        held.save()
        record("invitation.withdrawn", held, by=by, parties=[held.organization_id])


def invitation_by(token: str) -> Invitation | None:
    """Find the open invitation that a link stands for."""
    with acting_for_all():
        return (
            Invitation.objects.open()
            .select_related("organization", "invited_by")
            .filter(token_hash=hash_of(token))
            .first()
        )


def belongs_to(invitation: Invitation, person: User) -> bool:
    """Tell whether the invited address is proven to be this person's."""
    mine = EmailAddress.objects.filter(user=person, verified=True)
    return bool(mine.filter(email=invitation.email).exists())


def accept(invitation: Invitation, *, by: User) -> Membership:
    """Join an organization by invitation; only the invited address can."""
    if not belongs_to(invitation, by):
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


def _join(organization: Organization, person: User, roles: Sequence[str]) -> Membership:
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


def change_roles(membership: Membership, roles: Sequence[str], *, by: Actor) -> None:
    """Give a colleague other roles; the last admin stays admin."""
    by.must_be(*ADMINS)
    _must_fit(roles, by)
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


def speak(language: str, *, to: User) -> None:
    """Write to a person in this language from now on."""
    User.objects.filter(pk=to.pk).update(language=language)


def places_of(person: User) -> list[Membership]:
    """List where a person may work, by name."""
    with acting_as_person(person.pk):
        mine = Membership.objects.active().filter(person=person)
        named = mine.select_related("organization")
        return list(named.order_by("organization__name"))


def people_with(organization: Organization, *roles: str) -> list[User]:
    """List the people of an organization who hold one of the roles."""
    with acting_for_all():
        members = Membership.objects.with_role(*roles).filter(
            organization=organization, person__is_active=True
        )
        return [member.person for member in members.select_related("person")]


def staff_with(*duties: str) -> list[User]:
    """List the sponsor's people who hold one of the duties."""
    staff = User.objects.filter(is_staff=True, is_active=True)
    return list(staff.filter(groups__name__in=duties).distinct())


def add_location(location: Location, *, by: Actor) -> Location:
    """Add a place to the actor's organization."""
    by.must_be(*ADMINS)
    assert by.organization is not None, "an admin has an organization"
    location.organization = by.organization
    try:
        with transaction.atomic():
            location.save()
            record("location.added", location, by=by, parties=[by.organization_id])
    except IntegrityError as error:
        raise Refused(
            _("Your organization already has a location of this name.")
        ) from error
    return location

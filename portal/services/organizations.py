"""Organizations: how one is opened, its address, its places."""

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.models import Location, Organization, User
from portal.roles import Duty, Kind, Role
from portal.services.invitations import send_invitation
from portal.services.memberships import join
from portal.services.rights import ADMINS
from portal.tenancy import acting_for_all


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
        membership = join(organization, by, [Role.PARTNER_ADMIN])
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
        send_invitation(organization, email, [Role.BENEFIT_ADMIN], by=by)


def free_slug(name: str) -> str:
    """Give a word for addresses that no organization has."""
    base = slugify(name)[:50] or "organization"
    with acting_for_all():
        alike = Organization.objects.filter(slug__startswith=base)
        taken = set(alike.values_list("slug", flat=True))
    tries = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in tries if slug not in taken)


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

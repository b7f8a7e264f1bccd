"""Organizations: how one is opened, its address, its places."""

from itertools import count, islice

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal import limits
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.models import Location, Organization, User
from portal.places import locate
from portal.roles import Duty, Kind, Role
from portal.services.addresses import companies_at, work_domain
from portal.services.domains import verify_domain
from portal.services.invitations import send_invitation
from portal.services.memberships import join
from portal.services.organizations_sql import next_id, taken_slugs
from portal.services.rights import ADMINS
from portal.shown import ensure_once
from portal.tenancy import acting_for


def register_partner(
    organization: Organization,
    location: Location,
    *,
    is_separate: bool = False,
    by: User,
) -> None:
    """Open a partner company with its first location; the caller is its first admin.

    The mail domain of the sign-in address becomes the company's own. Where it is
    another company's, only one that ``is_separate`` is opened, without the domain.
    """
    organization.kind = Kind.PARTNER
    organization.pk = next_id()
    # The person's row is the lock: the button pressed twice registers once.
    with acting_for(organization.pk, person=by.pk), lock_row(by):
        _must_be_another(organization, by)
        limits.count_attempt("registration", by.pk, settings.REGISTRATION_LIMIT)
        domain = _free_domain(by, is_separate=is_separate)
        _open(organization)
        location.organization = organization
        locate(location)
        location.save()
        actor = Member.of(join(organization, by, [Role.PARTNER_ADMIN]))
        parties = [organization.pk]
        record("organization.registered", organization, by=actor, parties=parties)
        if domain:
            verify_domain(domain, by=actor)


def _must_be_another(organization: Organization, person: User) -> None:
    if person.memberships.filter(organization__name=organization.name).exists():
        raise Refused(
            _("You have registered %(name)s already.") % {"name": organization.name}
        )


def _free_domain(person: User, *, is_separate: bool) -> str:
    """Give the domain that the company gets, if any; refuse one that has a company."""
    domain = registered_domain(person)
    if not domain:
        return work_domain(person)
    if not is_separate:
        raise Refused(
            _(
                "A company with the mail domain %(domain)s is registered already."
                " Ask its admin to invite you."
            )
            % {"domain": domain},
            field="is_separate",
        )
    return ""


def registered_domain(person: User) -> str:
    """Give the domain of the sign-in address if a company has it already."""
    domain = work_domain(person)
    return domain if companies_at([domain]) else ""


def open_customer(organization: Organization, email: str, *, by: Staff) -> None:
    """Open a customer and invite its first benefit admin; for program managers."""
    by.must_be(Duty.PROGRAM_MANAGER)
    organization.kind = Kind.CUSTOMER
    # The person's row is the lock: the button pressed twice opens one.
    with lock_row(by.person):
        alike = Organization.objects.filter(kind=Kind.CUSTOMER, name=organization.name)
        ensure_once(alike)
        _open(organization)
        record("organization.opened", organization, by=by, parties=[organization.pk])
        send_invitation(organization, email, [Role.BENEFIT_ADMIN], by=by)


def _open(organization: Organization) -> None:
    """Save a new organization under an address of its own."""
    organization.slug = free_slug(organization.name)
    try:
        with transaction.atomic():
            organization.save(force_insert=True)
    except IntegrityError as error:
        if "slug" not in str(error):
            raise
        raise Refused(
            _(
                "Another organization of this name was opened at this moment. If it is"
                " yours, ask its admin to invite you; if not, send this once more."
            ),
            field="name",
        ) from error


def free_slug(name: str) -> str:
    """Give a word for addresses that no organization has."""
    base = slugify(name)[:50] or "organization"
    numbers = count(2)
    tries = [base]
    while not (free := set(tries) - taken_slugs(tries)):
        tries = [f"{base}-{number}" for number in islice(numbers, 20)]
    return next(slug for slug in tries if slug in free)


def add_location(location: Location, *, by: Member) -> Location:
    """Add a place to the actor's organization."""
    by.must_be(*ADMINS)
    location.organization = by.organization
    try:
        with transaction.atomic():
            locate(location)
            location.save()
            record("location.added", location, by=by, parties=[by.organization_id])
    except IntegrityError as error:
        raise Refused(
            _("Your organization already has a location of this name.")
        ) from error
    return location

"""Organizations: opening partners and customers, and their time zones."""

import logging
from itertools import count, islice

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal import limits, zones
from portal.actors import CLOCK, Actor, Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.models import Location, Organization, User
from portal.places import locate
from portal.roles import Duty, Role, Side
from portal.services import domains, invitations, memberships, organizations_sql, roles
from portal.shown import ensure_once
from portal.tenancy import acting_for, acting_for_all, also_for

logger = logging.getLogger(__name__)


def change_time_zone(organization: Organization, *, time_zone: str, by: Actor) -> None:
    """Let an organization live in another time zone from now on.

    Dates stay as they were promised; what is counted from today, and the hour at which
    a last day ends, follow the new zone. Raises Refused when the actor is neither an
    admin there nor a program manager, or when nobody knows the zone.
    """
    by.must_be(*roles.ADMINS, Duty.PROGRAM_MANAGER)
    zone_name = zones.canonical(time_zone)
    if zone_name not in zones.names():
        raise Refused(
            _("%(zone)s is no time zone that the portal knows.") % {"zone": time_zone},
            field="time_zone",
        )
    _move(organization, zone_name, by)


def mend_zones() -> tuple[int, list[Organization]]:
    """Replace older names of zones; return how many, and who is left unknown."""
    with acting_for_all():
        unknown = list(Organization.objects.in_unknown_zones().order_by("pk"))
    mended = [organization for organization in unknown if _has_newer_name(organization)]
    for organization in mended:
        _move(organization, zones.canonical(organization.time_zone), CLOCK)
    return len(mended), [
        organization for organization in unknown if organization not in mended
    ]


def _has_newer_name(organization: Organization) -> bool:
    zone_name = zones.canonical(organization.time_zone)
    return zone_name != organization.time_zone and zone_name in zones.names()


def _move(organization: Organization, zone_name: str, by: Actor) -> None:
    # Who has the rows of all open keeps them: the sponsor acts as the sponsor.
    with also_for(organization.pk), lock_row(organization) as current:
        if current.time_zone == zone_name:
            return
        current.time_zone = zone_name
        current.save(update_fields=["time_zone"])
        record("organization.moved", current, by=by, parties=[current.pk])


def check_zones() -> int:
    """Mend what can be, and log whom the clock passes over; returns their number."""
    _mended, unknown = mend_zones()
    for organization in unknown:
        logger.error(
            "Organization %s (%s): no such time zone: %r. Its deadlines are passed over"
            " until somebody changes it.",
            organization.pk,
            organization,
            organization.time_zone,
        )
    return len(unknown)


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
    organization.kind = Side.PARTNER
    organization.pk = organizations_sql.next_id()
    # The person's row is the lock: the button pressed twice registers once.
    with acting_for(organization.pk, person=by.pk), lock_row(by):
        _ensure_another(organization, by)
        limits.count_attempt("registration", by.pk, settings.REGISTRATION_LIMIT)
        domain = _free_domain(by, is_separate=is_separate)
        _save_new(organization)
        location.organization = organization
        locate(location)
        location.save()
        actor = Member.of(memberships.join(organization, by, [Role.PARTNER_ADMIN]))
        parties = [organization.pk]
        record("organization.registered", organization, by=actor, parties=parties)
        if domain:
            domains.verify_domain(domain, by=actor)


def _ensure_another(organization: Organization, person: User) -> None:
    if person.memberships.filter(organization__name=organization.name).exists():
        raise Refused(
            _("You have registered %(name)s already.") % {"name": organization.name}
        )


def _free_domain(person: User, *, is_separate: bool) -> str:
    """Return the domain that the company gets, if any; refuse one that is taken."""
    domain = registered_domain(person)
    if not domain:
        return domains.work_domain(person)
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
    """Return the domain of the sign-in address if a company has it already."""
    domain = domains.work_domain(person)
    return domain if domains.companies_at([domain]) else ""


def open_customer(organization: Organization, email: str, *, by: Staff) -> None:
    """Open a customer and invite its first benefit admin; for program managers."""
    by.must_be(Duty.PROGRAM_MANAGER)
    organization.kind = Side.CUSTOMER
    # The person's row is the lock: the button pressed twice opens one.
    with lock_row(by.person):
        alike = Organization.objects.filter(kind=Side.CUSTOMER, name=organization.name)
        ensure_once(alike)
        _save_new(organization)
        record("organization.opened", organization, by=by, parties=[organization.pk])
        invitations.send_invitation(organization, email, [Role.BENEFIT_ADMIN], by=by)


def _save_new(organization: Organization) -> None:
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
    """Return a word for addresses that no organization has."""
    base = slugify(name)[:50] or "organization"
    numbers = count(2)
    tries = [base]
    while not (free := set(tries) - organizations_sql.taken_slugs(tries)):
        tries = [f"{base}-{number}" for number in islice(numbers, 20)]
    return next(slug for slug in tries if slug in free)

"""Time zones of organizations: changed by an admin, mended at start, watched hourly."""

import logging

from django.utils.translation import gettext as _

from portal import zones
from portal.actors import CLOCK, Actor
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.models import Organization
from portal.roles import Duty
from portal.services.rights import ADMINS
from portal.tenancy import acting_for, acting_for_all

logger = logging.getLogger(__name__)


def change_time_zone(organization: Organization, *, time_zone: str, by: Actor) -> None:
    """Let an organization live in another time zone from now on.

    Dates stay as they were promised; what is counted from today, and the hour at which
    a last day ends, follow the new zone. Raises Refused when the actor is neither an
    admin there nor a program manager, or when nobody knows the zone.
    """
    by.must_be(*ADMINS, Duty.PROGRAM_MANAGER)
    named = zones.canonical(time_zone)
    if named not in zones.names():
        raise Refused(
            _("%(zone)s is no time zone that the portal knows.") % {"zone": time_zone},
            field="time_zone",
        )
    _move(organization, named, by)


def mend_zones() -> tuple[int, list[Organization]]:
    """Give older names of zones today's; tells how many, and who is left unknown."""
    with acting_for_all():
        unknown = list(Organization.objects.in_unknown_zones().order_by("pk"))
    mended = [each for each in unknown if _has_newer_name(each)]
    for each in mended:
        _move(each, zones.canonical(each.time_zone), CLOCK)
    return len(mended), [each for each in unknown if each not in mended]


def _has_newer_name(organization: Organization) -> bool:
    named = zones.canonical(organization.time_zone)
    return named != organization.time_zone and named in zones.names()


def _move(organization: Organization, named: str, by: Actor) -> None:
    with acting_for(organization.pk), lock_row(organization) as current:
        if current.time_zone == named:
            return
        current.time_zone = named
        current.save(update_fields=["time_zone"])
        record("organization.moved", current, by=by, parties=[current.pk])


def check_zones() -> int:
    """Mend what can be, and log whom the clock passes over; gives their number."""
    _mended, unknown = mend_zones()
    for each in unknown:
        logger.error(
            "Organization %s (%s): no such time zone: %r. Its deadlines are passed over"
            " until somebody changes it.",
            each.pk,
            each,
            each.time_zone,
        )
    return len(unknown)

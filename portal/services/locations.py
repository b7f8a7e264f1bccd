from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.actors import Member
from portal.audit import record
from portal.findings import Refused
from portal.models import Location
from portal.places import locate
from portal.services import roles


def add_location(location: Location, *, by: Member) -> Location:
    """Add a place to the actor's organization."""
    by.must_be(*roles.ADMINS)
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

"""The business profile."""

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import BusinessProfile, Enrollment
from enrollment.services.listing import keep_listing_true
from enrollment.services.rights import ADMINS
from portal import clock
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused


def publish_profile(*, description: str, website: str, by: Actor) -> BusinessProfile:
    """Show the actor's company to customers; needs an enrollment that runs today."""
    by.must_be(*ADMINS)
    assert by.organization is not None, "an admin has an organization"
    today = clock.today(by.organization.time_zone)
    mine = Enrollment.objects.filter(partner=by.organization)
    if not mine.running_on(today).exists():
        raise Refused(
            _("A business profile can be published once your enrollment is active.")
        )
    with transaction.atomic():
        profile, _is_new = BusinessProfile.objects.get_or_create(
            partner=by.organization, country=by.organization.country
        )
        with locked(profile) as held:
            held.description = description
            held.website = website
            held.published_at = clock.now()
            held.save()
            record("profile.published", held, by=by, parties=[held.partner_id])
            keep_listing_true(by.organization, by=by)
    return held

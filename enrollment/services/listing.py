"""The directory: which partners customers can choose."""

from enrollment.models import BusinessProfile, Enrollment
from portal import clock
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.models import Organization


def keep_listing_true(partner: Organization, *, by: Actor) -> None:
    """List a partner while it has a published profile and a running enrollment."""
    published = BusinessProfile.objects.exclude(published_at=None)
    profile = published.filter(partner=partner).first()
    if profile is None:
        return
    today = clock.today(partner.time_zone)
    running = Enrollment.objects.filter(partner=partner).running_on(today)
    with locked(partner) as held:
        should_be_listed = running.exists()
        if held.is_listed == should_be_listed:
            return
        held.is_listed = should_be_listed
        held.save(update_fields=["is_listed"])
        verb = "profile.listed" if should_be_listed else "profile.unlisted"
        record(verb, profile, by=by, parties=[held.pk])

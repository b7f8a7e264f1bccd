"""Who stands in the directory, and what each partner there can deliver until when."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from enrollment import eligibility
from enrollment.facts import Facts, facts_of_all
from enrollment.models import (
    BusinessProfile,
    EngagementType,
    Enrollment,
    Listing,
    Program,
)
from enrollment.models.rungs import local_day
from enrollment.services.words import keep_words
from portal import clock
from portal.actors import CLOCK, Actor
from portal.audit import record
from portal.db import lock_row
from portal.findings import Finding, all_hold
from portal.models import Organization


def facts_changed(partner: Organization, *, by: Actor = CLOCK) -> None:
    """Bring the directory up to date after a deed that changed a partner's facts.

    Call it at the end of the deed, in its transaction and scope.
    """
    keep_listing_true(partner, by=by)
    keep_words([partner])
    refresh_listings([partner])


def keep_listing_true(partner: Organization, *, by: Actor) -> None:
    """List a partner while it has a published profile and a running enrollment."""
    profiles = BusinessProfile.objects.filter(partner=partner)
    profile = profiles.order_by("published_at", "pk").first()
    if profile is None:
        return
    today = clock.today(partner.time_zone)
    running = Enrollment.objects.filter(partner=partner).running_on(today)
    with lock_row(partner) as current:
        should_be_listed = profiles.published().exists() and running.exists()
        if current.is_listed == should_be_listed:
            return
        current.is_listed = should_be_listed
        current.save(update_fields=["is_listed"])
        verb = "profile.listed" if should_be_listed else "profile.unlisted"
        record(verb, profile, by=by, parties=[current.pk])


def refresh_listings(partners: Iterable[Organization], day: date | None = None) -> None:
    """Ask the engine what partners can deliver, and keep that; today unless told.

    As many queries for many partners as for one.
    """
    with transaction.atomic():
        held = Organization.objects.select_for_update(no_key=True)
        wanted = [partner.pk for partner in partners]
        # Two deeds at once: the later one sees what the earlier one changed.
        locked_ones = list(held.filter(pk__in=wanted).order_by("pk"))
        found = [
            listing
            for program in Program.objects.order_by("pk")
            for listing in _judged(locked_ones, program, day)
        ]
        kept = Listing.objects.bulk_create(
            found,
            update_conflicts=True,
            unique_fields=["partner", "engagement_type"],
            update_fields=["until", "judged_at"],
        )
        gone = Listing.objects.filter(partner__in=locked_ones)
        gone.exclude(pk__in=[listing.pk for listing in kept]).delete()


def _judged(
    partners: list[Organization], program: Program, day: date | None
) -> list[Listing]:
    types = EngagementType.objects.with_rules().filter(offering__program=program)
    return [
        listing
        for facts in facts_of_all(partners, program, only_asked=True)
        for listing in _deliverable(facts, list(types), day or facts.today)
    ]


def _deliverable(facts: Facts, types: list[EngagementType], day: date) -> list[Listing]:
    if facts.enrollment_on(day) is None:
        return []
    judged = [(each, eligibility.judge(facts, each, day)) for each in types]
    return [
        Listing(partner=facts.partner, engagement_type=each, until=_end(findings))
        for each, findings in judged
        if all_hold(findings)
    ]


def _end(findings: list[Finding]) -> date | None:
    """Give the last day on which every finding holds; none when all are open."""
    return min((each.until for each in findings if each.until), default=None)


def holding(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """Keep what holds today, by each partner's own date: a listing ends by itself."""
    today = local_day("partner__time_zone", clock.now())
    return listings.filter(Q(until=None) | Q(until__gte=today))

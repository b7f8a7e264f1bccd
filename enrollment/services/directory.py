"""Who stands in the directory, and what each partner there can deliver until when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import override

from enrollment.eligibility import engine, facts
from enrollment.eligibility.facts import Facts
from enrollment.models import (
    BusinessProfile,
    Certificate,
    CompetencyExam,
    Consultant,
    DirectoryEntry,
    EngagementType,
    Enrollment,
    EnrollmentLine,
    Exam,
    HeldCompetency,
    Listing,
    Offering,
    ProfileTag,
    Program,
    ProgramAgreement,
    ProgramRequirement,
    Qualification,
    Signature,
    Tag,
)
from enrollment.models.directory import Circle
from portal import clock
from portal.actors import CLOCK, Actor
from portal.audit import record
from portal.db import lock_row
from portal.models import AuditEntry, Domain, Organization
from portal.places import key_of
from portal.tenancy import acting_for_all, reading_directory
from portal.zones import local_day


@dataclass(frozen=True)
class DirectorySearch:
    """What a customer looks for; what is empty is not asked."""

    words: list[str] = field(default_factory=list)
    offering: str = ""
    engagement_type: str = ""
    country: str = ""
    tags: list[int] = field(default_factory=list)
    circle: Circle | None = None


def matching_profiles(search: DirectorySearch) -> QuerySet[BusinessProfile]:
    """Keep the published profiles of listed partners that fit."""
    profiles = BusinessProfile.objects.published().filter(partner__is_listed=True)
    if search.country:
        profiles = profiles.filter(country=search.country)
    if search.offering or search.engagement_type:
        profiles = profiles.filter(_can_deliver(search))
    for tag in search.tags:
        tags = ProfileTag.objects.filter(profile=OuterRef("pk"), tag=tag)
        profiles = profiles.filter(Exists(tags))
    for word in search.words:
        profiles = profiles.filter(entry__words__contains=word)
    if search.circle is None:
        return profiles
    near = profiles.filter(search.circle.box("locations__"))
    measured = near.annotate(meters=Min(search.circle.meters_to("locations__")))
    return measured.filter(meters__lte=search.circle.km * 1000)


def _can_deliver(search: DirectorySearch) -> Exists:
    listings = current_listings(Listing.objects.filter(partner=OuterRef("partner")))
    if search.engagement_type:
        listings = listings.filter(engagement_type__slug=search.engagement_type)
    if search.offering:
        listings = listings.filter(engagement_type__offering__code=search.offering)
    return Exists(listings)


def others_for(
    engagement_type: EngagementType | None,
    country: str,
    *,
    but: Iterable[int],
    number: int = 3,
) -> list[BusinessProfile]:
    """List other partners in a country that can deliver an engagement type."""
    slug = engagement_type.slug if engagement_type else ""
    with reading_directory():
        others = matching_profiles(
            DirectorySearch(country=country, engagement_type=slug)
        )
        named = others.exclude(partner__in=list(but)).select_related("partner")
        return list(named.order_by("partner__name", "pk")[:number])


def facts_changed(partner: Organization, *, by: Actor = CLOCK) -> None:
    """Bring the directory up to date after an action that changed a partner's facts.

    Call it at the end of the action, in its transaction and scope.
    """
    with lock_row(partner) as current:
        keep_listing_true(current, by=by)
    save_words([partner])
    refresh_listings([partner])


def program_changed(facts: Facts, offerings: Iterable[Offering], *, by: Actor) -> None:
    """Do the same after an action on one program, whose facts are in hand.

    The partner's row is locked; ``offerings`` are those for which it ever asked, with
    what qualifies for them: it can be listed for no other.
    """
    keep_listing_true(facts.partner, by=by)
    types = [
        engagement_type
        for offering in offerings
        for engagement_type in offering.engagement_types.all()
    ]
    _save_listings(
        _listings_of(facts, types, facts.today),
        Listing.objects.filter(partner=facts.partner, engagement_type__in=types),
    )


def keep_listing_true(current: Organization, *, by: Actor) -> None:
    """List a locked partner while it has a published profile and runs a period."""
    today = clock.today(current.time_zone)
    profiles = BusinessProfile.objects.filter(partner=current)
    running = Enrollment.objects.filter(partner=current).running_on(today)
    published = profiles.annotate(
        is_shown=Exists(profiles.published()), is_running=Exists(running)
    )
    profile = published.order_by("published_at", "pk").first()
    if profile is None:
        return
    should_be_listed = profile.is_shown and profile.is_running
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
        locked = Organization.objects.select_for_update(no_key=True)
        partner_ids = [partner.pk for partner in partners]
        # Two actions at once: the later one sees what the earlier one changed.
        locked_ones = list(locked.filter(pk__in=partner_ids).order_by("pk"))
        listings = [
            listing
            for program in Program.objects.order_by("pk")
            for listing in _judge_program(locked_ones, program, day)
        ]
        _save_listings(listings, Listing.objects.filter(partner__in=locked_ones))


def _save_listings(listings: list[Listing], known: QuerySet[Listing]) -> None:
    """Keep listings, and none of the ``known`` ones beside them."""
    saved = Listing.objects.bulk_create(
        listings,
        update_conflicts=True,
        unique_fields=["partner", "engagement_type"],
        update_fields=["until", "judged_at"],
    )
    known.exclude(pk__in=[listing.pk for listing in saved]).delete()


def _judge_program(
    partners: list[Organization], program: Program, day: date | None
) -> list[Listing]:
    types = facts.types_of(program)
    return [
        listing
        for facts in facts.facts_to_judge(partners, program, for_place=False)
        for listing in _listings_of(facts, types, day or facts.today)
    ]


def _listings_of(facts: Facts, types: list[EngagementType], day: date) -> list[Listing]:
    if facts.enrollment_on(day) is None:
        return []
    days_by_type = [
        (engagement_type, engine.deliverable_days(facts, engagement_type))
        for engagement_type in types
    ]
    return [
        Listing(
            partner=facts.partner, engagement_type=engagement_type, until=days.end(day)
        )
        for engagement_type, days in days_by_type
        if day in days
    ]


def current_listings(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """Keep what holds today, by each partner's own date: a listing ends by itself."""
    today = local_day("partner__time_zone", clock.now())
    return listings.filter(Q(until=None) | Q(until__gte=today))


BATCH = 500
CHANGES = ["catalogue.added", "catalogue.changed", "catalogue.removed"]
FACTS: list[Any] = [
    Certificate,
    Consultant,
    Domain,
    Enrollment,
    EnrollmentLine,
    HeldCompetency,
    Signature,
]
RULES: list[Any] = [Qualification, CompetencyExam, ProgramRequirement]


def rebuild_listings() -> int:
    """Judge every partner; returns their number."""
    return _judge(Organization.objects.partners())


def fill_directory() -> int:
    """Judge every partner where no listing is kept yet; returns their number."""
    with acting_for_all():
        is_filled = Listing.objects.exists()
    return 0 if is_filled else rebuild_listings()


def refresh_what_ended() -> int:
    """Judge the partners for whom an answer has ended or something begins.

    Everybody, where the catalogue has changed or one of its dates has come. Returns the
    number of partners judged.
    """
    today, partners = clock.today(), Organization.objects.partners()
    with acting_for_all():
        turns = catalogue_turns(today)
    return _judge(partners if turns else partners.filter(_something_turns(today)))


def catalogue_turns(day: date) -> bool:
    """Tell whether rules of the catalogue changed, begin or end about a date."""
    about = _dates_about(day)
    begun = [rule.objects.filter(valid_from__in=about) for rule in RULES]
    ended = [
        rule.objects.filter(
            valid_until__in=[date_about - timedelta(days=1) for date_about in about]
        )
        for rule in RULES
    ]
    dated: list[QuerySet] = [
        AuditEntry.objects.filter(verb__in=CHANGES, at__gte=moment_before_last_run()),
        Offering.objects.filter(Q(opens_on__in=about) | Q(closes_on__in=about)),
        Offering.objects.filter(reservation_ends_on__in=about),
        Program.objects.filter(reservation_ends_on__in=about),
        Exam.objects.filter(counts_until__in=about),
        ProgramAgreement.objects.filter(
            Q(effective_on__in=about) | Q(sign_by__in=about)
        ),
        *begun,
        *ended,
    ]
    return any(rows.exists() for rows in dated)


def moment_before_last_run() -> datetime:
    """Return a moment before the last run."""
    return clock.now() - timedelta(hours=25)


def _dates_about(day: date) -> list[date]:
    """Return today's dates anywhere in the world, and the one before."""
    return [day + timedelta(days=offset) for offset in (-1, 0, 1)]


def _something_turns(day: date) -> Q:
    """Keep partners with an answer that has ended, or with facts that begin."""
    about = _dates_about(day)
    ended = Listing.objects.filter(until__lt=day + timedelta(days=1))
    begun: list[QuerySet] = [
        Enrollment.objects.filter(starts_on__in=about),
        HeldCompetency.objects.filter(valid_from__in=about),
        Consultant.objects.filter(since__in=about),
        Certificate.objects.filter(passed_on__in=about),
    ]
    turns = Q(pk__in=ended.values("partner"))
    for rows in begun:
        turns |= Q(pk__in=rows.values("partner"))
    # Each action asks the engine itself; this finds what one forgot.
    return turns | Q(pk__in=_recently_changed_companies(moment_before_last_run()))


def _recently_changed_companies(moment: datetime) -> set[int]:
    """Return the companies whose facts changed, as their audit trail tells."""
    kinds = [model._meta.label_lower for model in FACTS]
    entries = AuditEntry.objects.filter(at__gte=moment, subject_type__in=kinds)
    party_lists = entries.values_list("parties", flat=True)
    return {party for parties in party_lists.iterator() for party in parties}


def _judge(partners: QuerySet[Organization]) -> int:
    """Judge partners in batches, each in its own transaction."""
    with acting_for_all():
        keys = sorted(partners.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        with acting_for_all():
            some = list(Organization.objects.filter(pk__in=keys[start : start + BATCH]))
            save_words(some)
            refresh_listings(some)
    return len(keys)


def save_words(partners: Iterable[Organization]) -> None:
    """Keep what the directory searches of the partners' published profiles.

    As many queries for many partners as for one.
    """
    partner_ids = [partner.pk for partner in partners]
    published = BusinessProfile.objects.published().filter(partner__in=partner_ids)
    profiles = published.select_related("partner").prefetch_related(
        "chosen_tags__tag", "shown_locations__location"
    )
    entries = [
        DirectoryEntry(
            profile=profile,
            partner_id=profile.partner_id,
            words=key_of(" ".join(_said_by(profile))),
        )
        for profile in profiles.order_by("pk")
    ]
    DirectoryEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["profile"],
        update_fields=["words"],
    )
    gone = DirectoryEntry.objects.filter(partner__in=partner_ids)
    gone.exclude(profile__in=[entry.profile_id for entry in entries]).delete()


def _said_by(profile: BusinessProfile) -> Iterator[str]:
    """Return everything that a profile says, its tags in every language of ours."""
    yield profile.partner.name
    for location in profile.shown_locations.all():
        yield location.location.city
    yield from profile.skills
    tags = [tag.tag for tag in profile.chosen_tags.all()]
    for code, _name in settings.LANGUAGES:
        yield from _in_language(code, tags)
    yield profile.description


def _in_language(code: str, tags: list[Tag]) -> list[str]:
    with override(code):
        return [str(tag) for tag in tags]

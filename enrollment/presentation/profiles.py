"""What a partner has earned: read from facts, never typed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import groupby, takewhile
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from enrollment.eligibility import engine
from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility.facts import Extent, Facts
from enrollment.models import (
    BusinessProfile,
    Certificate,
    EngagementType,
    Enrollment,
    HeldCompetency,
    ProfileDraft,
    Program,
    Tag,
    TagKind,
)
from enrollment.models.competencies import ProofState
from enrollment.models.states import GOOD_FOR_ITS_DAYS
from portal.findings import all_hold
from portal.models import Document, Location, Organization

# A partner with fewer delivered engagements counts as new.
FEW = 5
# What tells whether a certificate counts.
OF_EXAMS = ["exam", "consultant"]


@dataclass
class Badges:
    """The badges of one partner on one day."""

    competencies: list[HeldCompetency] = field(default_factory=list)
    deliverable: list[EngagementType] = field(default_factory=list)
    enrolled_since: date | None = None
    consultants: int = 0
    delivered: int = 0

    @property
    def is_new(self) -> bool:
        return self.delivered < FEW


def badges_of(partner: Organization, day: date) -> Badges:
    """Return the badges of one partner, whoever asks."""
    return badges_of_all([partner], day)[partner.pk]


def badges_of_all(partners: Iterable[Organization], day: date) -> dict[int, Badges]:
    """Return the badges of many partners with as many queries as for one."""
    partners = list(partners)
    badges = {partner.pk: Badges() for partner in partners}
    for program in Program.objects.order_by("pk"):
        types = eligibility_facts.types_of(program)
        anywhere = Extent(for_place=False)
        for facts in eligibility_facts.facts_of_all(partners, program, anywhere):
            _add(badges[facts.partner.pk], facts, types, day)
    for partner, number in delivered_by(badges).items():
        badges[partner].delivered = number
    return badges


def short_badges_of_all(partners: Iterable[int], day: date) -> dict[int, Badges]:
    """Return what a list of partners shows, without judging what they can deliver."""
    badges = {partner: Badges() for partner in partners}
    held_competencies = HeldCompetency.objects.filter(partner__in=badges)
    for partner, rows in by_partner(
        held_competencies.select_related("competency")
    ).items():
        badges[partner].competencies = competencies_on(rows, day)
    certificates = Certificate.objects.filter(partner__in=badges)
    for partner, rows in by_partner(certificates.select_related(*OF_EXAMS)).items():
        badges[partner].consultants = len(certified_on(rows, day))
    for partner, number in delivered_by(badges).items():
        badges[partner].delivered = number
    return badges


def by_partner(rows: Iterable[Any]) -> dict[int, list[Any]]:
    rows_by_partner: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        rows_by_partner[row.partner_id].append(row)
    return rows_by_partner


def delivered_by(partners: Iterable[int]) -> Counter[int]:
    """Ask the apps above how many engagements each partner has delivered."""
    partners = list(partners)
    counts: Counter[int] = Counter()
    for name in settings.PARTNER_FACTS:
        ask: Callable[[list[int]], dict[int, int]] = import_string(name)
        counts.update(ask(partners))
    return counts


def _add(badges: Badges, facts: Facts, types: list[EngagementType], day: date) -> None:
    """Add what a partner has earned in one program."""
    badges.competencies = competencies_on(facts.held_competencies, day)
    badges.consultants = len(certified_on(facts.certificates, day))
    badges.deliverable += [
        engagement_type
        for engagement_type in types
        if all_hold(engine.check_facts(facts, engagement_type, day))
    ]
    since = [badges.enrolled_since, enrolled_since(facts, day)]
    badges.enrolled_since = min(filter(None, since), default=None)


def competencies_on(rows: Iterable[HeldCompetency], day: date) -> list[HeldCompetency]:
    """List the verified competencies that count on a day, the highest level of each."""
    best: dict[int, HeldCompetency] = {}
    for held_competency in rows:
        before = best.get(held_competency.competency_id)
        counts = (
            held_competency.state == ProofState.VERIFIED
            and held_competency.counts_on(day)
        )
        if counts and (before is None or before.level < held_competency.level):
            best[held_competency.competency_id] = held_competency
    return sorted(
        best.values(),
        key=lambda held_competency: (
            -held_competency.level,
            str(held_competency.competency),
        ),
    )


def certified_on(certificates: Iterable[Certificate], day: date) -> set[int]:
    """Return the consultants at work on a day who have a verified certificate."""
    return {
        certificate.consultant_id
        for certificate in certificates
        if certificate.state == ProofState.VERIFIED and certificate.counts_on(day)
    }


def enrolled_since(facts: Facts, day: date) -> date | None:
    """Return the first day of the unbroken enrollment that is good on a day."""
    decided = [
        enrollment
        for enrollment in facts.enrollments
        if enrollment.state in GOOD_FOR_ITS_DAYS
    ]
    begun = [
        enrollment
        for enrollment in decided
        if enrollment.starts_on and enrollment.starts_on <= day
    ]
    if not begun or not begun[0].is_good_on(day):
        return None
    followed = zip(begun[1:], begun, strict=False)
    unbroken = [
        pair[0] for pair in takewhile(lambda pair: _follows_directly(*pair), followed)
    ]
    return [begun[0], *unbroken][-1].starts_on


def _follows_directly(earlier: Enrollment, later: Enrollment) -> bool:
    """Tell whether a period followed another without a day between."""
    assert earlier.good_until is not None, "enrollment_decided_has_period"
    assert later.starts_on is not None, "enrollment_decided_has_period"
    return later.starts_on <= earlier.good_until + timedelta(days=1)


Says = BusinessProfile | ProfileDraft
Tags = list[tuple[str, list[Tag]]]


@dataclass(frozen=True)
class Card:
    """All that the profile's partial shows; ``tags`` stand by the label of their kind.

    ``says`` has the words, ``logo_url`` is empty without a logo.
    """

    profile: BusinessProfile
    says: Says
    badges: Badges
    tags: Tags
    locations: list[Location]
    logo_url: str

    @property
    def website_name(self) -> str:
        """Return the host of the website: where its link leads to."""
        return (urlsplit(self.says.website).hostname or "").removeprefix("www.")


def public_card(profile: BusinessProfile, badges: Badges) -> Card:
    """Show a published profile; its logo stands at an address for everybody."""
    return shown_card(profile, badges, partial(public_logo_url, profile))


def shown_card(
    profile: BusinessProfile, badges: Badges, logo_url: Callable[[Document], str]
) -> Card:
    """Show what a profile says, with its logo where the reader may have it."""
    tags = profile.chosen_tags.select_related("tag")
    places = profile.shown_locations.select_related("location")
    return Card(
        profile,
        profile,
        badges,
        by_kind([tag.tag for tag in tags]),
        [place.location for place in places],
        logo_url(profile.logo) if profile.logo else "",
    )


def preview_card(draft: ProfileDraft, badges: Badges) -> Card:
    """Show what customers would see once the draft is published."""
    profile = draft.profile
    locations = Location.objects.filter(organization=profile.partner_id)
    places = locations.in_bulk(draft.locations)
    return Card(
        profile,
        draft,
        badges,
        by_kind(list(Tag.objects.filter(pk__in=draft.tags))),
        [places[pk] for pk in draft.locations if pk in places],
        own_logo_url(profile.partner, draft.logo) if draft.logo else "",
    )


def own_logo_url(partner: Organization, logo: Document) -> str:
    """Return the address of a logo for the partner's own people."""
    return reverse("organization:document", args=[partner.slug, logo.pk])


def public_logo_url(profile: BusinessProfile, logo: Document) -> str:
    return reverse("directory:logo", args=[profile.pk, logo.sha256])


def by_kind(tags: list[Tag]) -> Tags:
    """Put tags under the labels of their kinds, in the sponsor's order."""
    order = {kind: number for number, kind in enumerate(TagKind.values)}
    in_order = sorted(tags, key=lambda tag: (order[tag.kind], tag.position, tag.name))
    return [
        (str(TagKind(kind).label), list(alike))
        for kind, alike in groupby(in_order, key=lambda tag: tag.kind)
    ]

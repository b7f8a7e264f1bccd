"""The public directory: what anybody may read of listed partners.

Everything here is read by the directory's own role and handed on as plain values, so
that a page without a person shows what partners publish and nothing else.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Q
from django.urls import reverse

from enrollment.models import BusinessProfile, Listing, Offering
from enrollment.presentation import profiles as profile_presentation
from enrollment.presentation.profiles import Badges, Card
from enrollment.services import directory
from enrollment.services.directory import DirectorySearch
from portal import clock
from portal.models.organizations import country_name
from portal.tenancy import reading_directory

PAGE_SIZE = 20
SHOWN_LETTERS = 200
LONGEST_WORD = 30


class PageEdge(NamedTuple):
    """Where a page begins: after a row's name or distance, or ends: before it."""

    value: str
    pk: int
    is_before: bool = False


@dataclass(frozen=True)
class DirectoryRow:
    """One published profile in a list, with what everybody may read."""

    name: str
    slug: str
    country: str
    words: str
    logo_url: str
    cities: list[str]
    badges: Badges
    meters: int | None

    @property
    def url(self) -> str:
        return reverse("directory:partner", args=[self.slug, self.country.lower()])

    @property
    def country_name(self) -> str:
        return country_name(self.country)

    @property
    def kilometers(self) -> int | None:
        return None if self.meters is None else round(self.meters / 1000)


@dataclass(frozen=True)
class DirectoryPage:
    """A page of the directory, and the edges at which its neighbors begin."""

    rows: list[DirectoryRow]
    before: PageEdge | None
    after: PageEdge | None


def search(
    search: DirectorySearch, edge: PageEdge | None = None, size: int = PAGE_SIZE
) -> DirectoryPage:
    """Find listed partners: the nearest first where a place is given, else by name."""
    key = "meters" if search.circle else "partner__name"
    is_back = bool(edge and edge.is_before)
    with reading_directory():
        profiles = directory.matching_profiles(search)
        if edge:
            profiles = profiles.filter(_condition_beyond(key, edge))
        order = [f"-{key}", "-pk"] if is_back else [key, "pk"]
        keys = list(profiles.order_by(*order).values_list("pk", key)[: size + 1])
        more, keys = len(keys) > size, keys[:size]
        if is_back:
            keys.reverse()
        rows = _directory_rows(
            {pk: value if search.circle else None for pk, value in keys}
        )
    has_before = more if is_back else edge is not None
    has_after = edge is not None if is_back else more
    return DirectoryPage(
        rows,
        _edge(keys[0], is_before=True) if keys and has_before else None,
        _edge(keys[-1], is_before=False) if keys and has_after else None,
    )


def _edge(row: tuple[int, object], *, is_before: bool) -> PageEdge:
    return PageEdge(str(row[1]), row[0], is_before)


def _condition_beyond(key: str, edge: PageEdge) -> Q:
    way = "lt" if edge.is_before else "gt"
    # The first condition alone lets an index find the beginning.
    return Q(**{f"{key}__{way}e": edge.value}) & (
        Q(**{f"{key}__{way}": edge.value}) | Q(**{f"pk__{way}": edge.pk})
    )


def _directory_rows(meters: dict[int, int | None]) -> list[DirectoryRow]:
    """Return the rows of these profiles, in as many queries for many as for one."""
    shown_profiles = BusinessProfile.objects.select_related("partner", "logo").filter(
        pk__in=meters
    )
    profiles = shown_profiles.prefetch_related("shown_locations__location").in_bulk()
    partners = {profile.partner_id for profile in profiles.values()}
    badges = profile_presentation.short_badges_of_all(partners, clock.today())
    return [
        _directory_row(profiles[pk], badges[profiles[pk].partner_id], distance)
        for pk, distance in meters.items()
    ]


def _directory_row(
    profile: BusinessProfile, badges: Badges, meters: int | None
) -> DirectoryRow:
    places = [location.location for location in profile.shown_locations.all()]
    return DirectoryRow(
        profile.partner.name,
        profile.partner.slug,
        profile.country,
        _first_lines(profile.description),
        profile_presentation.public_logo_url(profile, profile.logo)
        if profile.logo
        else "",
        list(dict.fromkeys(place.city for place in places)),
        badges,
        meters,
    )


def _first_lines(description: str) -> str:
    """Return the first two lines that say something, cut where they are long."""
    lines = [line.strip() for line in description.splitlines()]
    first = " ".join([line for line in lines if line][:2])
    if len(first) <= SHOWN_LETTERS:
        return first
    cut = first[: SHOWN_LETTERS - 1]
    text, _space, begun = cut.rpartition(" ")
    # Not every language parts its words.
    return (text if text and len(begun) < LONGEST_WORD else cut) + "…"


@dataclass(frozen=True)
class ShownPartner:
    """A partner's public page for one country."""

    name: str
    slug: str
    country: str
    card: Card
    deliverable: list[Listing]

    @property
    def endings(self) -> list[tuple[Offering, date]]:
        """List the offerings whose vouchers can be reserved until a day, each once."""
        offerings = {offering.engagement_type.offering for offering in self.deliverable}
        days = [(offering, offering.last_day_to_reserve) for offering in offerings]
        known = [(offering, day) for offering, day in days if day]
        return sorted(known, key=lambda ending: ending[0].code)

    @property
    def country_name(self) -> str:
        return country_name(self.country)


def shown_partner(slug: str, country: str) -> ShownPartner | None:
    """Return a listed partner's profile for a country, and what it delivers."""
    with reading_directory():
        profile = (
            directory.matching_profiles(DirectorySearch(country=country.upper()))
            .select_related("partner", "logo")
            .filter(partner__slug=slug)
            .first()
        )
        if profile is None:
            return None
        partner = profile.partner
        listings = directory.current_listings(Listing.objects.filter(partner=partner))
        listings_with_types = listings.select_related(
            "engagement_type__offering__program"
        )
        return ShownPartner(
            partner.name,
            partner.slug,
            profile.country,
            profile_presentation.public_card(
                profile, profile_presentation.badges_of(partner, clock.today())
            ),
            list(
                listings_with_types.order_by(
                    "engagement_type__offering__code", "engagement_type"
                )
            ),
        )

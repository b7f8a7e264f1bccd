"""A business profile as customers see it: published, or the draft in its preview."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from urllib.parse import urlsplit

from django.urls import reverse

from enrollment.badges import Badges
from enrollment.models import BusinessProfile, ProfileDraft, Tag, TagKind
from portal.models import Document, Location, Organization

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
        """Give the host of the website: where its link leads to."""
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
        by_kind([each.tag for each in tags]),
        [each.location for each in places],
        logo_url(profile.logo) if profile.logo else "",
    )


def preview_card(draft: ProfileDraft, badges: Badges) -> Card:
    """Show what customers would see once the draft is published."""
    profile = draft.profile
    mine = Location.objects.filter(organization=profile.partner_id)
    places = mine.in_bulk(draft.locations)
    return Card(
        profile,
        draft,
        badges,
        by_kind(list(Tag.objects.filter(pk__in=draft.tags))),
        [places[pk] for pk in draft.locations if pk in places],
        own_logo_url(profile.partner, draft.logo) if draft.logo else "",
    )


def own_logo_url(partner: Organization, logo: Document) -> str:
    """Give the address of a logo for the partner's own people."""
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

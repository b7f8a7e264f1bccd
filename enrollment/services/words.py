"""The words by which customers find a partner's published profiles."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.utils.translation import override

from enrollment.models import BusinessProfile, DirectoryEntry, Tag
from portal.models import Organization
from portal.places import key_of


def keep_words(partners: Iterable[Organization]) -> None:
    """Keep what the directory searches of the partners' published profiles.

    As many queries for many partners as for one.
    """
    wanted = [partner.pk for partner in partners]
    shown = BusinessProfile.objects.published().filter(partner__in=wanted)
    profiles = shown.select_related("partner").prefetch_related(
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
    gone = DirectoryEntry.objects.filter(partner__in=wanted)
    gone.exclude(profile__in=[entry.profile_id for entry in entries]).delete()


def _said_by(profile: BusinessProfile) -> Iterator[str]:
    """Give everything that a profile says, its tags in every language of ours."""
    yield profile.partner.name
    for shown in profile.shown_locations.all():
        yield shown.location.city
    yield from profile.skills
    tags = [chosen.tag for chosen in profile.chosen_tags.all()]
    for code, _name in settings.LANGUAGES:
        yield from _in_language(code, tags)
    yield profile.description


def _in_language(code: str, tags: list[Tag]) -> list[str]:
    with override(code):
        return [str(tag) for tag in tags]

"""The business profile: drafted and published by the partner, returned by reviewers."""

from copy import copy
from datetime import date

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from enrollment.models import (
    BusinessProfile,
    Enrollment,
    ProfileDraft,
    ProfileLocation,
    ProfileState,
    ProfileTag,
    Tag,
)
from enrollment.models.profiles import MOST_LOCATIONS
from enrollment.rules.profiles import publishable
from enrollment.services.listing import facts_changed
from enrollment.services.rights import ADMINS, REVIEWERS
from portal import clock, documents, images, mail
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.findings import Finding, unmet
from portal.models import AuditEntry, Document, Location, Organization, Reason, Topic
from portal.models.organizations import country_name
from portal.services import people_with
from portal.tenancy import acting_for_all
from portal.words import listed

MOST_QUOTED = 60  # signs of a text in a line of the timeline
WIDEST_LOGO = 300  # pixels [PROFILE]


def begin_profile(country: str, *, by: Actor) -> BusinessProfile:
    """Begin a profile for a country in which the actor's company has a location."""
    by.must_be(*ADMINS)
    assert by.organization is not None, "an admin has an organization"
    places = Location.objects.filter(organization=by.organization, country=country)
    shown = places.order_by("name").values_list("pk", flat=True)[:MOST_LOCATIONS]
    if not shown:
        raise Refused(
            _("Your company has no location in %(country)s. Add the location first.")
            % {"country": country_name(country)},
            field="country",
        )
    profile = BusinessProfile(partner=by.organization, country=country)
    with transaction.atomic():
        _insert(profile)
        draft = ProfileDraft(profile=profile, partner=by.organization)
        draft.locations = list(shown)
        draft.saved_by = by.person
        draft.save()
        record("profile.begun", profile, by=by, parties=[profile.partner_id])
    return profile


def _insert(profile: BusinessProfile) -> None:
    try:
        with transaction.atomic():
            profile.save(force_insert=True)
    except IntegrityError as error:
        if "profile_once_a_country" not in str(error):
            raise
        raise Refused(
            _("Your company has a business profile for %(country)s already.")
            % {"country": profile.country_name},
            field="country",
        ) from error


def save_profile(profile: BusinessProfile, typed: ProfileDraft, *, by: Actor) -> None:
    """Keep what was typed as the profile's draft; the logo has a deed of its own."""
    with locked(profile) as held:
        _must_be_own(held, by)
        _must_be_official(held, typed.locations)
        draft = ProfileDraft.of(held)
        before = copy(draft)
        draft.take_over(typed, [*ProfileDraft.WORDS, *ProfileDraft.CHOICES])
        _keep(held, draft, by, reason=_moved(before, draft))


def change_logo(profile: BusinessProfile, file: File | None, *, by: Actor) -> None:
    """Give the profile's draft another logo, or none; what was typed stays."""
    picture = images.drawn_anew(file, widest=WIDEST_LOGO) if file else None
    with locked(profile) as held:
        _must_be_own(held, by)
        draft = ProfileDraft.of(held)
        draft.logo = (
            documents.keep(picture, parties=[held.partner_id], by=by.person)
            if picture
            else None
        )
        _keep(held, draft, by)


def _must_be_own(profile: BusinessProfile, by: Actor) -> None:
    by.must_be(*ADMINS)
    if profile.partner_id != by.organization_id:
        raise Refused(_("This business profile belongs to another company."))


def _must_be_official(profile: BusinessProfile, locations: list[int]) -> None:
    """Refuse more than five, and places that are not the company's in the country."""
    if len(locations) > MOST_LOCATIONS:
        raise Refused(
            _("%(found)s of %(allowed)s locations: choose the most important ones.")
            % {"found": len(locations), "allowed": MOST_LOCATIONS},
            field="locations",
        )
    official = Location.objects.filter(
        organization=profile.partner_id, country=profile.country, pk__in=locations
    )
    if official.count() != len(set(locations)):
        raise Refused(
            _("Choose locations of your company in %(country)s.")
            % {"country": profile.country_name},
            field="locations",
        )


def _moved(before: ProfileDraft, after: ProfileDraft) -> str:
    """Say of each word of a draft what it was and what it is; of choices that alone."""
    lines = [
        _("%(name)s: from %(before)s to %(after)s")
        % {"name": title, "before": _quoted(old), "after": _quoted(new)}
        for title, old, new in [
            (_("Description"), before.description, after.description),
            (_("Website"), before.website, after.website),
            (_("LinkedIn page"), before.linkedin, after.linkedin),
            (_("Skills and solutions"), listed(before.skills), listed(after.skills)),
        ]
        if old != new
    ]
    if sorted(before.tags) != sorted(after.tags):
        lines.append(_("Other choices of what the company offers."))
    if before.locations != after.locations:
        lines.append(_("Other locations."))
    return "\n".join(lines)


def _quoted(text: str) -> str:
    short = Truncator(text).chars(MOST_QUOTED)
    return _("“%(text)s”") % {"text": short} if short else _("nothing")


def _keep(
    held: BusinessProfile, draft: ProfileDraft, by: Actor, *, reason: str = ""
) -> None:
    """Keep a draft while it differs from what customers see or saw last."""
    is_shown = held.state != ProfileState.DRAFT
    if is_shown and draft.says_the_same_as(ProfileDraft.of_shown(held)):
        ProfileDraft.objects.filter(profile=held).delete()
        return
    draft.saved_at = clock.now()
    draft.saved_by = by.person
    draft.save()
    record("profile.saved", held, by=by, parties=[held.partner_id], reason=reason)


def findings_on(profile: BusinessProfile, draft: ProfileDraft) -> list[Finding]:
    """Tell what speaks for and against publishing a draft today."""
    today = clock.today(profile.partner.time_zone)
    return publishable(profile, draft, is_enrolled=_runs(profile.partner, today))


def _runs(partner: Organization, day: date) -> bool:
    return Enrollment.objects.filter(partner=partner).running_on(day).exists()


def publish_profile(profile: BusinessProfile, *, by: Actor) -> None:
    """Show the profile's draft to customers; needs an enrollment that runs today."""
    with locked(profile) as held:
        _must_be_own(held, by)
        draft = ProfileDraft.of(held)
        missing = unmet(findings_on(held, draft))
        if missing:
            raise Refused(_("The business profile cannot be published yet."), missing)
        _must_be_official(held, draft.locations)
        _show(held, draft)
        held.publish()
        held.save()
        record("profile.published", held, by=by, parties=[held.partner_id])
        facts_changed(held.partner, by=by)


def _show(held: BusinessProfile, draft: ProfileDraft) -> None:
    """Let the profile say what its draft says, and end the draft."""
    for name in ProfileDraft.WORDS:
        setattr(held, name, getattr(draft, name))
    held.logo_id = draft.logo_id
    held.chosen_tags.all().delete()
    held.shown_locations.all().delete()
    ProfileTag.objects.bulk_create(
        ProfileTag(profile=held, partner_id=held.partner_id, tag=tag)
        for tag in Tag.objects.filter(pk__in=draft.tags)
    )
    ProfileLocation.objects.bulk_create(
        ProfileLocation(
            profile=held, partner_id=held.partner_id, location_id=pk, position=position
        )
        for position, pk in enumerate(draft.locations, start=1)
    )
    ProfileDraft.objects.filter(profile=held).delete()


def withdraw_profile(profile: BusinessProfile, *, by: Actor) -> None:
    """Take a profile back from customers; what it says stays as a draft."""
    with locked(profile) as held:
        _must_be_own(held, by)
        held.withdraw()
        held.save()
        draft = ProfileDraft.of(held)
        draft.saved_at = clock.now()
        draft.save()
        record("profile.withdrawn", held, by=by, parties=[held.partner_id])
        facts_changed(held.partner, by=by)


def give_back_profile(
    profile: BusinessProfile, *, reason: Reason, note: str, by: Actor
) -> None:
    """Take a profile out of the directory until its partner has mended it."""
    by.must_be(*REVIEWERS)
    reason.must_fit(Topic.PROFILE, note)
    with locked(profile) as held:
        held.give_back(reason=reason, note=note)
        held.save()
        entry = record(
            "profile.returned",
            held,
            by=by,
            parties=[held.partner_id],
            reason=" ".join(filter(None, [f"{reason}.", note])),
        )
        facts_changed(held.partner, by=by)
        _tell_of_return(held, entry)


def _tell_of_return(held: BusinessProfile, entry: AuditEntry) -> None:
    mail.queue_all(
        "profile-returned",
        people_with(held.partner, *ADMINS),
        key=str(entry.pk),
        profile=held,
        path=held.get_absolute_url(),
    )


def public_logo(profile: int, sha256: str) -> Document | None:
    """Give the logo that a listed partner's published profile shows, to anybody."""
    with acting_for_all():
        shown = BusinessProfile.objects.published().filter(
            pk=profile, logo__sha256=sha256, partner__is_listed=True
        )
        found = shown.select_related("logo").first()
    return found.logo if found else None

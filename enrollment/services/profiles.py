"""The business profile: drafted and published by the partner, returned by reviewers."""

from copy import copy
from datetime import date

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from enrollment.eligibility.rules import profiles
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
from enrollment.services import directory, roles
from portal import clock, files, mail
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Finding, Refused, unmet_findings
from portal.models import AuditEntry, Document, Location, Organization, Reason, Topic
from portal.models.organizations import country_name
from portal.services import people
from portal.tenancy import reading_directory
from portal.text import join_words

MOST_QUOTED = 60  # signs of a text in a line of the timeline
WIDEST_LOGO = 300  # pixels [PROFILE]


def begin_profile(country: str, *, by: Member) -> BusinessProfile:
    """Begin a profile for a country in which the actor's company has a location."""
    by.must_be(*roles.ADMINS)
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


def save_profile(
    profile: BusinessProfile, new_draft: ProfileDraft, *, by: Member
) -> None:
    """Keep what was typed as the profile's draft; the logo has an action of its own."""
    with lock_row(profile) as current:
        _ensure_own(current, by)
        _ensure_official(current, new_draft.locations)
        draft = ProfileDraft.of(current)
        before = copy(draft)
        draft.take_over(new_draft, [*ProfileDraft.WORDS, *ProfileDraft.CHOICES])
        _keep(current, draft, by, reason=_changes_in_words(before, draft))


def change_logo(profile: BusinessProfile, file: File | None, *, by: Member) -> None:
    """Change or remove the logo of a profile's draft; what was typed stays."""
    picture = files.drawn_anew(file, widest=WIDEST_LOGO) if file else None
    with lock_row(profile) as current:
        _ensure_own(current, by)
        draft = ProfileDraft.of(current)
        draft.logo = (
            files.store(picture, parties=[current.partner_id], by=by.person)
            if picture
            else None
        )
        _keep(current, draft, by)


def _ensure_own(profile: BusinessProfile, by: Member) -> None:
    by.must_be(*roles.ADMINS)
    if profile.partner_id != by.organization_id:
        raise Refused(_("This business profile belongs to another company."))


def _ensure_official(profile: BusinessProfile, locations: list[int]) -> None:
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


def _changes_in_words(before: ProfileDraft, after: ProfileDraft) -> str:
    """Say of each word of a draft what it was and what it is; of choices that alone."""
    lines = [
        _("%(name)s: from %(before)s to %(after)s")
        % {"name": title, "before": _quote(old), "after": _quote(new)}
        for title, old, new in [
            (_("Description"), before.description, after.description),
            (_("Website"), before.website, after.website),
            (_("LinkedIn page"), before.linkedin, after.linkedin),
            (
                _("Skills and solutions"),
                join_words(before.skills),
                join_words(after.skills),
            ),
        ]
        if old != new
    ]
    if sorted(before.tags) != sorted(after.tags):
        lines.append(_("Other choices of what the company offers."))
    if before.locations != after.locations:
        lines.append(_("Other locations."))
    return "\n".join(lines)


def _quote(text: str) -> str:
    short = Truncator(text).chars(MOST_QUOTED)
    return _("“%(text)s”") % {"text": short} if short else _("nothing")


def _keep(
    current: BusinessProfile, draft: ProfileDraft, by: Member, *, reason: str = ""
) -> None:
    """Keep a draft while it differs from what customers see or saw last."""
    is_shown = current.state != ProfileState.DRAFT
    if is_shown and draft.says_the_same_as(ProfileDraft.of_shown(current)):
        ProfileDraft.objects.filter(profile=current).delete()
        return
    draft.saved_at = clock.now()
    draft.saved_by = by.person
    draft.save()
    record("profile.saved", current, by=by, parties=[current.partner_id], reason=reason)


def check_profile(profile: BusinessProfile, draft: ProfileDraft) -> list[Finding]:
    """Tell what speaks for and against publishing a draft today."""
    today = clock.today(profile.partner.time_zone)
    return profiles.check_publication(
        profile, draft, is_enrolled=_runs(profile.partner, today)
    )


def _runs(partner: Organization, day: date) -> bool:
    return Enrollment.objects.filter(partner=partner).running_on(day).exists()


def publish_profile(profile: BusinessProfile, *, by: Member) -> None:
    """Show the profile's draft to customers; needs an enrollment that runs today."""
    with lock_row(profile) as current:
        _ensure_own(current, by)
        draft = ProfileDraft.of(current)
        missing = unmet_findings(check_profile(current, draft))
        if missing:
            raise Refused(_("The business profile cannot be published yet."), missing)
        _ensure_official(current, draft.locations)
        _show(current, draft)
        current.publish()
        current.save()
        record("profile.published", current, by=by, parties=[current.partner_id])
        directory.facts_changed(current.partner, by=by)


def _show(current: BusinessProfile, draft: ProfileDraft) -> None:
    """Let the profile say what its draft says, and end the draft."""
    for name in ProfileDraft.WORDS:
        setattr(current, name, getattr(draft, name))
    current.logo_id = draft.logo_id
    current.chosen_tags.all().delete()
    current.shown_locations.all().delete()
    ProfileTag.objects.bulk_create(
        ProfileTag(profile=current, partner_id=current.partner_id, tag=tag)
        for tag in Tag.objects.filter(pk__in=draft.tags)
    )
    ProfileLocation.objects.bulk_create(
        ProfileLocation(
            profile=current,
            partner_id=current.partner_id,
            location_id=pk,
            position=position,
        )
        for position, pk in enumerate(draft.locations, start=1)
    )
    ProfileDraft.objects.filter(profile=current).delete()


def withdraw_profile(profile: BusinessProfile, *, by: Member) -> None:
    """Take a profile back from customers; what it says stays as a draft."""
    with lock_row(profile) as current:
        _ensure_own(current, by)
        current.withdraw()
        current.save()
        draft = ProfileDraft.of(current)
        draft.saved_at = clock.now()
        draft.save()
        record("profile.withdrawn", current, by=by, parties=[current.partner_id])
        directory.facts_changed(current.partner, by=by)


def return_profile(
    profile: BusinessProfile, *, reason: Reason, note: str, by: Staff
) -> None:
    """Take a profile out of the directory until its partner has mended it."""
    by.must_be(*roles.REVIEWERS)
    reason.must_fit(Topic.PROFILE, note)
    with lock_row(profile) as current:
        current.return_for_correction(reason=reason, note=note)
        current.save()
        entry = record(
            "profile.returned",
            current,
            by=by,
            parties=[current.partner_id],
            reason=" ".join(filter(None, [f"{reason}.", note])),
        )
        directory.facts_changed(current.partner, by=by)
        _notify_of_return(current, entry)


def _notify_of_return(current: BusinessProfile, entry: AuditEntry) -> None:
    mail.queue_all(
        "profile-returned",
        people.people_with(current.partner, *roles.ADMINS),
        key=str(entry.pk),
        profile=current,
        path=current.get_absolute_url(),
    )


def public_logo(profile: int, sha256: str) -> Document | None:
    """Return the logo that a listed partner's published profile shows, to anybody."""
    with reading_directory():
        published = BusinessProfile.objects.published().filter(
            pk=profile, logo__sha256=sha256, partner__is_listed=True
        )
        profile_row = published.select_related("logo").first()
    return profile_row.logo if profile_row else None

"""Mails about enquiries, to the partner and to the customer."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import (
    BusinessProfile,
    EngagementType,
    Enquiry,
    Listing,
    Program,
)
from enrollment.services import directory, roles
from enrollment.services.directory import DirectorySearch
from portal import clock, limits, mail
from portal.actors import CLOCK, Member
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.models import Organization, Reason, Topic, User
from portal.models.organizations import introduce
from portal.reminders import Reminder
from portal.roles import Role
from portal.services import people as people_services
from portal.tenancy import acting_for, acting_for_all, reading_directory


def notify_partner(name: str, enquiry: Enquiry, *, key: str) -> None:
    """Queue a mail to everybody at the partner who can answer."""
    people = people_services.people_with(enquiry.partner, *roles.ANSWERERS)
    mail.queue_all(name, people, key=key, **_words(enquiry))


def _words(enquiry: Enquiry) -> dict[str, Any]:
    return {
        "enquiry": enquiry,
        "days_left": clock.days_until(enquiry.answer_by, enquiry.partner.time_zone),
        "path": enquiry.address_for(enquiry.partner),
    }


def notify_customer(name: str, enquiry: Enquiry, **context: Any) -> None:
    """Queue a mail to who has asked; to the admins where that person has left."""
    mail.queue_all(
        name,
        askers_of(enquiry),
        key=str(enquiry.pk),
        enquiry=enquiry,
        path=enquiry.address_for(enquiry.customer),
        **context,
    )


def notify_customer_of_end(name: str, enquiry: Enquiry) -> None:
    """Queue a mail that names other partners who could do the same."""
    others = directory.others_for(
        enquiry.engagement_type, enquiry.country, but=[enquiry.partner_id]
    )
    named = [(other.partner.name, partner_path(other)) for other in others]
    search = directory_path(enquiry)
    notify_customer(name, enquiry, others=named, search_path=search)


def askers_of(enquiry: Enquiry) -> list[User]:
    """List who at the customer is told."""
    people = people_services.people_with(enquiry.customer, *roles.ASKERS)
    if enquiry.asked_by in people:
        return [enquiry.asked_by]
    return people_services.people_with(enquiry.customer, Role.BENEFIT_ADMIN)


def partner_path(profile: BusinessProfile) -> str:
    """Return the address of a partner's public page."""
    country = profile.country.lower()
    return reverse("directory:partner", args=[profile.partner.slug, country])


def directory_path(enquiry: Enquiry) -> str:
    """Return the search that found the partner, or would have."""
    what = enquiry.engagement_type.slug if enquiry.engagement_type else ""
    search = reverse("directory:index")
    return f"{search}?country={enquiry.country}&what={what}"


def profile_to_ask(slug: str, country: str) -> BusinessProfile | None:
    """Return the published profile of a listed partner that takes enquiries."""
    with reading_directory():
        shown = directory.matching_profiles(
            DirectorySearch(country=country)
        ).select_related("partner")
        return shown.filter(partner__slug=slug).first()


def types_to_ask(partner: Organization) -> list[EngagementType]:
    """List what a partner can deliver today, by offering and name."""
    with reading_directory():
        listings = directory.current_listings(Listing.objects.filter(partner=partner))
        types = EngagementType.objects.filter(pk__in=listings.values("engagement_type"))
        return list(types.select_related("offering").order_by("offering__code", "name"))


def enquire(
    profile: BusinessProfile,
    *,
    engagement_type: EngagementType | None,
    message: str,
    by: Member,
) -> Enquiry:
    """Write to a listed partner for the actor's organization, once at a time.

    The partner learns who asks: both know each other's names from then on.
    """
    by.must_be(*roles.ASKERS)
    with acting_for(by.organization.pk, profile.partner_id, person=by.person_id):
        _ensure_listed(profile)
        _ensure_deliverable(engagement_type, profile.partner)
        limits.count_attempt("enquiry", by.organization_id, settings.ENQUIRY_LIMIT)
        enquiry = Enquiry(
            customer=by.organization,
            partner=profile.partner,
            country=profile.country,
            engagement_type=engagement_type,
            asked_by=by.person,
            message=message,
            answer_by=_answer_by(profile.partner, _program_of(engagement_type)),
        )
        _insert(enquiry)
        introduce(enquiry.customer, enquiry.partner)
        record("enquiry.sent", enquiry, by=by, parties=enquiry.parties)
        notify_partner("enquiry-received", enquiry, key=str(enquiry.pk))
    return enquiry


def _ensure_listed(profile: BusinessProfile) -> None:
    if (
        not directory.matching_profiles(DirectorySearch())
        .filter(pk=profile.pk)
        .exists()
    ):
        raise Refused(
            _("%(partner)s is not in the directory at present. Choose another partner.")
            % {"partner": profile.partner}
        )


def _ensure_deliverable(
    engagement_type: EngagementType | None, partner: Organization
) -> None:
    if engagement_type and engagement_type not in types_to_ask(partner):
        raise Refused(
            _("%(partner)s cannot deliver “%(type)s” at present.")
            % {"partner": partner, "type": engagement_type},
            field="engagement_type",
        )


def _program_of(engagement_type: EngagementType | None) -> Program:
    """Return the program whose days count; without a type the first one's."""
    if engagement_type:
        return engagement_type.offering.program
    return Program.objects.earliest("pk")


def _answer_by(partner: Organization, program: Program) -> date:
    today = clock.today(partner.time_zone)
    return today + timedelta(days=program.enquiry_answer_days)


def _insert(enquiry: Enquiry) -> None:
    try:
        with transaction.atomic():
            enquiry.save(force_insert=True)
    except IntegrityError as error:
        if "enquiry_one_waiting" not in str(error):
            raise
        waiting = Enquiry.objects.waiting().filter(customer=enquiry.customer)
        earlier = waiting.filter(partner=enquiry.partner).first()
        until = earlier.answer_by if earlier else enquiry.answer_by
        raise Refused(
            _(
                "Your organization has written to %(partner)s already."
                " The answer comes by %(date)s."
            )
            % {"partner": enquiry.partner, "date": date_format(until)}
        ) from error


def accept_enquiry(enquiry: Enquiry, *, answer: str, by: Member) -> None:
    """Say yes: customer and partner get each other's contact person."""
    with (
        acting_for(*enquiry.parties, person=by.person_id),
        lock_row(enquiry) as current,
    ):
        _ensure_asked(current, by)
        current.accept(answer=answer)
        current.answered_by = by.person
        current.save()
        record("enquiry.accepted", current, by=by, parties=current.parties)
        introduce(current.customer, current.partner)
        notify_customer("enquiry-accepted", current)


def decline_enquiry(enquiry: Enquiry, *, reason: Reason, note: str, by: Member) -> None:
    """Say no, with a reason that the customer reads."""
    with (
        acting_for(*enquiry.parties, person=by.person_id),
        lock_row(enquiry) as current,
    ):
        _ensure_asked(current, by)
        reason.must_fit(Topic.ENQUIRY, note)
        current.decline(reason=reason, answer=note)
        current.answered_by = by.person
        current.save()
        words = " ".join(filter(None, [f"{reason}.", note]))
        record(
            "enquiry.declined", current, by=by, parties=current.parties, reason=words
        )
        notify_customer_of_end("enquiry-declined", current)


def _ensure_asked(enquiry: Enquiry, by: Member) -> None:
    by.must_be(*roles.ANSWERERS)
    if enquiry.partner_id != by.organization_id:
        raise Refused(_("This enquiry was sent to another company."))


def close_enquiry(enquiry: Enquiry) -> None:
    """End an enquiry that nobody answered, and name other partners to the customer."""
    with acting_for_all(), lock_row(enquiry) as current:
        current.close()
        current.save()
        record("enquiry.closed", current, by=CLOCK, parties=current.parties)
        notify_customer_of_end("enquiry-closed", current)


def _reminders(enquiries: list[Enquiry]) -> Iterator[mail.Letter]:
    partners = {enquiry.partner_id for enquiry in enquiries}
    people = people_services.people_of(partners, *roles.ANSWERERS)
    for enquiry in enquiries:
        key, words = f"{enquiry.pk}:{enquiry.reminder_offset}", _words(enquiry)
        for person in people[enquiry.partner_id]:
            yield mail.Letter("enquiry-reminder", person, key, words)


REMINDER = Reminder("Enquiry", Enquiry.objects.to_remind, _reminders, marks=())

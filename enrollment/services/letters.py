"""Mails about enquiries, to the partner and to the customer."""

from typing import Any

from django.urls import reverse

from enrollment.models import BusinessProfile, Enquiry
from enrollment.services.directory import others_for
from enrollment.services.rights import ANSWERERS, ASKERS
from portal import clock, mail
from portal.models import User
from portal.roles import Role
from portal.services import people_with


def tell_partner(name: str, enquiry: Enquiry, *, key: str) -> None:
    """Queue a mail to everybody at the partner who can answer."""
    left = clock.days_until(enquiry.answer_by, enquiry.partner.time_zone)
    mail.queue_all(
        name,
        people_with(enquiry.partner, *ANSWERERS),
        key=key,
        enquiry=enquiry,
        days_left=left,
        path=enquiry.address_for(enquiry.partner),
    )


def tell_customer(name: str, enquiry: Enquiry, **context: Any) -> None:
    """Queue a mail to who has asked; to the admins where that person has left."""
    mail.queue_all(
        name,
        askers_of(enquiry),
        key=str(enquiry.pk),
        enquiry=enquiry,
        path=enquiry.address_for(enquiry.customer),
        **context,
    )


def tell_customer_of_end(name: str, enquiry: Enquiry) -> None:
    """Queue a mail that names other partners who could do the same."""
    others = others_for(
        enquiry.engagement_type, enquiry.country, but=[enquiry.partner_id]
    )
    named = [(other.partner.name, partner_path(other)) for other in others]
    search = directory_path(enquiry)
    tell_customer(name, enquiry, others=named, search_path=search)


def askers_of(enquiry: Enquiry) -> list[User]:
    """List who at the customer is told."""
    people = people_with(enquiry.customer, *ASKERS)
    if enquiry.asked_by in people:
        return [enquiry.asked_by]
    return people_with(enquiry.customer, Role.BENEFIT_ADMIN)


def partner_path(profile: BusinessProfile) -> str:
    """Give the address of a partner's public page."""
    country = profile.country.lower()
    return reverse("directory:partner", args=[profile.partner.slug, country])


def directory_path(enquiry: Enquiry) -> str:
    """Give the search that found the partner, or would have."""
    what = enquiry.engagement_type.slug if enquiry.engagement_type else ""
    search = reverse("directory:index")
    return f"{search}?country={enquiry.country}&what={what}"

"""Mails to a partner's admins about its enrollment."""

from typing import Any

from django.urls import reverse

from enrollment.services.rights import ADMINS
from portal import mail
from portal.models import Organization
from portal.services import people_with


def tell_admins(partner: Organization, name: str, key: object, **context: Any) -> None:
    """Queue one mail to each of the partner's admins, with a way to its pages."""
    enrollment = context.get("enrollment")
    home = reverse("enrollment:overview", args=[partner.slug])
    path = enrollment.get_absolute_url() if enrollment else home
    mail.queue_all(
        name,
        people_with(partner, *ADMINS),
        key=str(key),
        partner=partner,
        path=path,
        **context,
    )

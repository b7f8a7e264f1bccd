"""Mails to a partner's admins about its enrollment."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.urls import reverse

from enrollment.models import Enrollment
from enrollment.services import roles
from portal import mail
from portal.models import Organization
from portal.services import people


def notify_admins(
    partner: Organization, name: str, key: object, **context: Any
) -> None:
    """Queue one mail to each of the partner's admins, with a way to its pages."""
    enrollment = context.get("enrollment")
    home = reverse("enrollment:overview", args=[partner.slug])
    path = enrollment.get_absolute_url() if enrollment else home
    mail.queue_all(
        name,
        people.people_with(partner, *roles.ADMINS),
        key=str(key),
        partner=partner,
        path=path,
        **context,
    )


# An enrollment, what the key of its mails ends with, and what they say beside.
Fact = tuple[Enrollment, object, dict[str, Any]]


def letters_of(name: str, facts: Collection[Fact]) -> dict[int, list[mail.Letter]]:
    """Return by enrollment the letters about it.

    Where a partner has no admin who could read its mail, the sponsor's reviewers are
    told instead. Two queries, however many enrollments there are.
    """
    partners = {enrollment.partner_id for enrollment, _key, _context in facts}
    admins = people.people_of(partners, *roles.ADMINS)
    reviewers = people.staff_with(*roles.REVIEWERS)
    letters: dict[int, list[mail.Letter]] = defaultdict(list)
    for enrollment, key, context in facts:
        readers = admins[enrollment.partner_id]
        template, mail_key = name, str(key)
        path = enrollment.get_absolute_url()
        if not readers:
            readers, path = reviewers, admin_path(enrollment)
            template, mail_key = "enrollment-unattended", f"{name}:{key}"
        words = {
            "partner": enrollment.partner,
            "enrollment": enrollment,
            "path": path,
            **context,
        }
        letters[enrollment.pk] = [
            mail.Letter(template, person, mail_key, words) for person in readers
        ]
    return letters


def admin_path(enrollment: Enrollment) -> str:
    """Return the page on which the sponsor's people decide about an enrollment."""
    return reverse("admin:enrollment_enrollment_change", args=[enrollment.pk])

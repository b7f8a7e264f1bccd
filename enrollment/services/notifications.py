"""Mails to a partner's admins about its enrollment."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from enrollment.models import Enrollment
from enrollment.services import roles
from portal import mail
from portal.models import Email, Membership, Organization, User
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


class Letters:
    """Mails about many enrollments, written before their rows are locked.

    Where a partner has no admin who could read its mail, the sponsor's reviewers are
    told instead.
    """

    def __init__(self, periods: Iterable[Enrollment]) -> None:
        """Find everybody who may have to be told, in two queries."""
        self._admins: dict[int, list[User]] = defaultdict(list)
        members = Membership.objects.with_role(*roles.ADMINS).filter(
            organization__in={period.partner_id for period in periods},
            person__is_active=True,
        )
        for member in members.select_related("person").order_by("pk"):
            self._admins[member.organization_id].append(member.person)
        self._reviewers = people.staff_with(*roles.REVIEWERS)
        self._written: dict[tuple[int, object], list[Email]] = {}

    def write(
        self, name: str, enrollment: Enrollment, key: object, **context: Any
    ) -> None:
        """Write the mail about an enrollment to everybody whom it concerns."""
        partner = enrollment.partner
        admins = self._admins[enrollment.partner_id]
        words = {"partner": partner, "enrollment": enrollment, **context}
        if admins:
            words["path"] = enrollment.get_absolute_url()
        else:
            words["path"] = admin_path(enrollment)
            name, key = "enrollment-unattended", f"{name}:{key}"
        letters = (
            mail.Letter(name, person, str(key), words)
            for person in admins or self._reviewers
        )
        offset = words.get("reminder_offset")
        self._written[enrollment.pk, offset] = list(mail.write_all(letters))

    def post(self, keys: Iterable[tuple[int, int | None]]) -> None:
        """Put the letters about these enrollments and offsets into the outbox."""
        mail.put_all(email for key in keys for email in self._written.get(key, []))


def admin_path(enrollment: Enrollment) -> str:
    """Return the page on which the sponsor's people decide about an enrollment."""
    return reverse("admin:enrollment_enrollment_change", args=[enrollment.pk])

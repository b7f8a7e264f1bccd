"""The demo's people: who they are, and how each passes the second factor."""

import time
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.utils.translation import gettext as _

from portal.models import Document, Email, SealedBody, User
from portal.roles import Duty
from portal.tenancy import acting_as_mailer, rows_of_everybody
from portal.text import join_words

# A password for invented people on one's own machine.
PASSWORD = "planning-days-2026"  # noqa: S105 -- shown on purpose, refused outside the demo


@dataclass(frozen=True)
class DemoPerson:
    """One line of the list of people that the demo prints."""

    organization: str
    role: str
    name: str
    email: str
    password: str
    code: str


def people() -> list[DemoPerson]:
    """List everybody with a place in the demo; each code is valid for 30 seconds."""
    users = User.objects.prefetch_related("memberships__organization", "groups")
    secrets = {
        authenticator.user_id: str(authenticator.data["secret"])
        for authenticator in Authenticator.objects.filter(type=Authenticator.Type.TOTP)
    }
    return [
        DemoPerson(
            organization,
            role,
            person.name,
            person.email,
            PASSWORD,
            current_code(secrets[person.pk]) if person.pk in secrets else "",
        )
        for person in users.order_by("is_staff", "pk")
        if person.email.endswith(".example")
        for organization, role in _places(person)
    ]


def _places(person: User) -> list[tuple[str, str]]:
    if person.is_staff:
        duties = join_words(Duty(group.name).label for group in person.groups.all())
        return [(_("Sponsor (admin)"), duties)]
    return [(m.organization.name, m.role_names) for m in person.memberships.all()]


def current_code(secret: str) -> str:
    counter = int(time.time()) // 30
    return str(format_hotp_value(hotp_value(secret, counter)))


def mails() -> list[Email]:
    """Return the last mails with what they say: the demo hides none of it."""
    emails = Email.objects.select_related("attachment").order_by("-pk")[:30]
    last = list(emails)
    with acting_as_mailer():
        sealed = SealedBody.objects.in_bulk([email.key for email in last])
    for email in last:
        if email.key in sealed:
            email.body = sealed[email.key].words
    return last


def attachment(pk: int) -> Document | None:
    """Return a file that some mail carries, whoever asks: the demo hides no mail."""
    with rows_of_everybody():
        carried = Email.objects.filter(attachment=pk).select_related("attachment")
        mail = carried.first()
    return mail.attachment if mail else None


def desk() -> dict[str, Any]:
    """Gather what the demo's page shows of everybody."""
    with rows_of_everybody():
        return {"people": people(), "mails": mails()}


def is_on() -> bool:
    return bool(settings.DEMO)

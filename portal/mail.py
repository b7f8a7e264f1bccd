"""Telling people: a mail is a row of the change it tells of, sent by a worker."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils.translation import override

from portal.db import nudge
from portal.models import Email, User
from portal.tasks import send_email


def queue(name: str, *, to: User, key: str, **context: Any) -> None:
    """Queue the mail ``emails/<name>`` to one person, once per ``key`` for ever.

    It speaks the person's language. The key names the deed: a deed that can happen
    again puts its date or audit entry in.
    """
    with override(to.language):
        words = {"person": to, "origin": settings.ORIGIN, **context}
        subject = render_to_string(f"emails/{name}-subject.txt", words).strip()
        body = render_to_string(f"emails/{name}-body.txt", words).strip() + "\n"
    put(f"{name}:{key}:{to.pk}", to.email, subject, body)


def queue_all(name: str, people: Iterable[User], *, key: str, **context: Any) -> None:
    """Queue one mail to each person, each of them once."""
    for person in {person.pk: person for person in people}.values():
        queue(name, to=person, key=key, **context)


def put(key: str, to: str, subject: str, body: str) -> None:
    """Put a mail into the outbox unless one with its key lies there already."""
    email = Email(key=key, to=to, subject=subject[:250], body=body)
    Email.objects.bulk_create([email], ignore_conflicts=True)
    nudge(send_email, key)


class OutboxBackend(BaseEmailBackend):
    """Puts the mails of Django and allauth into the same outbox as ours."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for to in message.to:
                put(f"account:{uuid4()}", to, str(message.subject), str(message.body))
        return len(email_messages)

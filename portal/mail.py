"""Telling people: a mail is a row of the change it tells of, sent by a worker."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from celery import signature
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils.translation import override

from portal import text
from portal.db import nudge
from portal.models import Document, Email, SealedBody, User

# So many mails are written by one statement.
BATCH = 1000
# An address of an organization's page, with its word.
LEADS_TO = re.compile(r"/o/([^/]+)/")
# The task's name: it stands above us, since sending tells people too.
SEND = "portal.tasks.send_email"


@dataclass(frozen=True)
class Letter:
    """A mail to one person, before it is written: whose, of which action, with what."""

    to: User
    key: str
    context: dict[str, Any] = field(default_factory=dict)

    def write(self, name: str) -> Email:
        """Write the mail ``emails/<name>`` in the person's language."""
        with override(self.to.language):
            words = {"person": self.to, "origin": settings.ORIGIN, **self.context}
            subject = render_to_string(f"emails/{name}-subject.txt", words)
            body = render_to_string(f"emails/{name}-body.txt", words)
        email = written(f"{name}:{self.key}:{self.to.pk}", self.to.email, subject, body)
        if self.to.pk:
            email.person, email.place = self.to, self.place
        return email

    @property
    def place(self) -> str:
        """Return the word of the organization that only its people are told of.

        Who hears that the own access has ended is told as somebody who has left:
        ``to_former``.
        """
        leads_to = LEADS_TO.match(str(self.context.get("path", "")))
        is_for_members = leads_to and not self.context.get("to_former")
        return leads_to[1] if is_for_members and leads_to else ""


def written(key: str, to: str, subject: str, body: str) -> Email:
    """Return the row of a mail; no name in it can tear its head or body apart."""
    return Email(
        key=key,
        to=to,
        subject=text.one_line(subject)[:250],
        body=text.many_lines(body).strip() + "\n",
    )


def queue(
    name: str,
    *,
    to: User,
    key: str,
    attachment: Document | None = None,
    **context: Any,
) -> None:
    """Queue the mail ``emails/<name>`` to one person, once per ``key`` for ever.

    It speaks the person's language. The key names the action: an action that can happen
    again puts its date or audit entry in.
    """
    email = Letter(to, key, context).write(name)
    email.attachment = attachment
    put(email)


def queue_sealed(
    name: str, *, to: User, key: str, caused_by: User | None = None, **context: Any
) -> None:
    """Queue the mail ``emails/<name>``, which opens an account, to one person.

    Nobody but the worker reads its body. Its subject gives nothing away. Who typed the
    address (``caused_by``) is told when no mail reaches it; an invitation shows it too.
    """
    email = Letter(to, key, context).write(name)
    email.caused_by, email.invitation = caused_by, context.get("invitation")
    put_sealed(email)


def queue_to_every_address(
    name: str, *, person: User, key: str, **context: Any
) -> None:
    """Queue a sealed mail to each address that a person has verified.

    Whoever holds one of them hears what happens to the account.
    """
    verified = EmailAddress.objects.filter(user=person, verified=True)
    for address in verified.values_list("email", flat=True).order_by("pk"):
        email = Letter(person, f"{key}:{address}", context).write(name)
        email.to, email.person = address, None
        put_sealed(email)


def queue_all(
    name: str,
    people: Iterable[User],
    *,
    key: str,
    attachment: Document | None = None,
    **context: Any,
) -> None:
    """Queue one mail to each person, each of them once, by one statement."""
    each_once = {person.pk: person for person in people}.values()
    emails = [Letter(person, key, context).write(name) for person in each_once]
    for email in emails:
        email.attachment = attachment
    put_now(emails)


def queue_to(
    name: str, address: str, *, key: str, caused_by: User | None = None, **context: Any
) -> None:
    """Queue a mail to an address without an account, in the language of the action."""
    words = {"origin": settings.ORIGIN, **context}
    subject = render_to_string(f"emails/{name}-subject.txt", words)
    body = render_to_string(f"emails/{name}-body.txt", words)
    email = written(f"{name}:{key}", address, subject, body)
    email.caused_by = caused_by
    put(email)


def queue_many(name: str, letters: Iterable[Letter]) -> int:
    """Queue a mail to many people with few statements; gives the number written.

    No worker is told of each: the sweep of the outbox finds them within a minute.
    """
    emails, number = (letter.write(name) for letter in letters), 0
    while batch := list(islice(emails, BATCH)):
        Email.objects.bulk_create(batch, ignore_conflicts=True)
        number += len(batch)
    return number


def put(email: Email) -> None:
    """Put a mail into the outbox unless one with its key lies there already."""
    put_now([email])


def put_now(emails: Sequence[Email]) -> None:
    """Put mails into the outbox, each key once, and tell a worker of each."""
    Email.objects.bulk_create(emails, ignore_conflicts=True)
    for email in emails:
        nudge(signature(SEND), email.key)


def put_sealed(email: Email) -> None:
    """Put a mail into the outbox whose body opens an account."""
    SealedBody.objects.bulk_create(
        [SealedBody(key=email.key, words=email.body)], ignore_conflicts=True
    )
    email.body = ""
    put(email)


def put_all(emails: Iterable[Email]) -> None:
    """Put many written mails into the outbox, each key once; the sweep sends them."""
    Email.objects.bulk_create(list(emails), batch_size=BATCH, ignore_conflicts=True)


class OutboxBackend(BaseEmailBackend):
    """Puts the mails of Django and allauth into the same outbox as ours.

    They bring codes and links that open an account, so all of them are sealed.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for to in message.to:
                subject, body = str(message.subject), str(message.body)
                put_sealed(written(f"account:{uuid4()}", to, subject, body))
        return len(email_messages)

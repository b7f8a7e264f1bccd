"""Telling people: a mail is a row of the change it tells of, sent by a worker."""

import re
from collections.abc import Iterable, Iterator, Sequence
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
# The tasks' names: they stand above us, since sending tells people too.
SEND = "portal.tasks.send_email"
SEND_ALL = "portal.tasks.send_emails"


@dataclass(frozen=True)
class Addressee:
    """Whom a mail is written to, as long as it is the same for many people."""

    name: str


# Nobody can type it: no name holds it, and it is put to no other use.
ANYBODY = Addressee(f"name-{uuid4()}")


@dataclass(frozen=True)
class Letter:
    """A mail ``emails/<name>`` to one person, before it is written.

    ``key`` names the action that it tells of. Letters to several people that say the
    same share one ``context``: it is put into words once for each language.
    """

    name: str
    to: User
    key: str
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def outbox_key(self) -> str:
        return f"{self.name}:{self.key}:{self.to.pk}"

    def words(self) -> tuple[str, str]:
        """Return subject and body in the person's language, to ``ANYBODY``."""
        with override(self.to.language):
            return words_of(self.name, {"person": ANYBODY, **self.context})

    def write(self) -> Email:
        """Write it alone; ``LetterWriter`` writes many."""
        return self.written_with(*self.words())

    def written_with(self, *words: str) -> Email:
        """Return the mail of words to ``ANYBODY``, with this person's name."""
        subject, body = (word.replace(ANYBODY.name, self.to.name) for word in words)
        email = email_of(self.outbox_key, self.to.email, subject, body)
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
        return leads_to[1] if leads_to and not self.context.get("to_former") else ""


def words_of(name: str, context: dict[str, Any]) -> tuple[str, str]:
    """Return subject and body of the mail ``emails/<name>``."""
    words = {"origin": settings.ORIGIN, **context}
    subject = render_to_string(f"emails/{name}-subject.txt", words)
    return subject, render_to_string(f"emails/{name}-body.txt", words)


class LetterWriter:
    """Writes letters; those that follow each other and say the same, worded once."""

    def __init__(self) -> None:
        self._context: dict[str, Any] | None = None
        self._worded: dict[tuple[str, str], tuple[str, str]] = {}

    def write(self, letter: Letter) -> Email:
        if letter.context is not self._context:
            self._context, self._worded = letter.context, {}
        alike = letter.name, letter.to.language
        if alike not in self._worded:
            self._worded[alike] = letter.words()
        return letter.written_with(*self._worded[alike])


def write_all(letters: Iterable[Letter]) -> Iterator[Email]:
    return map(LetterWriter().write, letters)


def email_of(key: str, to: str, subject: str, body: str) -> Email:
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
    email = Letter(name, to, key, context).write()
    email.attachment = attachment
    put(email)


def queue_sealed(
    name: str, *, to: User, key: str, caused_by: User | None = None, **context: Any
) -> None:
    """Queue the mail ``emails/<name>``, which opens an account, to one person.

    Nobody but the worker reads its body. Its subject gives nothing away. Who typed the
    address (``caused_by``) is told when no mail reaches it; an invitation shows it too.
    """
    email = Letter(name, to, key, context).write()
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
        email = Letter(name, person, f"{key}:{address}", context).write()
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
    emails = list(write_all(letters_to(name, people, key, context)))
    for email in emails:
        email.attachment = attachment
    put_now(emails)


def letters_to(
    name: str, people: Iterable[User], key: str, context: dict[str, Any]
) -> list[Letter]:
    """Return the same letter to each person, each of them once."""
    each_once = {person.pk: person for person in people}.values()
    return [Letter(name, person, key, context) for person in each_once]


def queue_letters(*letters: Letter) -> None:
    """Queue the letters of one action by one statement, and tell a worker of them."""
    put_now(list(write_all(letters)))


def queue_to(
    name: str, address: str, *, key: str, caused_by: User | None = None, **context: Any
) -> None:
    """Queue a mail to an address without an account, in the language of the action."""
    email = email_of(f"{name}:{key}", address, *words_of(name, context))
    email.caused_by = caused_by
    put(email)


def queue_many(letters: Iterable[Letter]) -> int:
    """Queue mails to many people with few statements; returns the number written.

    No worker is told of each: the sweep of the outbox finds them within a minute.
    """
    return put_all(write_all(letters))


class Drafts:
    """Letters that are written before rows are locked: nobody waits for the words."""

    def __init__(self) -> None:
        self._writer = LetterWriter()
        self._written: dict[str, tuple[Letter, Email]] = {}

    def write(self, letters: Iterable[Letter]) -> None:
        """Write letters ahead, as things stand."""
        for letter in letters:
            written_one = letter, self._writer.write(letter)
            self._written.setdefault(letter.outbox_key, written_one)

    def post(self, letters: Iterable[Letter]) -> int:
        """Queue these letters; what is not written, or says something else, is now.

        Returns their number.
        """
        return put_all(self._email(letter) for letter in letters)

    def _email(self, letter: Letter) -> Email:
        same, email = self._written.get(letter.outbox_key, (None, None))
        return email if email and same == letter else self._writer.write(letter)


def put(email: Email) -> None:
    """Put a mail into the outbox unless one with its key lies there already."""
    put_now([email])


def put_now(emails: Sequence[Email]) -> None:
    """Put mails into the outbox, each key once, and tell a worker of all of them."""
    Email.objects.bulk_create(emails, ignore_conflicts=True)
    match [email.key for email in emails]:
        case [key]:
            nudge(signature(SEND), key)
        case [_, *_] as keys:
            nudge(signature(SEND_ALL), keys)


def put_sealed(email: Email) -> None:
    """Put a mail into the outbox whose body opens an account."""
    SealedBody.objects.bulk_create(
        [SealedBody(key=email.key, words=email.body)], ignore_conflicts=True
    )
    email.body = ""
    put(email)


def put_all(emails: Iterable[Email]) -> int:
    """Put many written mails into the outbox, each key once; the sweep sends them.

    Returns their number.
    """
    emails, number = iter(emails), 0
    while batch := list(islice(emails, BATCH)):
        Email.objects.bulk_create(batch, ignore_conflicts=True)
        number += len(batch)
    return number


class OutboxBackend(BaseEmailBackend):
    """Puts the mails of Django and allauth into the same outbox as ours.

    They bring codes and links that open an account, so all of them are sealed.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for to in message.to:
                subject, body = str(message.subject), str(message.body)
                put_sealed(email_of(f"account:{uuid4()}", to, subject, body))
        return len(email_messages)

"""Handing mails to the mail server, and what becomes of those it does not take."""

import logging
import smtplib
import socket
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, Q, QuerySet, Value

from portal import clock, mail, text
from portal.models import (
    Document,
    Email,
    Invitation,
    MailProblem,
    Membership,
    SealedBody,
)
from portal.tenancy import acting_as_mailer

# While the server is away a mail is tried each minute, then each hour, for three days.
QUICK_TRIES = 5
TRIES = QUICK_TRIES + 72
# What fails on our side, as a header that cannot be written does, mends itself rarely.
FEW_TRIES = 3
PERMANENT = range(500, 600)
# The server itself is not to be reached: no other mail would get through.
OUTAGES = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)

logger = logging.getLogger(__name__)


class EmptyMail(ValueError):
    """A mail that has no words, or nobody whom it reaches."""


def unsent_mails() -> QuerySet[Email]:
    return Email.objects.filter(sent_at=None, set_aside_at=None)


def due_mails() -> QuerySet[Email]:
    """List the mails whose turn it is, those that failed least often first."""
    pause = timedelta(hours=1)
    hours_tried = (F("attempts") - QUICK_TRIES) * Value(pause)
    is_turn = Q(queued_at__lt=clock.now() - pause - hours_tried)
    waiting = unsent_mails().filter(Q(attempts__lt=QUICK_TRIES) | is_turn)
    return waiting.order_by("attempts", "queued_at")


def attempt(key: str) -> Exception | None:
    """Try one mail, unless it has gone or is going; gives what went wrong.

    A mail that the server refuses for good is set aside at once, one that cannot be
    written after a few tries, any other after three days.
    """
    current = unsent_mails().select_for_update(
        skip_locked=True, of=("self",), no_key=True
    )
    email = current.filter(key=key).first()
    if email is None:
        return None
    if not concerns_its_person(email):
        email.set_aside_at = clock.now()
        email.last_error = MailProblem.PERSON_LEFT
        forget_words_of(email)
        email.save(update_fields=["set_aside_at", "last_error"])
        return None
    failure: Exception | None = None
    email.attempts += 1
    try:
        with transaction.atomic():
            deliver(email)
    except Exception as error:  # noqa: BLE001 -- one mail never stops the others
        failure = error
        email.last_error = text.one_line(_words_of(error, is_sealed=not email.body))
        if _is_final(error) or email.attempts >= _tries(error):
            set_aside(email)
            logger.warning("Mail %s is set aside: %s", email.pk, email.last_error)
            failure = None
    else:
        email.sent_at = clock.now()
        forget_words_of(email)
    email.save(update_fields=["sent_at", "set_aside_at", "attempts", "last_error"])
    return failure


def concerns_its_person(email: Email) -> bool:
    """Tell whether a mail still concerns its person, at the moment of telling.

    The account is open, and where the mail leads to pages of an organization, the
    person still has access there. A guest has no account to lose.
    """
    person = email.person
    if person is None:
        return True
    seats = Membership.objects.active().filter(organization__slug=email.place)
    is_there = not email.place or seats.filter(person=person).exists()
    return person.is_active and is_there


def deliver(email: Email) -> None:
    """Hand one mail to the mail server; raises when it cannot or does not take it."""
    body = email.body or sealed_words(email.key)
    server: dict[str, Any] = settings.MAIL_SERVER
    message = EmailMessage(
        email.subject,
        body,
        settings.DEFAULT_FROM_EMAIL,
        # Where the person is reached now.
        [email.person.email if email.person else email.to],
        # The same mail always has the same id, so that a receiver can drop a double.
        headers={"Message-ID": f"<{email.pk}.portal@{settings.MAIL_DOMAIN}>"},
        connection=get_connection(settings.MAIL_DELIVERY, **server),
    )
    if email.attachment:
        attach(message, email.attachment)
    if not (body and message.send()):
        raise EmptyMail


def sealed_words(key: str) -> str:
    """Read what a mail says that opens an account; nothing once it has gone."""
    with acting_as_mailer():
        sealed = SealedBody.objects.filter(pk=key).first()
    return sealed.words if sealed else ""


def forget_words_of(email: Email) -> None:
    """Take out what a sent mail said, if it opens an account."""
    if not email.body and not settings.MAIL_STAYS:
        with acting_as_mailer():
            SealedBody.objects.filter(pk=email.key).delete()


def attach(message: EmailMessage, document: Document) -> None:
    """Put a kept file into a mail; a store that is away counts as a mail server is."""
    with document.open() as file:
        message.attach(document.name, file.read(), document.content_type)


def set_aside(email: Email) -> None:
    """Try a mail no more, and tell whoever caused it."""
    email.set_aside_at = clock.now()
    if email.invitation_id:
        invitations = Invitation.objects.filter(pk=email.invitation_id)
        invitations.update(undelivered_at=email.set_aside_at)
    if email.caused_by and email.caused_by.email != email.to:
        mail.queue("undelivered", to=email.caused_by, key=str(email.pk), email=email)


def _tries(error: Exception) -> int:
    return TRIES if isinstance(error, OSError) else FEW_TRIES


def _is_final(error: Exception) -> bool:
    """Tell whether the server refuses this very mail for good.

    [RFC 5321 4.2.1]
    """
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code in PERMANENT for code, _said in error.recipients.values())
        case smtplib.SMTPDataError():
            return error.smtp_code in PERMANENT
    # The address has letters for which the server has no means.
    return isinstance(error, smtplib.SMTPNotSupportedError)


def _words_of(error: Exception, *, is_sealed: bool) -> str:
    match error:
        case EmptyMail():
            return MailProblem.EMPTY
        case smtplib.SMTPRecipientsRefused():
            answers = [
                _answer_text(code, words) for code, words in error.recipients.values()
            ]
            return "; ".join(answers)
        case smtplib.SMTPResponseException():
            # A server that refuses a mail may quote from it.
            quoted = b"" if is_sealed else error.smtp_error
            return _answer_text(error.smtp_code, quoted)
    name = type(error).__name__
    return name if is_sealed else str(error)[:1000] or name


def _answer_text(code: int, words: bytes | str) -> str:
    plain = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {plain[:1000]}"

"""Background work of the floor: the outbox, and sessions that have ended."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, Q, Value

from portal import clock, services
from portal.models import Document, Email, SealedBody
from portal.sessions import SessionStore
from portal.tenancy import acting_as_mailer, acting_for_all

# A mail is tried each minute at first, then each hour, for three days.
QUICK_TRIES = 5
TRIES = QUICK_TRIES + 72
# After that a mail is tried no more, and its links and codes have long ended.
SEALED_LIFE = timedelta(days=7)


@shared_task
def send_email(key: str) -> None:
    """Send one queued mail.

    Safe to run twice or side by side: the row stays locked while the mail goes out,
    and a mail that has gone or is going is passed over. If the worker dies or the mail
    server refuses, ``send_waiting`` picks the mail up.
    """
    with acting_for_all():
        unsent = Email.objects.select_for_update(skip_locked=True).filter(sent_at=None)
        email = unsent.filter(key=key).first()
        if email is None:
            return
        try:
            with transaction.atomic():
                deliver(email)
        except OSError as error:
            # A server that refuses a mail may quote from it.
            email.last_error = str(error) if email.body else type(error).__name__
            failure: OSError | None = error
        else:
            email.sent_at = clock.now()
            failure = None
            forget_words_of(email)
        email.attempts = F("attempts") + 1
        email.save(update_fields=["sent_at", "attempts", "last_error"])
    if failure:
        raise failure


def deliver(email: Email) -> None:
    """Hand one mail to the mail server; raises ``OSError`` when it does not take it."""
    body = email.body or sealed_words(email.key)
    server: dict[str, Any] = settings.MAIL_SERVER
    message = EmailMessage(
        email.subject,
        body,
        settings.DEFAULT_FROM_EMAIL,
        [email.to],
        # The same mail always has the same id, so that a receiver can drop a double.
        headers={"Message-ID": f"<{email.pk}.portal@{settings.MAIL_DOMAIN}>"},
        connection=get_connection(settings.MAIL_DELIVERY, **server),
    )
    if email.attachment:
        attach(message, email.attachment)
    message.send()


def sealed_words(key: str) -> str:
    """Read what a mail says that opens an account; nothing once it has gone."""
    with acting_as_mailer():
        sealed = SealedBody.objects.filter(pk=key).first()
    return sealed.words if sealed else ""


def forget_words_of(email: Email) -> None:
    """Take out what a sent mail said, if it opens an account; the demo shows it."""
    if not email.body and not settings.DEMO:
        with acting_as_mailer():
            SealedBody.objects.filter(pk=email.key).delete()


def attach(message: EmailMessage, document: Document) -> None:
    """Put a kept file into a mail; a store that is away counts as a mail server is."""
    with document.open() as file:
        message.attach(document.name, file.read(), document.content_type)


@shared_task
def send_waiting() -> int:
    """Queue again whatever is still unsent; run every minute. Gives their number.

    Safe to run twice: ``send_email`` passes over what has gone.
    """
    pause = timedelta(hours=1)
    hours_tried = (F("attempts") - QUICK_TRIES) * Value(pause)
    is_turn = Q(queued_at__lt=clock.now() - pause - hours_tried)
    with acting_for_all():
        unsent = Email.objects.filter(sent_at=None, attempts__lt=TRIES)
        waiting = unsent.filter(Q(attempts__lt=QUICK_TRIES) | is_turn)
        first = waiting.order_by("attempts", "queued_at")
        keys = list(first.values_list("key", flat=True)[:1000])
    for key in keys:
        send_email.delay(key)
    return len(keys)


@shared_task
def forget_sealed() -> None:
    """Take out what mails said that could not be sent; run every night.

    Safe to run twice: there is nothing left to take out.
    """
    with acting_as_mailer():
        old = SealedBody.objects.filter(queued_at__lt=clock.now() - SEALED_LIFE)
        old.delete()


@shared_task
def check_zones() -> int:
    """Say whose time zone is unknown; run hourly, before the deadlines' work.

    Safe to run twice. Gives the number of organizations that are passed over.
    """
    return services.check_zones()


@shared_task
def forget_sessions() -> None:
    """Take sessions that have ended out of the database; run every night.

    Safe to run twice: there is nothing left to take out.
    """
    SessionStore.clear_expired()

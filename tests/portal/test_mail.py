"""The outbox: written with the change, sent after it, once."""

from datetime import timedelta
from functools import partial

import pytest
from django.core import mail as outbox
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from portal import clock, documents, mail
from portal.models import Email, User
from portal.tasks import send_email, send_waiting
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories import PartnerFactory, UserFactory
from tests.story import PNG


@pytest.fixture
def told(monkeypatch):
    """Give the keys of the mails of which a worker was told."""
    keys = []
    monkeypatch.setattr(send_email, "delay", keys.append)
    return keys


@pytest.fixture
def waiting(db):
    return Email.objects.create(
        key="greeting", to="person@example.com", subject="Hello", body="Good morning."
    )


@pytest.fixture
def greet(monkeypatch):
    """Queue a mail with words of its own."""
    monkeypatch.setattr(mail, "render_to_string", lambda name, words: name)
    return partial(mail.queue, "greeting")


@pytest.mark.django_db
def test_one_deed_tells_a_person_once(greet):
    person = UserFactory()

    greet(to=person, key="1")
    greet(to=person, key="1")

    assert Email.objects.get().key == f"greeting:1:{person.pk}"


@pytest.mark.django_db
def test_another_deed_tells_again(greet):
    person = UserFactory()

    greet(to=person, key="1")
    greet(to=person, key="2")

    assert Email.objects.count() == 2


@pytest.mark.django_db
def test_people_named_twice_are_told_once(greet, monkeypatch):
    person = UserFactory()

    mail.queue_all("greeting", [person, person], key="1")

    assert Email.objects.get().to == person.email


@pytest.mark.django_db
def test_an_organization_writes_mails_but_reads_none(greet):
    person = UserFactory()

    with acting_for(PartnerFactory().pk):
        greet(to=person, key="1")
        greet(to=person, key="1")
        assert not Email.objects.exists()

    assert Email.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_told_after_the_commit(greet, told):
    with transaction.atomic():
        greet(to=User(email="guest@example.com"), key="1")
        assert told == []

    assert told == ["greeting:1:None"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_of_a_change_that_was_rolled_back(greet, told):
    with transaction.atomic():
        greet(to=User(email="guest@example.com"), key="1")
        transaction.set_rollback(True)

    assert told == []
    assert not Email.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_costs_nobody_the_change(greet, monkeypatch):
    def fail(key):
        raise ConnectionError

    monkeypatch.setattr(send_email, "delay", fail)
    with transaction.atomic():
        greet(to=User(email="guest@example.com"), key="1")

    assert Email.objects.get().sent_at is None


def test_a_mail_is_sent_once_however_often_the_task_runs(waiting):
    send_email("greeting")
    send_email("greeting")

    assert [message.subject for message in outbox.outbox] == ["Hello"]
    assert outbox.outbox[0].to == ["person@example.com"]
    assert Email.objects.get().sent_at


def test_the_same_mail_always_has_the_same_id(waiting):
    send_email("greeting")

    assert outbox.outbox[0].extra_headers["Message-ID"] == (
        f"<{waiting.pk}.portal@localhost>"
    )


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_mail_once():
    Email.objects.create(key="greeting", to="a@example.com", subject="Hi", body="Hi")

    at_once(*[partial(send_email, "greeting")] * 4)

    assert len(outbox.outbox) == 1


def test_a_failed_sending_is_noted_and_tried_again(waiting, monkeypatch):
    def fail(email):
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr("portal.tasks.deliver", fail)
    with pytest.raises(ConnectionRefusedError):
        send_email.run("greeting")

    email = Email.objects.get()
    assert (email.sent_at, email.attempts) == (None, 1)
    assert email.last_error == "nobody listens"


def test_the_sweep_finds_what_was_lost_and_passes_over_what_has_gone(waiting, told):
    assert send_waiting() == 1
    assert told == ["greeting"]

    send_email("greeting")

    assert send_waiting() == 0


@pytest.mark.parametrize(
    ("attempts", "hours", "is_due"),
    [
        (4, 0, True),
        (5, 0, False),
        (5, 2, True),
        (8, 2, False),
        (8, 5, True),
        (77, 99, False),
    ],
)
def test_a_mail_that_fails_is_tried_ever_more_rarely(
    waiting, told, attempts, hours, is_due
):
    queued_at = clock.now() - timedelta(hours=hours)
    Email.objects.update(attempts=attempts, queued_at=queued_at)

    assert send_waiting() == is_due


@pytest.mark.django_db
def test_the_mails_of_the_sign_in_pages_go_through_the_outbox(settings):
    settings.EMAIL_BACKEND = "portal.mail.OutboxBackend"

    send_mail("Your code", "ABCD", None, ["person@example.com"])

    assert Email.objects.get().subject == "Your code"
    assert outbox.outbox == []


@pytest.fixture
def minutes(db):
    """Give a small kept file."""
    return documents.keep(ContentFile(PNG, name="minutes.png"), parties=[])


def test_a_mail_carries_its_file(greet, minutes):
    greet(to=UserFactory(), key="1", attachment=minutes)

    email = Email.objects.get()
    send_email(email.key)

    assert email.attachment == minutes
    assert outbox.outbox[0].attachments == [("minutes.png", PNG, "image/png")]


def test_a_mail_whose_file_cannot_be_read_waits_for_it(greet, minutes):
    greet(to=UserFactory(), key="1", attachment=minutes)
    storages["documents"].delete(minutes.path)

    with pytest.raises(FileNotFoundError):
        send_email.run(Email.objects.get().key)

    assert Email.objects.get().sent_at is None
    assert outbox.outbox == []


@pytest.mark.parametrize("number", [1, 3])
def test_many_are_told_with_few_statements_and_once(
    db, monkeypatch, number, django_assert_num_queries
):
    monkeypatch.setattr(mail, "render_to_string", lambda name, words: name)
    letters = [mail.Letter(each, "1") for each in UserFactory.create_batch(number)]

    with django_assert_num_queries(1):
        assert mail.queue_many("greeting", iter(letters)) == number
    mail.queue_many("greeting", letters)

    assert Email.objects.count() == number


def test_the_demo_hands_out_what_its_mails_carry(client, settings, minutes, waiting):
    settings.DEMO = True
    Email.objects.update(attachment=minutes)
    address = reverse("demo_attachment", args=[minutes.pk])

    assert address in client.get(reverse("demo")).text
    assert b"".join(client.get(address).streaming_content) == PNG


def test_the_demo_hands_out_nothing_else(client, settings, minutes, waiting):
    settings.DEMO = True

    assert client.get(reverse("demo_attachment", args=[minutes.pk])).status_code == 404


def test_outside_the_demo_nothing_is_handed_out(client, settings, minutes, waiting):
    settings.DEMO = False
    Email.objects.update(attachment=minutes)

    assert client.get(reverse("demo_attachment", args=[minutes.pk])).status_code == 404

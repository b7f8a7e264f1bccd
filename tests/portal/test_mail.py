"""The outbox: written with the change, sent after it, once."""

import re
from datetime import timedelta
from email import message_from_string
from email.policy import default
from functools import partial
from socket import socket

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import get_language

from portal import clock, files
from portal import mail as portal_mail
from portal.findings import Refused
from portal.models import Email, User
from portal.roles import Duty, Role
from portal.services import invitations
from portal.services import mail as mail_services
from portal.tasks import send_email, send_emails, send_waiting
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories.portal import PartnerFactory, UserFactory, actor_of, staff_actor
from tests.smtp import mail_server
from tests.story import PNG


@pytest.fixture
def told(monkeypatch):
    """Return the keys of the mails of which a worker was told."""
    keys = []

    def tell(args, _kwargs, **options):
        assert 0 < options["expires"] <= 600
        keys.extend(args)

    monkeypatch.setattr(send_email, "apply_async", tell)
    return keys


@pytest.fixture
def waiting(db):
    return Email.objects.create(
        key="greeting", to="person@example.com", subject="Hello", body="Good morning."
    )


@pytest.fixture
def greet(monkeypatch):
    """Queue a mail with words of its own."""
    monkeypatch.setattr(portal_mail, "render_to_string", lambda name, words: name)
    return partial(portal_mail.queue, "greeting")


@pytest.mark.django_db
def test_one_action_tells_a_person_once(greet):
    person = UserFactory()

    greet(to=person, key="1")
    greet(to=person, key="1")

    assert Email.objects.get().key == f"greeting:1:{person.pk}"


@pytest.mark.django_db
def test_another_action_tells_again(greet):
    person = UserFactory()

    greet(to=person, key="1")
    greet(to=person, key="2")

    assert Email.objects.count() == 2


@pytest.mark.django_db
def test_people_named_twice_are_told_once(greet, monkeypatch):
    person = UserFactory()

    portal_mail.queue_all("greeting", [person, person], key="1")

    assert Email.objects.get().to == person.email


@pytest.mark.django_db
def test_what_is_equal_is_put_into_words_once_and_names_each_person(monkeypatch):
    worded = []

    def render(name, words):
        worded.append(name)
        return f"{get_language()}, {words['person'].name}, {words['what']}"

    monkeypatch.setattr(portal_mail, "render_to_string", render)
    people = [UserFactory(name=name) for name in ["Ann", "Bo", "名"]]
    people.append(UserFactory(name="Chen", language="zh-hant"))

    portal_mail.queue_all("greeting", people, key="1", what="a")
    portal_mail.queue_all("greeting", people[:1], key="2", what="b")

    said = Email.objects.order_by("pk").values_list("subject", "body", "to")
    lines = ["en, Ann, a", "en, Bo, a", "en, 名, a", "zh-hant, Chen, a", "en, Ann, b"]
    readers = [each.email for each in [*people, people[0]]]
    assert list(said) == [
        (line, f"{line}\n", to) for line, to in zip(lines, readers, strict=True)
    ]
    assert len(worded) == 2 * 3


@pytest.mark.django_db
@pytest.mark.parametrize("is_same", [True, False])
def test_a_draft_is_posted_as_long_as_it_says_the_same(monkeypatch, is_same):
    worded = []

    def render(name, words):
        worded.append(name)
        return str(words["days"])

    monkeypatch.setattr(portal_mail, "render_to_string", render)
    person, drafts = UserFactory(), portal_mail.Drafts()
    drafts.write([portal_mail.Letter("greeting", person, "1", {"days": 3})])
    assert not Email.objects.exists()

    days = 3 if is_same else 2
    drafts.post([portal_mail.Letter("greeting", person, "1", {"days": days})])

    assert Email.objects.get().subject == str(days)
    assert len(worded) == (2 if is_same else 4)


MAILS = [*(settings.ROOT / "templates" / "emails").glob("*.txt")]


def test_mails_ask_of_their_reader_nothing_but_the_name():
    """Or else they could not be put into words once for many people."""
    asked = {
        (path.name, tag)
        for path in MAILS
        for tag in re.findall(r"{[{%].*?[}%]}", path.read_text())
        if re.search(r"(?<![\w.])person\b(?!\.name\s)", re.sub(r"\".*?\"", "", tag))
        or re.search(r"(?<![\w.])person\.name\s*\|", tag)
    }

    assert asked == set()


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
def test_a_worker_is_told_once_of_all_mails_of_an_action(told, monkeypatch):
    monkeypatch.setattr(portal_mail, "render_to_string", lambda name, words: name)
    several = []
    monkeypatch.setattr(
        send_emails, "apply_async", lambda args, *_, **__: several.append(args)
    )
    people = [UserFactory() for _person in range(3)]

    with transaction.atomic():
        portal_mail.queue_all("greeting", people, key="1")
        portal_mail.queue_all("greeting", [], key="2")

    assert told == []
    [[keys]] = several
    assert sorted(keys) == sorted(Email.objects.values_list("key", flat=True))
    assert (send_emails(keys), send_emails(keys)) == (3, 3)
    assert len(outbox.outbox) == 3


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_costs_nobody_the_change(greet, monkeypatch):
    def fail(args, _kwargs, **options):
        raise ConnectionError

    monkeypatch.setattr(send_email, "apply_async", fail)
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


@pytest.fixture
def server(settings):
    """Return a mail server to which mails really go."""
    settings.MAIL_DELIVERY = "django.core.mail.backends.smtp.EmailBackend"
    with mail_server() as server:
        host, port = server.server_address
        settings.MAIL_SERVER = {"host": host, "port": port, "timeout": 2}
        yield server


@pytest.fixture
def away(settings):
    """Let the mail server be one to which nobody answers."""
    settings.MAIL_DELIVERY = "django.core.mail.backends.smtp.EmailBackend"
    with socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.MAIL_SERVER = {"host": "127.0.0.1", "port": closed.getsockname()[1]}
        yield


def test_a_failed_sending_is_noted_and_tried_again(waiting, away):
    with pytest.raises(ConnectionRefusedError):
        send_email.run("greeting")

    email = Email.objects.get()
    assert (email.sent_at, email.set_aside_at, email.attempts) == (None, None, 1)
    assert "refused" in email.last_error


def test_the_sweep_sends_what_was_lost_and_passes_over_what_has_gone(waiting, told):
    assert send_waiting() == 1
    assert send_waiting() == 0

    assert [message.subject for message in outbox.outbox] == ["Hello"]
    assert told == []


@pytest.mark.parametrize(
    ("attempts", "hours", "is_due"),
    [(4, 0, True), (5, 0, False), (5, 2, True), (8, 2, False), (8, 5, True)],
)
def test_a_mail_that_fails_is_tried_ever_more_rarely(waiting, attempts, hours, is_due):
    queued_at = clock.now() - timedelta(hours=hours)
    Email.objects.update(attempts=attempts, queued_at=queued_at)

    assert send_waiting() == is_due


def fill_outbox(number):
    rows = [
        Email(key=str(n), to=f"p{n}@example.com", subject=str(n), body="Hi")
        for n in range(number)
    ]
    Email.objects.bulk_create(rows)


@pytest.mark.django_db
def test_a_server_that_is_away_is_asked_once_a_sweep(away, told):
    fill_outbox(3)

    assert [send_waiting(), send_waiting()] == [1, 1]

    assert told == [], "no mail is queued anew"
    assert sorted(Email.objects.values_list("attempts", flat=True)) == [0, 1, 1]


@pytest.mark.parametrize(("attempts", "is_set_aside"), [(75, False), (76, True)])
def test_after_three_days_of_outage_a_mail_is_set_aside(
    waiting, away, attempts, is_set_aside
):
    queued_at = clock.now() - timedelta(days=9)
    Email.objects.update(attempts=attempts, queued_at=queued_at)

    send_waiting()

    assert bool(Email.objects.get().set_aside_at) == is_set_aside


@pytest.mark.django_db
@pytest.mark.parametrize(
    "to", ["a@b@c.example", "x\r\nBcc: y@example.com", "\u202e", ""]
)
def test_a_mail_that_cannot_be_written_blocks_no_other_and_is_set_aside(server, to):
    fill_outbox(2)
    broken = Email.objects.create(key="!", to=to, subject="Hi", body="Hi")
    Email.objects.filter(pk=broken.pk).update(queued_at=clock.now() - timedelta(days=1))

    tried = [send_waiting() for _turn in range(5)]

    broken.refresh_from_db()
    assert len(server.taken) == 2
    assert not any("Bcc" in message for message in server.taken)
    assert tried == [3, 1, 1, 0, 0]
    assert broken.set_aside_at
    assert broken.last_error


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "is_final"),
    [
        ("550 5.1.1 no such user", True),
        ("500 what", True),
        ("599 never", True),
        ("450 4.2.0 greylisted", False),
        ("499 later", False),
    ],
)
def test_what_the_server_refuses_for_good_ends_at_once(server, answer, is_final):
    fill_outbox(2)
    server.refusals["p0@"] = answer

    send_waiting()

    refused, sent = Email.objects.order_by("pk")
    assert (refused.attempts, bool(refused.set_aside_at)) == (1, is_final)
    assert refused.last_error == answer
    assert sent.sent_at
    assert len(server.taken) == 1


def test_a_message_that_the_server_refuses_for_good_is_set_aside(waiting, server):
    server.after_data = "554 5.7.1 looks like spam"

    send_email("greeting")

    assert Email.objects.get().set_aside_at
    assert Email.objects.get().last_error == "554 5.7.1 looks like spam"


def test_who_caused_a_mail_is_told_once_that_it_did_not_arrive(db, server):
    host = UserFactory()
    server.refusals["nobody@"] = "550 no such user"
    email = Email(key="1", to="nobody@example.com", subject="Hi", body="Hi")
    email.caused_by = host
    portal_mail.put(email)

    send_waiting()
    send_waiting()

    told = Email.objects.get(to=host.email)
    assert told.key == f"undelivered:{Email.objects.earliest('pk').pk}:{host.pk}"
    assert told.caused_by is None, "nobody is told of what told of another"


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_mail_without_words_is_the_portals_own_problem(db, server, is_sealed):
    host = UserFactory(language="zh-hant")
    email = Email(key="1", to="nobody@example.com", subject="Hi", caused_by=host)
    (portal_mail.put_sealed if is_sealed else portal_mail.put)(email)

    for _turn in range(3):
        send_waiting()

    told = Email.objects.get(to=host.email)
    assert "這封郵件沒有內容或沒有收件地址。" in told.body
    assert "伺服器" not in told.body


@pytest.mark.parametrize(
    "name",
    [
        "Acme\x0bInc",
        "Acme\x85Inc",
        "Acme\u2028Inc",
        "Acme\r\nBcc: x@y.example",
        "A\x00b",
    ],
)
def test_no_name_tears_a_mail_apart(db, server, monkeypatch, name):
    monkeypatch.setattr(
        portal_mail, "render_to_string", lambda _name, _words: f"For {name}"
    )
    portal_mail.queue("greeting", to=UserFactory(), key="1")

    send_waiting()

    message = message_from_string(server.taken[0], policy=default)
    assert Email.objects.get().sent_at
    assert message["Bcc"] is None
    assert message["Subject"].startswith("For A")
    assert message.get_content().startswith("For A")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sign", ["\n", "\r", "\x0b", "\x7f", "\x85", "\u2028", "\u2029"]
)
def test_the_database_takes_no_subject_of_two_lines(sign):
    with pytest.raises(IntegrityError, match="email_subject_is_one_line"):
        Email.objects.create(key="1", to="a@example.com", subject=f"A{sign}B", body="")


@pytest.mark.django_db
def test_the_database_takes_no_mail_that_was_sent_and_set_aside():
    now = clock.now()
    with pytest.raises(IntegrityError, match="email_is_sent_or_set_aside"):
        Email.objects.create(key="1", to="a@b.example", sent_at=now, set_aside_at=now)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("put", "kept"),
    [(portal_mail.put, "554 bad: Code: 123"), (portal_mail.put_sealed, "554")],
)
def test_what_the_server_quotes_of_a_sealed_mail_is_not_kept(server, put, kept):
    put(Email(key="1", to="a@example.com", subject="Hi", body="Code: 123"))
    server.after_data = "554 bad: Code: 123"

    send_email("1")

    assert Email.objects.get().last_error == kept


def test_an_invitation_that_did_not_arrive_says_so(db, client, server):
    host = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)
    server.refusals["guest@"] = "550 no such user"
    client.force_login(host.person)
    company = reverse("organization:company", args=[host.organization.slug])
    with acting_for(host.organization_id, person=host.person_id):
        invitations.invite("guest@example.com", [Role.PARTNER_ADMIN], by=host)
    sentence = "The mail could not be delivered."

    assert sentence not in client.get(company).text
    send_waiting()

    assert sentence in client.get(company).text
    assert Email.objects.filter(to=host.person.email).count() == 1


def test_a_program_manager_puts_a_mail_back_into_the_outbox(waiting):
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    Email.objects.update(set_aside_at=clock.now(), attempts=77)

    with pytest.raises(Refused):
        mail_services.try_again(waiting, by=staff_actor(Duty.AUDITOR))
    mail_services.try_again(waiting, by=manager)
    with pytest.raises(Refused):
        mail_services.try_again(waiting, by=manager)

    assert send_waiting() == 1
    assert Email.objects.get().sent_at


@pytest.mark.django_db
def test_the_mails_of_the_sign_in_pages_go_through_the_outbox(settings):
    settings.EMAIL_BACKEND = "portal.mail.OutboxBackend"

    send_mail("Your code", "ABCD", None, ["person@example.com"])

    assert Email.objects.get().subject == "Your code"
    assert outbox.outbox == []


@pytest.fixture
def minutes(db):
    """Return a small kept file."""
    return files.store(ContentFile(PNG, name="minutes.png"), parties=[])


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
    db, monkeypatch, number, same_statements
):
    monkeypatch.setattr(portal_mail, "render_to_string", lambda name, words: name)
    letters = [
        portal_mail.Letter("greeting", each, "1")
        for each in UserFactory.create_batch(number)
    ]

    with same_statements():
        assert portal_mail.queue_many(iter(letters)) == number
    portal_mail.queue_many(letters)

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

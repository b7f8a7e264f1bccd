"""What opens an account is read by its receiver, and by nobody on the way."""

import re
from datetime import timedelta
from smtplib import SMTPDataError

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.urls import reverse

from portal import clock
from portal.models import Email, SealedBody, User
from portal.roles import Duty, Role
from portal.services import domains, invitations
from portal.tasks import forget_sealed, send_email
from portal.tenancy import acting_as_mailer
from tests.conftest import give_second_factor
from tests.factories.portal import UserFactory, actor_of, staff_actor
from tests.mails import last_mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_BACKEND = "portal.mail.OutboxBackend"


@pytest.fixture
def admin(partner):
    return actor_of(partner, Role.PARTNER_ADMIN)


def reset(client, admin):
    """Ask for another password, as a person who has forgotten it."""
    address = {"email": admin.person.email}
    client.post(reverse("account_reset_password"), address)


def sign_up(client, admin):
    words = {"email": "new@example.com", "name": "New"}
    password = {"password1": "wandering albatross", "password2": "wandering albatross"}
    client.post(reverse("account_signup"), words | password)


def invite(client, admin):
    invitations.invite("guest@example.com", [Role.FINANCE], by=admin)


def prove(client, admin):
    domains.ask_for_proof("office@bright.example", by=admin)


OPENERS = [reset, sign_up, invite, prove]
SECRET = r"/key/\S+|/invitation/\S+|/prove/\S+|^[A-Z0-9-]{4,12}$"


def secret():
    return re.search(SECRET, last_mail(), re.MULTILINE)[0].strip("/")


def desk_of(client, duty):
    person = staff_actor(duty).person
    give_second_factor(person)
    client.force_login(person)
    return client


def pages(desk):
    """Return all that the admin shows of the only mail, its list under a search too."""
    mail = Email.objects.get()
    change = reverse("admin:portal_email_change", args=[mail.pk])
    listed = reverse("admin:portal_email_changelist")
    answers = [desk.get(change), desk.get(listed), desk.get(listed, {"q": secret()})]
    assert answers[0].status_code == 200
    assert mail.to in answers[0].text
    return "".join(answer.text for answer in answers[:2])


@pytest.mark.parametrize("opens", OPENERS)
@pytest.mark.parametrize("duty", [Duty.AUDITOR, Duty.SUPPORT, Duty.PROGRAM_MANAGER])
def test_nobody_at_the_sponsor_reads_what_opens_an_account(client, admin, opens, duty):
    opens(client, admin)

    shown = pages(desk_of(client, duty))

    assert secret() not in shown
    assert not Email.objects.filter(body__contains=secret()).exists()
    assert not Email.objects.filter(subject__contains=secret()).exists()


@pytest.mark.parametrize("opens", OPENERS)
def test_its_receiver_reads_it_and_then_it_is_nowhere(client, admin, opens):
    opens(client, admin)
    wanted = secret()

    send_email(Email.objects.get().key)

    assert wanted in outbox.outbox[0].body
    assert last_mail() == ""
    assert Email.objects.get().sent_at
    with acting_as_mailer():
        assert not SealedBody.objects.exists()


def test_without_a_mail_server_its_words_stay_in_the_outbox(client, admin, settings):
    settings.MAIL_STAYS = True
    reset(client, admin)

    send_email(Email.objects.get().key)

    assert secret() in last_mail()
    assert Email.objects.get().sent_at


def test_a_mail_that_is_not_sent_yet_keeps_its_words(client, admin, monkeypatch):
    reset(client, admin)
    wanted = secret()

    def refuse(message):
        raise SMTPDataError(454, f"listed address /{wanted}/")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    with pytest.raises(SMTPDataError):
        send_email.run(Email.objects.get().key)

    assert wanted in last_mail()
    # Not even by the words with which a server refuses it.
    assert Email.objects.get().last_error == "454"


@pytest.mark.parametrize(("days", "is_kept"), [(6, True), (8, False)])
def test_what_could_not_be_sent_is_forgotten(client, admin, days, is_kept):
    reset(client, admin)

    with clock.set_to(clock.now() + timedelta(days=days)):
        forget_sealed()

    assert bool(last_mail()) == is_kept


@pytest.mark.parametrize(
    ("duty", "reads"),
    [(Duty.SUPPORT, True), *[(duty, False) for duty in Duty if duty != Duty.SUPPORT]],
)
def test_what_a_business_mail_says_is_for_support_only(client, duty, reads):
    Email.objects.create(
        key="a", to="a@example.com", subject="Voucher", body="Days return."
    )
    page = desk_of(client, duty).get(
        reverse("admin:portal_email_change", args=[Email.objects.get().pk])
    )

    assert ("Days return." in page.text) == reads


@pytest.mark.parametrize(
    ("kept", "language", "words"),
    [
        ("person_left", "en", "The person has left since."),
        ("person_left", "zh-hant", "此人已經離開。"),
        ("empty", "zh-hant", "這封郵件沒有內容或沒有收件地址。"),
        ("550 no such user", "zh-hant", "550 no such user"),
    ],
)
def test_the_portals_own_reason_is_read_in_the_readers_language(
    client, kept, language, words
):
    email = Email.objects.create(
        key="1", to="a@example.com", set_aside_at=clock.now(), last_error=kept
    )
    desk = desk_of(client, Duty.SUPPORT)
    User.objects.update(language=language)

    page = desk.get(reverse("admin:portal_email_change", args=[email.pk]))

    assert words in page.text


def test_the_admin_shows_no_page_that_others_brought(client):
    desk = desk_of(client, Duty.PROGRAM_MANAGER)
    person = UserFactory(is_staff=True, is_superuser=True)
    give_second_factor(person)
    desk.force_login(person)

    for path in ["account/emailaddress", "mfa/authenticator", "auth/group"]:
        assert desk.get(f"/admin/{path}/").status_code == 404
    assert desk.get("/admin/usersessions/usersession/").status_code == 404


def test_whatever_makes_a_token_seals_its_mail():
    makers = {
        path.relative_to(settings.ROOT).as_posix()
        for app in settings.FIRST_PARTY_APPS
        for path in (settings.ROOT / app).rglob("*.py")
        if "new_token()" in path.read_text() and "def new_token" not in path.read_text()
    }

    assert makers
    for path in makers:
        assert "queue_sealed(" in (settings.ROOT / path).read_text(), path

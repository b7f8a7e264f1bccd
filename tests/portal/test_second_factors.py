"""A lost second factor: two of the sponsor agree, and the person can stop it."""

import time
from datetime import timedelta
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import Error, IntegrityError, transaction
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from portal import clock
from portal.actors import AccountOwner
from portal.findings import Refused
from portal.models import AuditEntry, Email, SecondFactorRecovery
from portal.roles import Duty, Role
from portal.services import second_factors
from portal.tasks import remove_lost_second_factors
from portal.tenancy import acting_as_person, acting_for_all
from tests.concurrency import at_once
from tests.conftest import give_second_factor
from tests.factories import (
    MembershipFactory,
    StaffFactory,
    UserFactory,
    staff_actor,
)
from tests.mails import words_of

pytestmark = pytest.mark.django_db
LOST = "The telephone fell into the lake. Call +44 20 7946 0000."


@pytest.fixture
def ada(db):
    ada = UserFactory(email="ada@bright.example")
    for email, verified in [
        ("ada@bright.example", True),
        ("ada@home.example", True),
        ("ada@guess.example", False),
    ]:
        EmailAddress.objects.update_or_create(
            user=ada, email=email, defaults={"verified": verified}
        )
    give_second_factor(ada)
    Authenticator.objects.create(
        user=ada,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": "b" * 32, "used_mask": 0},
    )
    # Set up long ago.
    long_ago = clock.now() - timedelta(days=30)
    Authenticator.objects.update(created_at=long_ago)
    return ada


@pytest.fixture
def sam(db):
    return staff_actor(Duty.SUPPORT)


@pytest.fixture
def sue(db):
    return staff_actor(Duty.SUPPORT)


@pytest.fixture
def both(sam, sue):
    return sam, sue


def ask(person):
    return second_factors.ask_for_removal(LOST, by=AccountOwner(person))


def confirmed(person, opener, confirmer):
    recovery = ask(person)
    second_factors.open_removal(recovery, reason="Called back.", by=opener)
    second_factors.confirm_removal(recovery, by=confirmer)
    return SecondFactorRecovery.objects.get(pk=recovery.pk)


@pytest.fixture
def days_ago(time_machine):
    """Do something so many days ago, and come back to now: the database's clock."""

    def do(days, act):
        now = clock.now()
        time_machine.move_to(now - timedelta(days=days), tick=False)
        try:
            return act()
        finally:
            time_machine.move_to(now)

    return do


def factors_of(person):
    return Authenticator.objects.filter(user=person).count()


def told():
    return sorted(Email.objects.values_list("to", flat=True))


def state_of(recovery):
    return SecondFactorRecovery.objects.get(pk=recovery.pk).state


def test_asking_tells_support_and_every_verified_address(ada, sam):
    StaffFactory()

    ask(ada)

    assert told() == sorted(
        ["ada@bright.example", "ada@home.example", sam.person.email]
    )
    words = [words_of(mail) for mail in Email.objects.filter(to=sam.person.email)]
    assert LOST in words[0]
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.person, entry.parties) == ("second_factor.asked", ada, [])


def test_two_people_and_three_days_remove_it(ada, sam, sue, days_ago):
    recovery = days_ago(3.01, lambda: confirmed(ada, sam, sue))

    assert remove_lost_second_factors() == 1

    assert factors_of(ada) == 0
    assert state_of(recovery) == "completed"
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert [verb.partition(".")[2] for verb in verbs] == [
        "asked",
        "opened",
        "confirmed",
        "removed",
    ]


def test_each_step_is_mailed_to_every_verified_address(ada, sam, sue, days_ago):
    days_ago(3.01, lambda: confirmed(ada, sam, sue))
    remove_lost_second_factors()

    for address in ["ada@bright.example", "ada@home.example"]:
        assert Email.objects.filter(to=address).count() == 4
    assert not Email.objects.filter(to="ada@guess.example").exists()
    subjects = set(Email.objects.filter(to="ada@home.example").values_list("subject"))
    assert subjects == {
        ("Your second factor is to be removed",),
        ("Your second factor was removed",),
    }


@pytest.mark.parametrize(("days", "left"), [(2.99, 2), (3.01, 0)])
def test_it_waits_three_days(ada, both, days_ago, days, left):
    days_ago(days, lambda: confirmed(ada, *both))

    remove_lost_second_factors()

    assert factors_of(ada) == left


@pytest.mark.parametrize(("seconds", "is_due"), [(-1, False), (0, True), (1, True)])
def test_it_is_due_from_that_moment_on(ada, both, time_machine, seconds, is_due):
    recovery = confirmed(ada, *both)

    time_machine.move_to(recovery.removes_at + timedelta(seconds=seconds), tick=False)

    assert recovery.is_due is is_due


def test_the_waiting_time_is_a_setting(ada, sam, sue, days_ago, settings):
    settings.SECOND_FACTOR_WAIT_DAYS = 5
    days_ago(4.99, lambda: confirmed(ada, sam, sue))

    assert remove_lost_second_factors() == 0


def test_the_clock_can_come_twice(ada, sam, sue, days_ago):
    days_ago(4, lambda: confirmed(ada, sam, sue))
    remove_lost_second_factors()
    mails = Email.objects.count()
    give_second_factor(ada)

    assert remove_lost_second_factors() == 0

    assert factors_of(ada) == 1
    assert Email.objects.count() == mails


def test_who_opened_it_does_not_confirm_it(ada, sam):
    recovery = ask(ada)
    second_factors.open_removal(recovery, reason="Called back.", by=sam)

    with pytest.raises(Refused, match="somebody else confirms"):
        second_factors.confirm_removal(recovery, by=sam)

    assert state_of(recovery) == "opened"


def test_nothing_is_confirmed_before_it_is_opened(ada, sam):
    recovery = ask(ada)

    with pytest.raises(TransitionNotAllowed):
        second_factors.confirm_removal(recovery, by=sam)


def test_support_opens_it_after_a_call(ada, sam, sue):
    recovery = second_factors.start_removal(ada, reason="Called.", by=sam)

    assert state_of(recovery) == "opened"
    assert told() == sorted(
        ["ada@bright.example", "ada@home.example", sue.person.email]
    )


def test_support_opens_what_was_asked_for(ada, sam):
    asked = ask(ada)

    assert second_factors.start_removal(ada, reason="Called.", by=sam) == asked

    assert state_of(asked) == "opened"


def test_staff_have_theirs_removed_by_two_others(sam, sue):
    rita = StaffFactory()
    give_second_factor(rita)
    recovery = ask(rita)

    second_factors.open_removal(recovery, reason="At the desk.", by=sam)
    second_factors.confirm_removal(recovery, by=sue)

    assert state_of(recovery) == "confirmed"


def test_nobody_decides_about_the_own_one(sam, sue):
    give_second_factor(sam.person)
    recovery = ask(sam.person)

    with pytest.raises(Refused, match="two others"):
        second_factors.open_removal(recovery, reason="Me.", by=sam)
    second_factors.open_removal(recovery, reason="At the desk.", by=sue)
    with pytest.raises(Refused, match="two others"):
        second_factors.confirm_removal(recovery, by=sam)
    with pytest.raises(Refused, match="two others"):
        second_factors.decline_removal(recovery, reason="Me.", by=sam)
    assert state_of(recovery) == "opened"


@pytest.mark.parametrize("duty", [Duty.ENROLLMENT_REVIEWER, Duty.AUDITOR])
def test_other_duties_decide_nothing(ada, sam, duty):
    other = staff_actor(duty)
    recovery = ask(ada)

    with pytest.raises(Refused, match="Support"):
        second_factors.open_removal(recovery, reason="No.", by=other)
    second_factors.open_removal(recovery, reason="Called.", by=sam)
    with pytest.raises(Refused, match="Support"):
        second_factors.confirm_removal(recovery, by=other)
    with pytest.raises(Refused, match="Support"):
        second_factors.decline_removal(recovery, reason="No.", by=other)


def test_a_program_manager_confirms(ada, sam):
    confirmed(ada, sam, staff_actor(Duty.PROGRAM_MANAGER))


@pytest.mark.parametrize("step", ["asked", "opened", "confirmed"])
def test_the_link_in_each_mail_stops_it(client, ada, both, days_ago, step):
    sam, sue = both

    def come_so_far():
        recovery = ask(ada)
        if step != "asked":
            second_factors.open_removal(recovery, reason="Called.", by=sam)
        if step == "confirmed":
            second_factors.confirm_removal(recovery, by=sue)
        return recovery

    recovery = days_ago(5, come_so_far)
    mail = words_of(Email.objects.filter(to="ada@home.example").order_by("pk").last())
    (link,) = [word for word in mail.split() if "/second-factor/stop/" in word]
    page = client.get(link.removeprefix("http://localhost:8400"))
    assert "ada@bright.example" in page.text

    client.post(page.request["PATH_INFO"])

    assert state_of(recovery) == "objected"
    assert remove_lost_second_factors() == 0
    assert factors_of(ada) == 2
    assert client.get(page.request["PATH_INFO"]).status_code == 404
    last = Email.objects.filter(to=sam.person.email).order_by("pk").last()
    assert "was stopped" in last.body


def test_who_signs_in_with_the_second_factor_stops_it(ada, sam, sue, days_ago):
    recovery = days_ago(5, lambda: confirmed(ada, sam, sue))
    Authenticator.objects.filter(user=ada, type="totp").get().record_usage()

    assert remove_lost_second_factors() == 0

    assert state_of(recovery) == "objected"
    assert factors_of(ada) == 2


def test_what_was_used_since_is_not_confirmed(ada, sam, sue):
    recovery = ask(ada)
    second_factors.open_removal(recovery, reason="Called.", by=sam)
    Authenticator.objects.filter(user=ada, type="totp").get().record_usage()

    with pytest.raises(Refused, match="was used since"):
        second_factors.confirm_removal(recovery, by=sue)


def test_another_one_that_was_set_up_meanwhile_stays(ada, sam, sue, days_ago):
    days_ago(5, lambda: confirmed(ada, sam, sue))
    Authenticator.objects.create(
        user=ada, type=Authenticator.Type.WEBAUTHN, data={"name": "New key"}
    )

    remove_lost_second_factors()

    assert factors_of(ada) == 3


def test_it_is_declined_with_a_reason_until_it_is_removed(ada, sam, sue, days_ago):
    recovery = days_ago(5, lambda: confirmed(ada, sam, sue))

    second_factors.decline_removal(recovery, reason="It was not Ada.", by=sam)

    assert remove_lost_second_factors() == 0
    last = Email.objects.filter(to="ada@home.example").order_by("pk").last()
    assert "It was not Ada." in words_of(last)


def test_it_is_asked_for_once_at_a_time(ada):
    ask(ada)

    with pytest.raises(Refused, match="asked for already"):
        ask(ada)


def test_who_has_none_asks_for_nothing(sam):
    bob = UserFactory()

    with pytest.raises(Refused, match="no second factor"):
        ask(bob)
    with pytest.raises(Refused, match="no second factor"):
        second_factors.start_removal(bob, reason="Called.", by=sam)


def test_asking_has_a_limit(ada, settings):
    settings.RECOVERY_LIMIT = "1/900s"
    second_factors.stop_removal(ask(ada), by=AccountOwner(ada))

    with pytest.raises(Refused, match="Too many attempts"):
        ask(ada)


def test_nobody_at_the_sponsor_reads_a_link_of_a_mail(ada):
    ask(ada)

    assert not Email.objects.filter(to="ada@home.example").exclude(body="").exists()


# The database, whatever the services do


def refused(**changes):
    with pytest.raises(Error), transaction.atomic():
        SecondFactorRecovery.objects.update(**changes)


def test_the_database_holds_the_four_eyes(ada, sam, sue):
    confirmed(ada, sam, sue)

    refused(confirmed_by=sam.person)
    refused(confirmed_by=ada)
    refused(opened_by=ada)
    refused(opened_by=None)
    refused(confirmed_by=None)


def test_the_database_holds_the_waiting_time(ada, sam, sue):
    recovery = confirmed(ada, sam, sue)

    refused(removes_at=recovery.confirmed_at + timedelta(hours=23))
    refused(state="completed", ended_at=recovery.removes_at - timedelta(seconds=1))


def test_the_database_holds_the_machine(ada):
    ask(ada)

    refused(state="confirmed")
    refused(state="completed")


def test_the_database_has_one_running_for_a_person(ada):
    ask(ada)

    with pytest.raises(IntegrityError), transaction.atomic():
        SecondFactorRecovery.objects.create(person=ada)


def test_the_sponsor_removes_no_second_factor_before_its_time(ada, sam, sue, days_ago):
    recovery = ask(ada)
    with pytest.raises(Error, match="waiting time"), acting_for_all():
        Authenticator.objects.filter(user=ada).delete()
    second_factors.open_removal(recovery, reason="Called.", by=sam)
    second_factors.confirm_removal(recovery, by=sue)

    with pytest.raises(Error, match="waiting time"), acting_for_all():
        Authenticator.objects.filter(user=ada).delete()


def test_a_person_sees_and_stops_the_own_one_only(ada):
    recovery = ask(ada)
    bob = UserFactory()

    with acting_as_person(bob.pk):
        assert not SecondFactorRecovery.objects.exists()
    with acting_as_person(ada.pk):
        assert SecondFactorRecovery.objects.get() == recovery


@pytest.mark.parametrize(
    "change", [{"state": "opened"}, {"state": "declined"}, {"reason": "Me."}]
)
def test_a_member_decides_nothing_in_the_database_either(ada, change):
    ask(ada)

    with pytest.raises(Error, match="sponsor alone"), acting_as_person(ada.pk):
        SecondFactorRecovery.objects.update(**change)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_it_at_once_one_does(ada, sam, sue):
    recovery = ask(ada)

    def open_by(actor):
        with acting_for_all():
            second_factors.open_removal(recovery, reason="Called.", by=actor)

    results = at_once(partial(open_by, sam), partial(open_by, sue))

    assert sum(isinstance(each, TransitionNotAllowed) for each in results) == 1


# The pages


@pytest.fixture
def desk(as_person):
    def sit_down(actor):
        if not factors_of(actor.person):
            give_second_factor(actor.person)
        return as_person(actor.person)

    return sit_down


def press(desk, action, row, **typed):
    """Press a button of the admin and fill in its form."""
    sent = {
        "action": action,
        "index": 0,
        "_selected_action": row.pk,
        "record": row.pk,
        "carry_out": "yes",
    }
    page = reverse(f"admin:portal_{row._meta.model_name}_changelist")
    return desk.post(page, sent | typed, follow=True)


def test_support_opens_it_beside_the_person_and_another_confirms(ada, both, desk):
    sam, sue = both
    press(desk(sam), "start_removal", ada, reason="Called back.")
    recovery = SecondFactorRecovery.objects.get()

    press(desk(sam), "confirm_removal", recovery)
    assert state_of(recovery) == "opened"
    page = press(desk(sue), "confirm_removal", recovery)

    assert state_of(recovery) == "confirmed"
    assert "Called back." in page.text
    assert "Confirmed the removal of the second factor" in page.text


def test_who_confirms_sees_whether_it_was_used_since(ada, sam, desk):
    recovery = ask(ada)
    address = reverse("admin:portal_secondfactorrecovery_change", args=[recovery.pk])
    assert "Never used." in desk(sam).get(address).text
    Authenticator.objects.filter(user=ada, type="totp").get().record_usage()

    assert "Decline: it is not lost." in desk(sam).get(address).text


def sign_in(client, person):
    form = {"login": person.email, "password": "pass-phrase"}
    return client.post(reverse("account_login"), form)


def prove(client, person):
    """Type the code that the person's telephone shows now."""
    secret = Authenticator.objects.get(user=person, type="totp").data["secret"]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    return client.post(reverse("mfa_authenticate"), {"code": code})


@pytest.mark.parametrize("step", ["asked", "opened", "confirmed"])
def test_signing_in_with_the_second_factor_stops_it_at_once(client, ada, both, step):
    sam, sue = both
    ben = UserFactory()
    give_second_factor(ben)
    recovery, other = ask(ada), ask(ben)
    if step != "asked":
        second_factors.open_removal(recovery, reason="Called.", by=sam)
    if step == "confirmed":
        second_factors.confirm_removal(recovery, by=sue)
    sign_in(client, ada)
    assert state_of(recovery) == step

    response = prove(client, ada)

    assert response.status_code == 302
    assert [state_of(recovery), state_of(other)] == ["objected", "asked"]
    entry = AuditEntry.objects.get(verb="second_factor.objected")
    assert entry.person == ada
    last = Email.objects.filter(to="ada@home.example").order_by("pk").last()
    assert "was stopped" in words_of(last)


def test_a_wrong_code_stops_nothing(client, ada):
    recovery = ask(ada)
    sign_in(client, ada)

    client.post(reverse("mfa_authenticate"), {"code": "000000"})

    assert state_of(recovery) == "asked"


def test_signing_in_with_the_second_factor_tells_nobody_where_none_runs(client, ada):
    second_factors.stop_removal(ask(ada), by=AccountOwner(ada))
    earlier = [AuditEntry.objects.count(), Email.objects.count()]
    sign_in(client, ada)

    assert prove(client, ada).status_code == 302

    assert [AuditEntry.objects.count(), Email.objects.count()] == earlier
    assert "_auth_user_id" in client.session


def test_the_second_factors_page_leads_to_what_helps(client, ada):
    response = sign_in(client, ada)

    page = client.get(response.url)

    assert reverse("lost_second_factor") in page.text


def test_who_has_proved_the_password_asks(client, ada, sam):
    sign_in(client, ada)
    page = client.get(reverse("lost_second_factor"))
    assert "What happened" in page.text

    response = client.post(reverse("lost_second_factor"), {"explanation": LOST})

    assert "under way" in client.get(response.url).text
    assert SecondFactorRecovery.objects.get().explanation == LOST
    # And is still where the second factor is asked for.
    assert client.get(reverse("mfa_authenticate")).status_code == 200


def test_who_writes_nothing_is_told(client, ada):
    sign_in(client, ada)

    response = client.post(reverse("lost_second_factor"), {"explanation": " "})

    assert "This field is required" in response.text
    assert not SecondFactorRecovery.objects.exists()


def test_a_stranger_reads_how_and_asks_for_nothing(client, ada):
    page = client.get(reverse("lost_second_factor"))
    assert "recovery code" in page.text
    assert "<textarea" not in page.text

    client.post(reverse("lost_second_factor"), {"explanation": LOST})

    assert not SecondFactorRecovery.objects.exists()


def test_the_security_page_shows_it_and_stops_it(as_person, ada):
    recovery = ask(ada)
    client = as_person(ada)

    page = client.get(reverse("mfa_index"))
    assert "/accounts/second-factor/stop/" in page.text
    client.post(recovery.stop_url)

    assert state_of(recovery) == "objected"
    assert "is to be removed" not in client.get(reverse("mfa_index")).text


@pytest.mark.parametrize("token", ["x", "1", "WzEsMV0:1:x"])
def test_a_made_up_link_stops_nothing(client, ada, token):
    recovery = ask(ada)

    assert client.post(reverse("stop_recovery", args=[token])).status_code == 404

    assert state_of(recovery) == "asked"


def test_after_it_a_password_is_enough_and_another_one_is_asked_for(
    client, ada, sam, sue, days_ago
):
    clerk = MembershipFactory(person=ada, roles=[Role.FINANCE])
    days_ago(4, lambda: confirmed(ada, sam, sue))
    remove_lost_second_factors()

    sign_in(client, ada)
    response = client.get(reverse("organization:home", args=[clerk.organization.slug]))

    assert response.url == reverse("mfa_index")

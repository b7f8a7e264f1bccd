"""Asking partners to sign a new version: whom, when, and how often."""

from datetime import UTC, datetime, time, timedelta

import pytest

from enrollment import tasks
from enrollment.models import ProgramAgreement, Signature
from enrollment.presentation import waiting
from enrollment.services import agreements
from portal import clock
from portal.models import Email
from portal.roles import Role
from tests.factories.enrollment import (
    EnrollmentFactory,
    ProgramAgreementFactory,
    ProgramFactory,
    SignatureFactory,
)
from tests.factories.portal import MembershipFactory, PartnerFactory
from tests.waiting import tasks_for

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def in_days(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def newer(program, agreement):
    """Return a version in force from today, to be signed within thirty days."""
    return ProgramAgreementFactory(
        program=program, version="2.0", effective_on=TODAY, sign_by=in_days(30)
    )


@pytest.fixture
def running(admin, program, signature):
    """Let the partner be enrolled under the version before."""
    return EnrollmentFactory(partner=admin.organization, program=program, active=True)


def sent():
    """List (mail, address) of the mails about versions, the first one first."""
    mails = Email.objects.filter(key__startswith="agreement-").order_by("pk")
    return [(mail.key.partition(":")[0], mail.to) for mail in mails]


def live(days):
    """Run the task twice at noon of that many days from today; counts the mails."""
    noon = datetime.combine(in_days(days), time(12), UTC)
    with clock.set_to(noon):
        return tasks.tell_of_agreements() + tasks.tell_of_agreements()


def test_each_admin_is_asked_once(admin, running, newer):
    other = MembershipFactory(
        organization=admin.organization, roles=[Role.PARTNER_ADMIN]
    ).person
    MembershipFactory(organization=admin.organization, roles=[Role.FINANCE])

    live(0)
    live(1)

    assert sent() == [
        ("agreement-new", admin.person.email),
        ("agreement-new", other.email),
    ]
    assert ProgramAgreement.objects.get(pk=newer.pk).told_at


def test_who_enrolls_is_asked_too(admin, program, signature, newer):
    EnrollmentFactory(partner=admin.organization, program=program)

    live(0)

    assert sent() == [("agreement-new", admin.person.email)]


def test_before_the_day_nobody_is_asked(running, newer):
    ProgramAgreement.objects.filter(pk=newer.pk).update(effective_on=in_days(1))

    live(0)

    assert sent() == []
    assert ProgramAgreement.objects.get(pk=newer.pk).told_at is None


def test_the_day_is_the_partners_own(admin, running, newer):
    """At noon in London it is tomorrow on Kiritimati, fourteen hours ahead."""
    admin.organization.time_zone = "Pacific/Kiritimati"
    admin.organization.save()
    ProgramAgreement.objects.filter(pk=newer.pk).update(effective_on=in_days(1))

    live(0)

    assert sent() == [("agreement-new", admin.person.email)]


def test_who_signed_already_is_not_asked(admin, running, newer):
    SignatureFactory(partner=admin.organization, agreement=newer)

    live(0)

    assert sent() == []


def test_who_never_signed_or_is_not_enrolled_is_not_asked(program, agreement, newer):
    EnrollmentFactory(program=program)
    lapsed = EnrollmentFactory(program=program, lapsed=True).partner
    elsewhere = EnrollmentFactory(program=ProgramFactory(), active=True).partner
    for partner in (lapsed, elsewhere):
        SignatureFactory(partner=partner, agreement=agreement)
        MembershipFactory(organization=partner, roles=[Role.PARTNER_ADMIN])

    live(0)

    assert sent() == []


def test_only_the_newest_version_in_force_is_asked_for(admin, running, newer):
    ProgramAgreement.objects.filter(pk=newer.pk).update(effective_on=in_days(-5))
    ProgramAgreementFactory(program=newer.program, effective_on=TODAY)

    live(0)

    assert sent() == [("agreement-new", admin.person.email)]


def test_two_reminders_come_before_the_last_day_and_none_after_it(
    admin, running, newer
):
    days = [day for day in range(35) if live(day)]

    names = [name for name, _to in sent()]
    assert days == [0, 16, 27]
    assert names == ["agreement-new", "agreement-reminder", "agreement-reminder"]


def test_an_offset_that_was_missed_is_passed_over(running, newer):
    live(0)
    live(28)

    assert [name for name, _to in sent()] == ["agreement-new", "agreement-reminder"]


def test_no_reminder_follows_a_signature(admin, running, newer):
    live(0)
    SignatureFactory(partner=admin.organization, agreement=newer)
    live(16)
    live(27)

    assert [name for name, _to in sent()] == ["agreement-new"]


@pytest.mark.parametrize("days", [2, 3])
def test_news_and_reminder_do_not_come_on_one_day(running, newer, days):
    ProgramAgreement.objects.filter(pk=newer.pk).update(sign_by=in_days(days))

    live(0)
    live(1)

    assert [name for name, _to in sent()] == ["agreement-new"]


def test_more_time_begins_the_reminders_anew(running, newer):
    live(0)
    live(27)
    ProgramAgreement.objects.filter(pk=newer.pk).update(sign_by=in_days(60))
    live(57)

    assert [name for name, _to in sent()] == [
        "agreement-new",
        *["agreement-reminder"] * 2,
    ]


def test_the_words_tell_what_changes_when(admin, running, newer):
    live(0)

    [mail] = Email.objects.all()
    assert mail.body.startswith(f"Hello {admin.person.name},")
    assert "version 2.0" in mail.body
    assert "Your earlier signature counts until" in mail.body
    assert f"/enrollment/{newer.program.code}/agreement/" in mail.body


def test_without_a_last_day_the_words_say_that_it_is_urgent(running, newer):
    ProgramAgreement.objects.filter(pk=newer.pk).update(sign_by=None)

    live(0)
    live(20)

    [mail] = Email.objects.all()
    assert "Until the new version is signed" in mail.body


@pytest.mark.parametrize("partners", [1, 3])
def test_the_number_of_statements_is_the_same_for_any_number_of_partners(
    program, agreement, newer, partners, same_statements
):
    for partner in PartnerFactory.create_batch(partners):
        EnrollmentFactory(partner=partner, program=program, active=True)
        SignatureFactory(partner=partner, agreement=agreement)
        MembershipFactory(organization=partner, roles=[Role.PARTNER_ADMIN])

    with same_statements():
        assert tasks.tell_of_agreements() == partners


def test_the_preview_counts_whom_a_version_concerns(program, running, newer):
    assert agreements.partners_to_ask(program, newer).count() == 1
    assert agreements.partners_to_ask(program).count() == 1

    SignatureFactory(partner=running.partner, agreement=newer)

    assert agreements.partners_to_ask(program, newer).count() == 0
    assert agreements.partners_to_ask(program).count() == 1


def asked_of(admin):
    return [
        task
        for task in tasks_for(admin, waiting.kinds_for)
        if "agreement" in str(task.title)
    ]


def test_the_new_version_waits_with_its_last_day(admin, running, newer):
    [task] = asked_of(admin)

    assert task.title == "Sign version 2.0 of the program agreement"
    assert task.due_on.day == newer.sign_by
    assert "you cannot reserve vouchers without it" in task.detail


def test_it_waits_for_who_enrolls_again(admin, program, signature, newer):
    EnrollmentFactory(partner=admin.organization, program=program)

    assert len(asked_of(admin)) == 1


def test_it_waits_until_it_is_signed(admin, running, newer):
    SignatureFactory(partner=admin.organization, agreement=newer)

    assert asked_of(admin) == []
    assert Signature.objects.count() == 2

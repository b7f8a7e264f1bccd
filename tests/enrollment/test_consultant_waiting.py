"""What waits for a consultant, and how the mails about it read."""

from datetime import timedelta

import pytest
from django.conf import settings

from enrollment.presentation.waiting import kinds_about_consultants
from enrollment.services import consultants
from portal import clock
from portal.models import Email
from portal.roles import Role
from portal.tenancy import acting_for
from tests.factories.enrollment import CertificateFactory, ConsultantFactory
from tests.factories.portal import ReasonFactory, actor_of
from tests.waiting import tasks_for

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture
def kira(partner):
    return actor_of(partner, Role.CONSULTANT)


@pytest.fixture
def consultant(kira):
    return ConsultantFactory(partner=kira.organization, person=kira.person)


def waiting(actor):
    with acting_for(actor.organization_id, person=actor.person_id):
        return tasks_for(actor, lambda _actor, _answers: kinds_about_consultants(actor))


def titles(actor):
    return [str(task.title) for task in waiting(actor)]


def test_who_was_invited_is_asked_to_confirm(kira):
    assert titles(kira) == [f"Confirm that you work for {kira.organization}"]


def test_who_left_is_asked_again_while_the_role_stays(kira, consultant):
    consultant.until = TODAY - timedelta(days=1)
    consultant.save()

    assert titles(kira)[0].startswith("Confirm")


def test_colleagues_in_other_roles_are_not_asked(admin):
    assert titles(admin) == []


def test_without_certificates_the_first_is_asked_for(kira, consultant):
    assert titles(kira) == ["Add the exams you passed"]


def test_a_returned_one_waits_with_reason_and_note(kira, consultant):
    reason = ReasonFactory(topic="certificate")
    row = CertificateFactory(consultant=consultant, returned=True, reason=reason)

    [task] = waiting(kira)

    assert task.title == f"Add {row.exam.code} again"
    assert task.detail == f"{reason} {row.return_reason}"
    assert task.url.endswith(f"?exam={row.exam.code}")


@pytest.mark.parametrize(("days", "count"), [(60, 1), (61, 0)])
def test_one_that_ends_soon_waits_with_its_date(kira, consultant, days, count):
    ends = TODAY + timedelta(days=days)
    CertificateFactory(consultant=consultant, verified=True, valid_until=ends)

    assert [task.due_on.day for task in waiting(kira)] == [ends] * count


def test_what_was_added_anew_waits_no_more(kira, consultant):
    soon = TODAY + timedelta(days=9)
    ending = CertificateFactory(consultant=consultant, verified=True, valid_until=soon)
    CertificateFactory(consultant=consultant, exam=ending.exam, passed_on=TODAY)

    assert waiting(kira) == []


def test_what_waits_for_a_colleague_is_no_business_of_others(admin, consultant):
    CertificateFactory(consultant=consultant, returned=True)

    assert waiting(admin) == []


def test_each_mail_greets_its_reader_and_leads_to_a_page(
    kira, consultant, admin, reviewer
):
    consultant.person.name = "Kira <Lund> & Co"
    consultant.person.save()
    rows = CertificateFactory.create_batch(2, consultant=consultant)
    reason = ReasonFactory(topic="certificate", label="It names <somebody> else")
    consultants.verify_certificate(rows[0], by=reviewer)
    consultants.return_certificate(rows[1], reason=reason, note="<cut>", by=reviewer)
    consultants.end_employment(consultant, until=TODAY, by=admin)

    mails = {mail.key.partition(":")[0]: mail for mail in Email.objects.all()}

    assert set(mails) == {
        "certificate-verified",
        "certificate-returned",
        "consultant-left",
    }
    for mail in mails.values():
        assert mail.body.startswith("Hello Kira <Lund> & Co,")
        assert f"{settings.ORIGIN}/o/" in mail.body
    assert "It names <somebody> else" in mails["certificate-returned"].body
    assert "<cut>" in mails["certificate-returned"].body

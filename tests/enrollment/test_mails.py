"""The words of the mails: whom they greet, where they lead, by when."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from enrollment import tasks
from enrollment.models import Enrollment, Level
from enrollment.services import competencies, enrollments, renewals, reviews
from portal import clock
from portal.models import Email, Reason, User
from portal.reminders import remind
from tests.factories.enrollment import (
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(partner):
    partner.name = "Müller & <Sons>"
    partner.save()
    return partner


@pytest.fixture
def enrollment(company, program, offering, held, signature):
    return EnrollmentFactory(partner=company, program=program, offerings=[offering])


@pytest.fixture
def other(held, program):
    """Return one more offering that the partner's competency covers."""
    return EngagementTypeFactory(
        offering__program=program, qualifications=[(held.competency, Level.SILVER)]
    ).offering


@pytest.fixture
def all_mails(enrollment, admin, reviewer, return_for_correction, other):
    """Live through everything that is told; give the mails by name."""
    claimed = HeldCompetencyFactory.create_batch(2, partner=enrollment.partner)
    competencies.verify(claimed[0], by=reviewer)
    reason = Reason.objects.create(topic="competency", code="x", label="It's <cut> off")
    competencies.return_for_correction(claimed[1], reason=reason, by=reviewer)
    enrollments.submit(enrollment, by=admin)
    return_for_correction(enrollment, note="It's <cut> off.")
    enrollments.submit(enrollment, by=admin)
    reviews.approve(enrollment, by=reviewer)
    enrollments.suspend(enrollment, reason="Two complaints.", by=reviewer)
    enrollments.resume(enrollment, by=reviewer)
    running = Enrollment.objects.filter(pk=enrollment.pk)
    reason = Reason.objects.get(label="No proof behind it")
    line = enrollments.add_offering(running.get(), other, by=admin)
    enrollments.refuse_line(line, reason=reason, by=reviewer)
    line = enrollments.add_offering(running.get(), other, by=admin)
    enrollments.approve_line(line, by=reviewer)
    attempt = EnrollmentFactory(partner=enrollment.partner, submitted=True)
    reviews.reject(attempt, reason=reason, by=reviewer)
    turn(running, clock.in_days(80))
    turn(running, clock.in_days(7))
    turn(running, clock.in_days(-1))
    leave(admin)
    turn(EnrollmentFactory(partner=enrollment.partner, active=True), clock.in_days(80))
    return {mail.key.partition(":")[0]: mail for mail in Email.objects.all()}


def turn(running, end):
    """Let the calendar find an enrollment that ends on a date."""
    if isinstance(running, Enrollment):
        running = Enrollment.objects.filter(pk=running.pk)
    start = end - timedelta(days=365)
    running.update(starts_on=start, ends_on=end, good_until=end)
    tasks.turn_periods()
    remind(renewals.REMINDER)


def leave(admin):
    User.objects.filter(pk=admin.person.pk).update(is_active=False)


TO_REVIEWERS = {
    "enrollment-line-asked",
    "enrollment-submitted",
    "enrollment-unattended",
}


def test_each_mail_greets_its_reader_and_leads_to_a_page(all_mails, admin, reviewer):
    assert len(all_mails) == 15
    for name, mail in all_mails.items():
        to = reviewer if name in TO_REVIEWERS else admin
        assert mail.body.startswith(f"Hello {to.person.name},")
        assert f"{settings.ORIGIN}/" in mail.body


def test_names_and_reasons_stand_as_they_were_typed(all_mails, company):
    assert company.name in all_mails["enrollment-approved"].subject
    assert "It's <cut> off." in all_mails["competency-returned"].body
    assert "It's <cut> off." in all_mails["enrollment-returned"].body
    assert all("&amp;" not in mail.body + mail.subject for mail in all_mails.values())


def test_the_reviewers_link_opens_the_enrollment(all_mails, enrollment):
    path = reverse("admin:enrollment_enrollment_change", args=[enrollment.pk])

    assert settings.ORIGIN + path in all_mails["enrollment-submitted"].body


def test_the_partners_link_opens_its_program(all_mails, enrollment):
    assert enrollment.get_absolute_url() in all_mails["enrollment-approved"].body

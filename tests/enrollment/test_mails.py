"""The words of the mails: whom they greet, where they lead, by when."""

import pytest
from django.conf import settings
from django.urls import reverse

from enrollment import services
from enrollment.models import Enrollment
from portal import clock
from portal.models import Email
from tests.factories import EnrollmentFactory, HeldCompetencyFactory

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
def all_mails(enrollment, admin, reviewer):
    """Live through everything that is told; give the mails by name."""
    claimed = HeldCompetencyFactory.create_batch(2, partner=enrollment.partner)
    services.verify(claimed[0], by=reviewer)
    services.give_back(claimed[1], reason="It's <cut> off.", by=reviewer)
    services.submit(enrollment, by=admin)
    services.give_back_enrollment(enrollment, reason="Add a page.", by=reviewer)
    services.submit(enrollment, by=admin)
    services.approve(enrollment, by=reviewer)
    services.suspend(enrollment, reason="Two complaints.", by=reviewer)
    services.resume(enrollment, by=reviewer)
    running = Enrollment.objects.filter(pk=enrollment.pk)
    running.update(ends_on=clock.in_days(7), good_until=clock.in_days(7))
    services.remind(running.get())
    ended = clock.in_days(-1)
    running.update(starts_on=ended, ends_on=ended, good_until=ended)
    services.lapse(running.get())
    return {mail.key.partition(":")[0]: mail for mail in Email.objects.all()}


def test_each_mail_greets_its_reader_and_leads_to_a_page(all_mails, admin, reviewer):
    assert len(all_mails) == 9
    for name, mail in all_mails.items():
        to = reviewer if name == "enrollment-submitted" else admin
        assert mail.body.startswith(f"Hello {to.person.name},")
        assert f"{settings.ORIGIN}/" in mail.body


def test_names_and_reasons_stand_as_they_were_typed(all_mails, company):
    assert company.name in all_mails["enrollment-approved"].subject
    assert "It's <cut> off." in all_mails["competency-returned"].body
    assert all("&amp;" not in mail.body + mail.subject for mail in all_mails.values())


def test_the_reviewers_link_opens_the_enrollment(all_mails, enrollment):
    path = reverse("admin:enrollment_enrollment_change", args=[enrollment.pk])

    assert settings.ORIGIN + path in all_mails["enrollment-submitted"].body


def test_the_partners_link_opens_its_program(all_mails, enrollment):
    assert enrollment.get_absolute_url() in all_mails["enrollment-approved"].body

"""The engine of all reminders: once, in few statements, and past what is broken."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from threading import Event

import pytest
import time_machine

from enrollment.models import Enquiry, HeldCompetency, Program
from enrollment.services import enquiries, renewals
from payments.services import requests
from portal import clock
from portal.db import lock_row
from portal.models import Email, Organization
from portal.reminders import remind
from portal.roles import Role
from portal.tasks import remind as task
from portal.tenancy import acting_for_all
from tests.concurrency import at_once
from tests.counting import statements_of
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    CertificateFactory,
    CompetencyFactory,
    ConsultantFactory,
    EnquiryFactory,
    HeldCompetencyFactory,
    ProgramFactory,
)
from tests.factories.portal import PartnerFactory, actor_of
from vouchers.models import Voucher

pytestmark = pytest.mark.django_db


def partners(number):
    """Return companies with somebody for each of their mails."""
    made = PartnerFactory.create_batch(number)
    for partner in made:
        actor_of(partner, Role.PARTNER_ADMIN, Role.FINANCE)
    return made


def competencies(number):
    competency = CompetencyFactory()
    for partner in partners(number):
        HeldCompetencyFactory(
            partner=partner,
            competency=competency,
            valid_until=clock.in_days(7),
            verified=True,
        )


def certificates(number):
    for partner in partners(number):
        consultant = ConsultantFactory(partner=partner)
        last_day = clock.in_days(7)
        CertificateFactory(consultant=consultant, valid_until=last_day, verified=True)


def waiting_enquiries(number):
    Program.objects.first() or ProgramFactory()
    for partner in partners(number):
        EnquiryFactory(partner=partner)
    sent_at = clock.now() - timedelta(days=12)
    Enquiry.objects.update(answer_by=clock.in_days(2), created_at=sent_at)


def windows(number):
    redeemed_at = clock.now() - timedelta(days=50)
    for partner in partners(number):
        EngagementFactory(
            voucher__partner=partner, redeemed=True, voucher__redeemed_at=redeemed_at
        )


KINDS = [
    (renewals.COMPETENCY_REMINDER, competencies, 1),
    (renewals.CERTIFICATE_REMINDER, certificates, 2),
    (enquiries.REMINDER, waiting_enquiries, 1),
    (requests.WINDOW_REMINDER, windows, 1),
]


@pytest.mark.parametrize(("kind", "fill", "mails"), KINDS)
def test_three_are_reminded_with_as_many_statements_as_one(kind, fill, mails):
    fill(1)
    few = statements_of(lambda: remind(kind))
    Email.objects.all().delete()
    fill(3)

    assert statements_of(lambda: remind(kind)) == few
    assert Email.objects.count() >= 3 * mails


@pytest.mark.parametrize(("kind", "fill", "mails"), KINDS)
def test_a_second_run_tells_nobody(kind, fill, mails):
    fill(2)

    assert [remind(kind), remind(kind)] == [2 * mails, 0]
    assert Email.objects.count() == 2 * mails


@pytest.mark.parametrize(("kind", "fill", "mails"), KINDS)
def test_a_row_that_is_broken_stops_no_other(kind, fill, mails, caplog):
    fill(3)
    broken = kind.due().order_by("pk")[1].pk

    def letters(rows):
        if any(row.pk == broken for row in rows):
            raise ValueError("This one cannot be told of.")
        return kind.letters(rows)

    assert remind(replace(kind, letters=letters)) == 2 * mails
    assert f"{kind.what} {broken} could not be turned" in caplog.text
    assert remind(kind) == mails, "what is mended is told by the next run"


def test_what_was_done_meanwhile_is_not_told(monkeypatch):
    competencies(2)
    kind, done = renewals.COMPETENCY_REMINDER, HeldCompetency.objects.earliest("pk")

    def letters(rows):
        HeldCompetency.objects.filter(pk=done.pk).update(reminded=999)
        return kind.letters(rows)

    assert remind(replace(kind, letters=letters)) == 1
    assert HeldCompetency.objects.get(pk=done.pk).reminded == 999


def test_the_task_finds_a_kind_by_its_name():
    windows(1)

    assert task("payments.services.requests.WINDOW_REMINDER") == 1


@pytest.mark.parametrize(("hour", "mails"), [("09:59", 0), ("10:00", 1)])
def test_an_enquiry_is_reminded_of_by_the_partners_own_date(hour, mails):
    """At ten o'clock in London the next day begins on Kiritimati."""
    waiting_enquiries(1)
    Organization.objects.update(time_zone="Pacific/Kiritimati")
    Enquiry.objects.update(answer_by=clock.in_days(8))

    with time_machine.travel(f"{clock.today()}T{hour}Z", tick=False):
        assert remind(enquiries.REMINDER) == mails


@pytest.mark.parametrize(("hour", "mails"), [("09:59", 0), ("10:00", 1)])
def test_a_window_is_counted_by_the_partners_own_dates(hour, mails):
    """It was redeemed on the next day there: thirty days are left a day later."""
    windows(1)
    Organization.objects.update(time_zone="Pacific/Kiritimati")
    noon = datetime.combine(clock.in_days(-30), time(12), UTC)
    Voucher.objects.update(redeemed_at=noon)

    with time_machine.travel(f"{clock.today()}T{hour}Z", tick=False):
        assert remind(requests.WINDOW_REMINDER) == mails


@pytest.mark.parametrize(
    ("days", "given", "mails"), [(7, 7, 0), (7, 8, 1), (-1, 14, 0), (0, 14, 1)]
)
def test_no_offset_is_told_that_lies_before_the_enquiry_or_after_its_end(
    days, given, mails
):
    waiting_enquiries(1)
    sent_at = clock.now() - timedelta(days=given - days)
    Enquiry.objects.update(answer_by=clock.in_days(days), created_at=sent_at)

    assert remind(enquiries.REMINDER) == mails


@pytest.mark.django_db(transaction=True)
def test_what_somebody_works_on_is_left_to_the_next_run():
    competencies(2)
    kind, is_held, is_done = renewals.COMPETENCY_REMINDER, Event(), Event()

    def hold():
        with acting_for_all(), lock_row(HeldCompetency.objects.earliest("pk")):
            is_held.set()
            return is_done.wait(timeout=10)

    def run():
        is_held.wait(timeout=10)
        try:
            return remind(kind)
        finally:
            is_done.set()

    assert at_once(hold, run) == [True, 1]
    assert remind(kind) == 1

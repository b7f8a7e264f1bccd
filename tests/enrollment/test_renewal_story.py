"""Fourteen months of a partner, night by night: renewed once, then forgotten.

Periods of half a year let them see everything. On a night that changed something the
calendar's work runs twice. The mails are exactly those that are meant.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from enrollment import tasks
from enrollment.models import Enrollment, Level, Listing, ProgramAgreement
from enrollment.models.states import EnrollmentState
from enrollment.services import enrollments, renewals, reviews
from portal import clock
from portal.models import Email, Organization
from portal.reminders import remind
from portal.roles import Duty, Role
from portal.tenancy import acting_for
from tests.factories.enrollment import (
    BusinessProfileFactory,
    EngagementTypeFactory,
    HeldCompetencyFactory,
    ProgramAgreementFactory,
    ProgramFactory,
    SignatureFactory,
)
from tests.factories.portal import PartnerFactory, actor_of, staff_actor

pytestmark = pytest.mark.django_db
BEGIN = date(2026, 3, 2)
PARTS = ["company", "competencies", "agreement", "offerings"]
ANNA, REVIEWER = "anna@nordlicht.example", "rita@sponsor.example"


class Story:
    """A partner in Berlin, its admin and a reviewer, living through the calendar."""

    def __init__(self, time_machine):
        self.time_machine = time_machine
        self.told = []
        self.go_to(BEGIN)
        self.program = ProgramFactory(grace_days=30, enrollment_months=6)
        type_ = EngagementTypeFactory(offering__program=self.program)
        self.offering = type_.offering
        self.partner = PartnerFactory(time_zone="Europe/Berlin")
        self.anna = actor_of(self.partner, Role.PARTNER_ADMIN)
        self.reviewer = staff_actor(Duty.ENROLLMENT_REVIEWER)
        rename(self.anna, ANNA)
        rename(self.reviewer, REVIEWER)
        BusinessProfileFactory(partner=self.partner)
        competency = type_.qualifications.get().competency
        HeldCompetencyFactory(
            partner=self.partner,
            competency=competency,
            level=Level.GOLD,
            valid_from=BEGIN,
            valid_until=date(2029, 1, 1),
            verified=True,
        )
        ProgramAgreementFactory(program=self.program)
        SignatureFactory(partner=self.partner, agreement=ProgramAgreement.objects.get())

    def go_to(self, day):
        """Wake up at noon in Berlin."""
        noon = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
        self.time_machine.move_to(noon, tick=False)
        self.listen()

    def listen(self):
        """Note whom a mail was written to since the last time, and which."""
        heard = len(self.told)
        rows = Email.objects.order_by("pk").values_list("queued_at", "key", "to")
        self.told += [
            (clock.day_of(at, "Europe/Berlin"), key.partition(":")[0], to)
            for at, key, to in rows[heard:]
        ]

    def live_until(self, day):
        """Let the calendar work, every night up to and on a day."""
        while clock.today() < day:
            self.go_to(clock.today() + timedelta(days=1))
            before = len(self.told), states()
            self.work()
            if (len(self.told), states()) != before:
                self.work()

    def work(self):
        tasks.turn_periods()
        remind(renewals.REMINDER)
        self.listen()

    def send(self):
        """Confirm what there is to confirm and send the enrollment."""
        with acting_for(self.partner.pk, person=self.anna.person_id):
            enrollment = enrollments.begin(self.program, by=self.anna)
            if enrollment.is_renewal:
                for part in PARTS:
                    enrollments.confirm(enrollment, part, by=self.anna)
            else:
                enrollments.choose_offerings(enrollment, [self.offering], by=self.anna)
            enrollments.submit(enrollment, by=self.anna)
        return enrollment

    def approve(self):
        reviews.approve(Enrollment.objects.get(state="submitted"), by=self.reviewer)
        self.listen()

    @property
    def is_listed(self):
        return Organization.objects.get(pk=self.partner.pk).is_listed


def rename(actor, email):
    actor.person.email = email
    actor.person.save()


@pytest.fixture
def story(time_machine, db):
    return Story(time_machine)


def states():
    rows = Enrollment.objects.order_by("period")
    return list(rows.values_list("state", flat=True))


def test_a_partner_enrolls_renews_forgets_lapses_and_comes_back(story):
    enroll(story)
    renew_early(story)
    forget(story)
    come_back(story)

    assert story.told == [
        (date(2026, 3, 2), "enrollment-submitted", REVIEWER),
        (date(2026, 3, 2), "enrollment-approved", ANNA),
        (date(2026, 6, 3), "enrollment-renewal-open", ANNA),
        (date(2026, 7, 3), "enrollment-renewal", ANNA),
        (date(2026, 8, 2), "enrollment-renewal", ANNA),
        (date(2026, 8, 10), "enrollment-submitted", REVIEWER),
        (date(2026, 8, 28), "enrollment-approved", ANNA),
        (date(2026, 12, 1), "enrollment-renewal-open", ANNA),
        (date(2026, 12, 31), "enrollment-renewal", ANNA),
        (date(2027, 1, 30), "enrollment-renewal", ANNA),
        (date(2027, 2, 22), "enrollment-renewal", ANNA),
        (date(2027, 3, 1), "enrollment-renewal", ANNA),
        (date(2027, 3, 8), "enrollment-renewal", ANNA),
        (date(2027, 3, 24), "enrollment-renewal", ANNA),
        (date(2027, 4, 1), "enrollment-lapsed", ANNA),
        (date(2027, 4, 20), "enrollment-submitted", REVIEWER),
        (date(2027, 4, 20), "enrollment-approved", ANNA),
    ]


def enroll(story):
    story.send()
    story.approve()

    assert Enrollment.objects.get().ends_on == date(2026, 9, 1)
    assert story.is_listed


def renew_early(story):
    """Be reminded twice, send it between two offsets, be approved before the end."""
    story.live_until(date(2026, 8, 10))
    story.send()
    story.live_until(date(2026, 8, 28))
    story.approve()
    story.live_until(date(2026, 9, 5))

    assert states() == [EnrollmentState.LAPSED, EnrollmentState.ACTIVE]
    second = Enrollment.objects.get(period=2)
    assert (second.starts_on, second.ends_on) == (date(2026, 9, 2), date(2027, 3, 1))
    assert story.is_listed
    assert Listing.objects.get().until == second.good_until


def forget(story):
    """Do nothing, neither before the end nor in grace."""
    story.live_until(date(2027, 3, 31))
    assert story.is_listed
    story.live_until(date(2027, 4, 1))

    assert states()[1:] == [EnrollmentState.LAPSED, EnrollmentState.IN_PROGRESS]
    assert not story.is_listed
    assert not Listing.objects.exists()


def come_back(story):
    """Send what was begun; the period starts on the day of its approval."""
    story.live_until(date(2027, 4, 20))
    story.send()
    story.approve()

    assert Enrollment.objects.get(period=3).starts_on == date(2027, 4, 20)
    assert story.is_listed

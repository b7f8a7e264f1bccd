"""The calendar's nightly work: windows, reminders, ends; always by the set."""

from datetime import date, timedelta
from functools import partial
from threading import Event

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment import tasks
from enrollment.models import Enrollment, EnrollmentLine, LineState, Listing
from enrollment.models.states import EnrollmentState
from enrollment.services import enrollments, renewals, reviews
from portal import clock
from portal.db import lock_row
from portal.models import AuditEntry, Email, Membership, Organization, User
from portal.reminders import remind
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from tests.concurrency import at_once
from tests.factories.enrollment import (
    BusinessProfileFactory,
    EngagementTypeFactory,
    EnrollmentFactory,
    ListingFactory,
    OfferingFactory,
    ProgramFactory,
)
from tests.factories.portal import PartnerFactory, actor_of, staff_actor

pytestmark = pytest.mark.django_db
TODAY = clock.today()
remind_of_renewal = partial(remind, renewals.REMINDER)
OPENED, REMINDED, LAPSED = (
    "enrollment-renewal-open",
    "enrollment-renewal",
    "enrollment-lapsed",
)


def now(enrollment):
    return Enrollment.objects.get(pk=enrollment.pk)


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def mails():
    """Return (name, to) of each mail, in order."""
    rows = Email.objects.order_by("pk").values_list("key", "to")
    return [(key.partition(":")[0], to) for key, to in rows]


def names():
    return [name for name, _to in mails()]


def in_days(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def program(db):
    """Return a program with thirty days of grace."""
    return ProgramFactory(grace_days=30)


@pytest.fixture
def ending(admin, program, offering):
    """Make an enrollment of the admin's company that ends in that many days."""

    def make(days, **fields):
        kept = {"active": True, "offerings": [offering], **fields}
        return EnrollmentFactory(
            partner=kept.pop("partner", admin.organization),
            program=program,
            starts_on=in_days(days - 365),
            ends_on=in_days(days),
            good_until=in_days(days + 30),
            **kept,
        )

    return make


@pytest.fixture
def offering(program):
    return EngagementTypeFactory(offering__program=program).offering


class TestOpenWindows:
    def test_the_window_opens_on_its_day(self, ending):
        near, far = ending(90), ending(91, partner=PartnerFactory())

        assert tasks.turn_periods() == 1

        assert now(near).state == EnrollmentState.RENEWAL_DUE
        assert now(far).state == EnrollmentState.ACTIVE
        assert verbs() == ["enrollment.fell_due", "enrollment.rolled"]

    def test_the_next_period_begins_with_the_answers_of_this_one(
        self, ending, program, offering
    ):
        refused, closing = OfferingFactory.create_batch(2, program=program)
        closing.closes_on = in_days(90)
        closing.save()
        old = ending(90, offerings=[offering, closing])
        EnrollmentLine.objects.create(
            enrollment=old, partner=old.partner, offering=refused, state="refused"
        )

        tasks.turn_periods()

        new = Enrollment.objects.get(period=2)
        assert new.state == EnrollmentState.IN_PROGRESS
        assert new.follows == old
        line = new.lines.get()
        assert (line.offering, line.state) == (offering, LineState.ASKED)

    def test_a_second_run_changes_nothing(self, ending):
        ending(90)
        tasks.turn_periods()

        assert tasks.turn_periods() == 0
        assert Enrollment.objects.count() == 2
        assert names() == [OPENED]

    def test_each_admin_is_told(self, ending, admin, lead):
        colleague = actor_of(admin.organization, Role.PARTNER_ADMIN)
        ending(90)

        tasks.turn_periods()

        people = [admin.person.email, colleague.person.email]
        assert mails() == [(OPENED, email) for email in people]

    def test_where_no_admin_reads_mail_the_reviewers_are_told(
        self, ending, admin, reviewer
    ):
        User.objects.filter(pk=admin.person.pk).update(is_active=False)
        ending(90)

        tasks.turn_periods()

        assert mails() == [("enrollment-unattended", reviewer.person.email)]

    @pytest.mark.parametrize(
        ("state", "told"), [({}, [OPENED]), ({"submitted": True}, [])]
    )
    def test_a_partner_that_was_quicker_is_not_begun_again(self, ending, state, told):
        old = ending(90)
        EnrollmentFactory(
            partner=old.partner, program=old.program, period=2, follows=old, **state
        )

        tasks.turn_periods()

        assert now(old).state == EnrollmentState.RENEWAL_DUE
        assert Enrollment.objects.count() == 2
        assert names() == told

    def test_the_day_is_the_partners_own(self, ending, time_machine):
        time_machine.move_to("2026-06-30T22:30:00Z")
        zones = ["America/Los_Angeles", "Asia/Tokyo"]
        periods = [ending(0, partner=PartnerFactory(time_zone=zone)) for zone in zones]
        Enrollment.objects.update(
            starts_on=date(2025, 10, 1),
            ends_on=date(2026, 9, 29),
            good_until=date(2026, 9, 29),
        )

        tasks.turn_periods()

        states = [now(each).state for each in periods]
        assert states == [EnrollmentState.ACTIVE, EnrollmentState.RENEWAL_DUE]


class TestReminders:
    @pytest.fixture
    def due(self, ending):
        """Make an enrollment whose window opened in time."""

        def make(days, reminded=90, **fields):
            return ending(
                days,
                state="renewal_due",
                decided=True,
                active=False,
                reminded=reminded,
                **fields,
            )

        return make

    @pytest.mark.parametrize(
        ("days", "reminder_offset"),
        [(60, 60), (30, 30), (29, 30), (7, 7), (1, 7), (0, 0), (-7, -7), (-23, -23)],
    )
    def test_each_offset_is_told_once(self, due, days, reminder_offset):
        enrollment = due(days)

        assert remind_of_renewal() == 1
        assert remind_of_renewal() == 0

        assert now(enrollment).reminded == reminder_offset
        assert names() == [REMINDED]

    @pytest.mark.parametrize(("days", "reminded"), [(61, 90), (45, 60), (-6, 0)])
    def test_between_the_rungs_nothing_is_told(self, due, days, reminded):
        due(days, reminded)

        assert remind_of_renewal() == 0
        assert not Email.objects.exists()

    def test_missed_rungs_are_passed_over(self, due):
        enrollment = due(5)

        remind_of_renewal()

        assert now(enrollment).reminded == 7
        assert Email.objects.count() == 1

    def test_in_grace_the_mail_says_until_when_it_counts(self, due):
        enrollment = due(-7, 0)

        remind_of_renewal()

        mail = Email.objects.get()
        assert f"{enrollment.good_until.day}" in mail.subject
        assert "ended on" in mail.body

    @pytest.mark.parametrize(
        ("state", "told"),
        [
            ({}, 1),
            ({"submitted": True}, 0),
            ({"active": True, "starts_on": in_days(61), "ends_on": in_days(400)}, 0),
        ],
    )
    def test_nobody_is_reminded_who_has_sent_the_next_period(self, due, state, told):
        old = due(60)
        Enrollment.objects.update(good_until=old.ends_on)
        EnrollmentFactory(partner=old.partner, program=old.program, period=2, **state)

        assert remind_of_renewal() == told
        assert Email.objects.count() == told

    def test_after_a_rejection_the_reminders_go_on(self, due, reviewer, reason):
        old = due(60)
        attempt = EnrollmentFactory(
            partner=old.partner, program=old.program, period=2, submitted=True
        )
        reviews.reject(attempt, reason=reason, by=reviewer)

        assert remind_of_renewal() == 1

    def test_a_window_that_opens_late_is_told_once(self, ending):
        ending(20)

        tasks.turn_periods()
        remind_of_renewal()

        assert names() == [OPENED]


class TestEndPeriods:
    def test_it_ends_the_night_after_its_grace(self, ending):
        last_day, over = ending(-30), ending(-31, partner=PartnerFactory())

        tasks.turn_periods()

        assert now(last_day).state != EnrollmentState.LAPSED
        assert now(over).state == EnrollmentState.LAPSED

    def test_the_mail_names_what_has_lapsed(self, ending, offering):
        ending(-31)

        tasks.turn_periods()
        tasks.turn_periods()

        assert names() == [LAPSED]
        assert str(offering) in Email.objects.get().body
        assert verbs() == ["enrollment.lapsed"]

    @pytest.fixture
    def listed(self, admin):
        partner = admin.organization
        BusinessProfileFactory(partner=partner)
        ListingFactory(partner=partner)
        Organization.objects.filter(pk=partner.pk).update(is_listed=True)
        return partner

    def test_a_lapsed_partner_leaves_the_directory_the_same_night(self, ending, listed):
        ending(-31)

        tasks.turn_periods()

        assert not Organization.objects.get(pk=listed.pk).is_listed
        assert not Listing.objects.exists()
        assert verbs() == ["enrollment.lapsed", "profile.unlisted"]

    def test_a_renewed_partner_stays_and_is_told_nothing(self, ending, listed, program):
        old = ending(-1)
        Enrollment.objects.filter(pk=old.pk).update(good_until=in_days(-1))
        EnrollmentFactory(
            partner=listed, program=program, period=2, active=True, starts_on=TODAY
        )

        tasks.turn_periods()

        assert now(old).state == EnrollmentState.LAPSED
        assert Organization.objects.get(pk=listed.pk).is_listed
        assert not Email.objects.exists()


class TestTheSet:
    def cost(self):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            tasks.turn_periods()
            remind_of_renewal()
        return len(queries)

    def test_partners_that_need_nothing_cost_nothing(self, ending):
        empty = self.cost()
        for _ in range(3):
            ending(200, partner=PartnerFactory())

        assert self.cost() == empty

    @pytest.mark.parametrize("days", [90, -31])
    def test_three_cost_as_much_as_one(self, ending, days, program):
        def due(number):
            Enrollment.objects.update(follows=None)
            for model in (EnrollmentLine, Enrollment):
                model.objects.all().delete()
            for _ in range(number):
                partner = PartnerFactory(is_listed=True)
                BusinessProfileFactory(partner=partner)
                actor_of(partner, Role.PARTNER_ADMIN)
                ending(days, partner=partner)
            return self.cost()

        assert due(1) == due(3)

    def test_a_broken_row_stops_nobody_else(self, ending, caplog):
        periods = [ending(90, partner=PartnerFactory()) for _ in range(4)]
        broken = periods[2]
        # There is no number after it.
        Enrollment.objects.filter(pk=broken.pk).update(period=2**15 - 1)

        assert tasks.turn_periods() == 3

        states = [now(each).state for each in periods]
        assert states.count(EnrollmentState.RENEWAL_DUE) == 3
        assert now(broken).state == EnrollmentState.ACTIVE
        assert f"The period of enrollment {broken.pk}" in caplog.text

    def test_more_than_a_batch_is_turned_batch_by_batch(self, ending, monkeypatch):
        monkeypatch.setattr(renewals, "MOST", 2)
        for _ in range(5):
            ending(90, partner=PartnerFactory())

        assert tasks.turn_periods() == 5
        assert Enrollment.objects.filter(period=2).count() == 5

    def test_what_dies_in_between_leaves_nothing_half_done(self, ending, monkeypatch):
        enrollment = ending(90)

        def die(*args, **kwargs):
            raise KeyboardInterrupt

        with monkeypatch.context() as broken:
            broken.setattr("portal.mail.put_all", die)
            with pytest.raises(KeyboardInterrupt):
                tasks.turn_periods()
        assert now(enrollment).state == EnrollmentState.ACTIVE

        tasks.turn_periods()
        assert names() == [OPENED]


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    @pytest.fixture
    def partners(self):
        """Return three companies, each with an admin and an enrollment that is due."""
        program = ProgramFactory(grace_days=30)
        staff_actor(Duty.ENROLLMENT_REVIEWER)
        for _ in range(3):
            partner = PartnerFactory()
            actor_of(partner, Role.PARTNER_ADMIN)
            EnrollmentFactory(
                partner=partner,
                program=program,
                active=True,
                starts_on=in_days(-300),
                ends_on=in_days(60),
            )

    def test_two_runs_at_once_turn_each_window_once(self, partners):
        outcomes = at_once(tasks.turn_periods, tasks.turn_periods)

        assert sum(outcomes) == 3
        assert Enrollment.objects.filter(period=2).count() == 3
        assert names() == [OPENED] * 3

    def test_two_runs_at_once_remind_once(self, partners):
        tasks.turn_periods()
        Enrollment.objects.filter(period=1).update(reminded=90)
        Email.objects.all().delete()

        outcomes = at_once(remind_of_renewal, remind_of_renewal)

        assert sum(outcomes) == 3
        assert names() == [REMINDED] * 3

    def test_what_somebody_works_on_is_passed_over_until_the_next_run(self, partners):
        is_held, is_turned = Event(), Event()

        def hold():
            with acting_for_all(), lock_row(Enrollment.objects.first()):
                is_held.set()
                return is_turned.wait(timeout=10)

        def turn():
            is_held.wait(timeout=10)
            try:
                return tasks.turn_periods()
            finally:
                is_turned.set()

        assert at_once(hold, turn) == [True, 2]
        assert tasks.turn_periods() == 1

    def test_a_partner_that_begins_at_the_same_moment_has_one_enrollment(
        self, partners
    ):
        program = Enrollment.objects.first().program
        member = Membership.objects.first()
        admin = actor_of(member.organization, Role.PARTNER_ADMIN)

        at_once(tasks.turn_periods, partial(enrollments.begin, program, by=admin))

        mine = Enrollment.objects.filter(partner=member.organization, period=2)
        assert mine.count() == 1

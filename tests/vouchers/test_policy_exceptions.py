"""More days for a set of vouchers [KURT20]: whom it reaches, how far, and only once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from enrollment.models import Offering, Program
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry
from portal.roles import Duty
from portal.tenancy import acting_for_all
from tests.concurrency import at_once
from tests.factories.enrollment import EngagementTypeFactory, ProgramFactory
from tests.factories.portal import CustomerFactory, staff_actor
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.vouchers.actions import recorded, told
from vouchers import tasks
from vouchers.models import Extension, PolicyException, Voucher
from vouchers.services import extensions

DAYS = timedelta(days=90)


@pytest.fixture
def manager(db):
    return staff_actor(Duty.PROGRAM_MANAGER)


@pytest.fixture
def program(db):
    return ProgramFactory()


def made(program, *, days_ago=10, **fields):
    pool = fields.pop("agreement", None) or CustomerAgreementFactory(program=program)
    moment = clock.now() - timedelta(days=days_ago)
    return VoucherFactory(agreement=pool, created_at=moment, **fields)


def exception_for(program, **fields):
    return PolicyException(
        **{
            "program": program,
            "created_before": clock.in_days(-5),
            "days": 90,
            "reason": "Offices are closed.",
            **fields,
        }
    )


def grant(exception, manager, *, expected=None):
    if expected is None:
        expected = extensions.preview_exception(exception).vouchers
    extensions.grant_exception(exception, expected=expected, by=manager)


@pytest.mark.django_db
class TestReach:
    def test_unused_vouchers_made_before_the_day_are_reached(self, program):
        reached = [
            made(program),
            made(program, assigned=True),
            made(program, reserved=True),
        ]
        made(program, days_ago=4)
        for state in ("redeemed", "paid", "cancelled", "expired"):
            made(program, **{state: True})
        made(ProgramFactory())

        assert set(exception_for(program).reaches()) == set(reached)

    def test_what_is_overdue_is_not_revived_even_before_the_night(self, program):
        made(program, expires_on=clock.in_days(-1))

        assert not exception_for(program).reaches().exists()

    def test_a_suspended_voucher_is_reached_whenever_it_ends(self, program):
        voucher = made(program, expires_on=clock.in_days(-1))
        Voucher.objects.update(suspended_at=clock.now(), suspension_reason="Question")

        assert list(exception_for(program).reaches()) == [voucher]

    def test_an_offering_keeps_the_others_out(self, program):
        wanted, other = EngagementTypeFactory.create_batch(2, offering__program=program)
        pool = CustomerAgreementFactory(program=program)
        voucher = made(program, agreement=pool, engagement_type=wanted)
        made(program, agreement=pool, engagement_type=other)

        exception = exception_for(program, offering=wanted.offering)

        assert list(exception.reaches()) == [voucher]

    def test_the_day_is_the_customers_own(self, program, time_machine):
        time_machine.move_to("2020-04-01T05:00:00Z", tick=False)
        east, west = (
            CustomerAgreementFactory(
                program=program, customer=CustomerFactory(time_zone=zone)
            )
            for zone in ("Asia/Taipei", "America/Los_Angeles")
        )
        made(program, agreement=east, days_ago=0)
        before = made(program, agreement=west, days_ago=0)

        exception = exception_for(program, created_before=clock.today())

        assert list(exception.reaches()) == [before]

    @pytest.mark.parametrize("place", ["program", "offering"])
    def test_no_voucher_lasts_longer_than_its_program_or_offering(self, program, place):
        cut, full = made(program), made(program, expires_on=clock.in_days(10))
        at_end = made(program, expires_on=clock.in_days(120))
        limit = {"redemption_ends_on": clock.in_days(120)}
        if place == "program":
            Program.objects.update(**limit)
        else:
            Offering.objects.update(**limit)

        reached = {each.pk: each.until for each in exception_for(program).reaches()}

        assert reached == {cut.pk: clock.in_days(120), full.pk: clock.in_days(100)}
        assert at_end.pk not in reached
        assert extensions.preview_exception(exception_for(program)).cut == 1


@pytest.mark.django_db
class TestPreview:
    def test_it_counts_whom_it_touches(self, program):
        pool = CustomerAgreementFactory(program=program)
        made(program, agreement=pool)
        made(program, agreement=pool, reserved=True, expires_on=clock.in_days(20))
        last = made(program, expires_on=clock.in_days(100))
        made(program, expired=True)

        seen = extensions.preview_exception(exception_for(program))

        assert (seen.vouchers, seen.customers, seen.partners) == (3, 2, 1)
        assert (seen.first, seen.last) == (clock.in_days(110), clock.in_days(190))
        assert (seen.cut, seen.not_revived) == (0, 1)
        assert seen.rows[-1] == last
        assert sum(count for _month, count in seen.months) == 3

    def test_it_changes_nothing(self, program):
        made(program)

        extensions.preview_exception(exception_for(program))

        assert not Extension.objects.exists()
        assert recorded() == []


@pytest.mark.django_db
class TestGranting:
    def test_each_voucher_lasts_longer_and_says_why(self, program, manager):
        voucher = made(program, reserved=True)
        before = voucher.expires_on
        grant(exception_for(program), manager)

        assert tasks.apply_exceptions() == 1

        assert Voucher.objects.get().expires_on == before + DAYS
        entry = AuditEntry.objects.get(verb="voucher.extended")
        assert (entry.person, entry.side, entry.reason) == (
            manager.person,
            "sponsor",
            "Offices are closed.",
        )
        assert entry.changes == {"expires_on": [str(before), str(before + DAYS)]}
        assert entry.parties == sorted([voucher.customer_id, voucher.partner_id])

    def test_progress_is_kept_and_comes_to_an_end(self, program, manager):
        for _each in range(3):
            made(program)
        grant(exception_for(program), manager)
        assert PolicyException.objects.get().expected == 3

        tasks.apply_exceptions()

        exception = PolicyException.objects.get()
        assert (exception.extended, exception.finished_at is None) == (3, False)

    def test_running_twice_extends_once(self, program, manager):
        voucher = made(program)
        grant(exception_for(program), manager)
        tasks.apply_exceptions()
        PolicyException.objects.update(finished_at=None)

        assert tasks.apply_exceptions() == 0

        assert Voucher.objects.get().expires_on == voucher.expires_on + DAYS
        assert recorded().count("voucher.extended") == 1

    def test_a_button_pressed_twice_grants_it_once(self, program, manager):
        made(program)
        grant(exception_for(program), manager)

        with pytest.raises(Refused, match="granted already"):
            grant(exception_for(program), manager)

        assert PolicyException.objects.count() == 1

    def test_another_set_than_the_one_shown_is_refused(self, program, manager):
        made(program)

        with pytest.raises(Refused, match="changed meanwhile"):
            grant(exception_for(program), manager, expected=2)

        assert not PolicyException.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"created_before": clock.in_days(3)}, "created_before"),
            ({"offering": "another"}, "offering"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, program, manager, fields, field):
        if "offering" in fields:
            fields = {"offering": EngagementTypeFactory().offering}

        with pytest.raises(Refused) as refusal:
            grant(exception_for(program, **fields), manager, expected=1)

        assert refusal.value.field == field

    def test_only_program_managers_grant(self, program):
        made(program)

        with pytest.raises(Refused):
            grant(exception_for(program), staff_actor(Duty.AUDITOR))

    def test_each_person_gets_one_mail(self, program, manager):
        pool = CustomerAgreementFactory(program=program)
        admin = made(program, agreement=pool).admin
        for _each in range(3):
            made(program, agreement=pool, admin=admin)
        single = made(program).admin
        grant(exception_for(program), manager)

        tasks.apply_exceptions()

        assert told() == sorted(
            [
                ("voucher-extended-many", admin.email),
                ("voucher-extended", single.email),
            ]
        )

    def test_many_take_as_many_statements_as_one(self, program, manager):
        pool = CustomerAgreementFactory(program=program, days=100)
        admin = made(program, agreement=pool).admin
        grant(exception_for(program, reason="One"), manager)
        with CaptureQueriesContext(connection) as one:
            tasks.apply_exceptions()
        for _each in range(5):
            made(program, agreement=pool, admin=admin)
        grant(exception_for(program, reason="Many"), manager)

        with CaptureQueriesContext(connection) as many:
            assert tasks.apply_exceptions() == 6

        assert len(many) <= len(one)

    def test_the_database_extends_a_voucher_once_by_each_exception(
        self, program, manager
    ):
        made(program)
        grant(exception_for(program), manager)
        tasks.apply_exceptions()

        with pytest.raises(IntegrityError, match="extension_once_an_exception"):
            insert_again()

    def test_the_database_keeps_one_exception_of_a_kind(self, program, manager):
        made(program)
        grant(exception_for(program), manager)

        with (
            pytest.raises(IntegrityError, match="policy_exception_once"),
            transaction.atomic(),
        ):
            exception_for(program, granted_by=manager.person).save()


def insert_again():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vouchers_extension (voucher_id, customer_id, kind,"
            " exception_id, before, until, reason, extended_by_id, created_at)"
            " SELECT voucher_id, customer_id, kind, exception_id, until, until + 1,"
            " reason, extended_by_id, now() FROM vouchers_extension"
        )


@pytest.mark.django_db(transaction=True)
def test_four_workers_side_by_side_extend_each_voucher_once():
    program, manager = ProgramFactory(), staff_actor(Duty.PROGRAM_MANAGER)
    pool = CustomerAgreementFactory(program=program, days=100)
    admin = made(program, agreement=pool).admin
    for _each in range(9):
        made(program, agreement=pool, admin=admin)
    grant(exception_for(program), manager)

    outcomes = at_once(*[tasks.apply_exceptions] * 4)

    assert sum(outcomes) == 10
    assert Extension.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_is_left_for_the_next_run():
    program, manager = ProgramFactory(), staff_actor(Duty.PROGRAM_MANAGER)
    held, _free = made(program), made(program)
    grant(exception_for(program), manager)

    with acting_for_all():
        Voucher.objects.select_for_update().get(pk=held.pk)
        assert at_once(tasks.apply_exceptions) == [1]
    assert PolicyException.objects.get().finished_at is None

    assert tasks.apply_exceptions() == 1
    assert PolicyException.objects.get().finished_at is not None

"""What the clock does: expiring vouchers, and reminding of it by a schedule."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.mail import Drafts
from portal.models import Email
from portal.reminders import remind
from portal.roles import Role
from tests.factories.portal import CustomerFactory, PartnerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.vouchers.actions import accounts, moved, recorded, told
from vouchers import tasks
from vouchers.models import ReleaseReason, Reservation, State, Voucher
from vouchers.services import nightly

pytestmark = pytest.mark.django_db

YESTERDAY = -1


def overdue(**fields):
    return VoucherFactory(expires_on=clock.in_days(YESTERDAY), **fields)


@pytest.mark.parametrize("state", ["created", "assigned", "reserved"])
def test_an_unused_voucher_past_its_date_expires_and_its_days_return(state):
    voucher = overdue(**({} if state == "created" else {state: True}))

    assert tasks.expire_overdue() == 1

    assert Voucher.objects.get().state == State.EXPIRED
    assert accounts(voucher.agreement) == (50, 0, 0, 0, 0)
    assert recorded()[-1] == "voucher.expired"


def test_days_are_lost_when_the_agreement_had_ended():
    voucher = overdue(agreement=CustomerAgreementFactory(ended=True))

    tasks.expire_overdue()

    assert moved(voucher) == ["held", "lost"]
    assert accounts(voucher.agreement) == (45, 0, 0, 0, 5)


def test_a_late_clock_takes_no_days_from_a_customer(time_machine):
    time_machine.move_to("2026-03-10T00:15:00Z", tick=False)
    agreement = CustomerAgreementFactory(ends_on=clock.in_days(-2))
    voucher = VoucherFactory(agreement=agreement, expires_on=clock.in_days(-3))

    tasks.expire_overdue()

    assert moved(voucher) == ["held", "returned"]


def test_a_reservation_ends_with_its_voucher():
    voucher = overdue(reserved=True)

    tasks.expire_overdue()

    assert Reservation.objects.get().release_reason == ReleaseReason.EXPIRED
    assert Voucher.objects.get().partner == voucher.partner


def test_expiring_tells_each_follower_once_with_its_own_page():
    voucher = overdue(reserved=True)
    lead = voucher.reservations.get().reserved_by

    tasks.expire_overdue()

    assert told() == sorted(
        ("voucher-expired", person.email)
        for person in (voucher.admin, voucher.project_manager, lead)
    )
    assert voucher.url_for(voucher.partner) in Email.objects.get(to=lead.email).body


def test_expiring_twice_does_it_once():
    voucher = overdue()
    tasks.expire_overdue()
    before = told()

    assert tasks.expire_overdue() == 0

    assert moved(voucher) == ["held", "returned"]
    assert recorded() == ["voucher.expired"]
    assert told() == before


@pytest.mark.parametrize("state", ["redeemed", "paid", "cancelled"])
def test_what_is_used_or_cancelled_does_not_expire(state):
    overdue(**{state: True})

    assert tasks.expire_overdue() == 0


def test_a_voucher_expires_after_midnight_of_its_customer(time_machine):
    time_machine.move_to("2026-03-10T00:15:00Z", tick=False)
    day = clock.today()
    east = CustomerFactory(time_zone="Asia/Taipei")
    west = CustomerFactory(time_zone="America/Los_Angeles")
    gone = VoucherFactory(customer=east, expires_on=day - timedelta(days=1))
    VoucherFactory(customer=east, expires_on=day)
    VoucherFactory(customer=west, expires_on=day - timedelta(days=1))

    tasks.expire_overdue()

    assert list(Voucher.objects.filter(state=State.EXPIRED)) == [gone]


@pytest.mark.parametrize(
    ("days_left", "mails"), [(61, 0), (60, 1), (31, 1), (14, 1), (0, 1), (-1, 0)]
)
def test_a_reminder_is_sent_from_the_first_offset_to_the_last_day(days_left, mails):
    VoucherFactory(expires_on=clock.in_days(days_left))

    remind(nightly.REMINDER)

    assert Email.objects.count() == mails


def test_each_offset_is_one_mail_even_when_the_clock_runs_twice(time_machine):
    time_machine.move_to("2026-03-01T06:00:00Z", tick=False)
    VoucherFactory(expires_on=clock.in_days(30))

    for day in ["01", "01", "05", "17", "28", "31"]:
        time_machine.move_to(f"2026-03-{day}T06:00:00Z", tick=False)
        remind(nightly.REMINDER)

    reminder_offsets = [
        email.key.split(":")[3] for email in Email.objects.order_by("pk")
    ]
    assert reminder_offsets == ["30", "14", "3"]


def test_a_reminder_goes_to_every_follower():
    voucher = VoucherFactory(
        assigned=True, partner=PartnerFactory(), expires_on=clock.in_days(3)
    )
    admin = actor_of(voucher.partner, Role.PARTNER_ADMIN).person
    actor_of(voucher.partner, Role.FINANCE)

    remind(nightly.REMINDER)

    assert told() == sorted(
        ("voucher-expires", person.email)
        for person in (voucher.admin, voucher.project_manager, admin)
    )


@pytest.mark.parametrize("state", ["redeemed", "paid", "cancelled", "expired"])
def test_nobody_is_reminded_of_what_is_closed(state):
    VoucherFactory(**{state: True, "expires_on": clock.in_days(3)})

    assert remind(nightly.REMINDER) == 0

    assert told() == []


def test_nobody_is_reminded_of_what_is_suspended():
    VoucherFactory(expires_on=clock.in_days(3))
    Voucher.objects.update(suspended_at=clock.now(), suspension_reason="A question.")

    assert remind(nightly.REMINDER) == 0


@pytest.mark.parametrize("state", [State.CANCELLED, State.EXPIRED])
def test_nobody_is_reminded_of_what_was_closed_since_it_was_listed(monkeypatch, state):
    VoucherFactory(expires_on=clock.in_days(3))
    write = Drafts.write

    def meanwhile(self, listed):
        write(self, listed)
        Voucher.objects.update(state=state)

    monkeypatch.setattr(Drafts, "write", meanwhile)

    assert remind(nightly.REMINDER) == 0

    assert told() == []


def test_many_are_reminded_with_as_many_statements_as_one():
    agreement = CustomerAgreementFactory()
    near = {"agreement": agreement, "expires_on": clock.in_days(3)}
    admin = VoucherFactory(**near).admin
    with CaptureQueriesContext(connection) as one:
        remind(nightly.REMINDER)
    VoucherFactory.create_batch(8, **near, admin=admin)

    with CaptureQueriesContext(connection) as many:
        assert remind(nightly.REMINDER) == 1

    assert len(many) == len(one)
    assert told()[-1] == ("voucher-expires-many", admin.email)


def test_a_run_that_finds_nothing_due_asks_as_little_as_one_without_vouchers(
    same_statements,
):
    with same_statements():
        remind(nightly.REMINDER)
    VoucherFactory(expires_on=clock.in_days(3))
    remind(nightly.REMINDER)

    with same_statements():
        assert remind(nightly.REMINDER) == 0

"""A voucher that stands still: nothing moves, nothing expires, nobody loses a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from django.utils.formats import date_format

from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.reminders import remind
from portal.roles import Duty, Role
from tests.factories.portal import actor_of, staff_actor
from tests.factories.vouchers import VoucherFactory
from tests.vouchers.actions import recorded, told
from vouchers import tasks
from vouchers.models import Extension, State, Voucher
from vouchers.services import nightly, suspension

pytestmark = pytest.mark.django_db

WHY = "An audit of the agreement."


@pytest.fixture
def reviewer():
    return staff_actor(Duty.DELIVERY_REVIEWER)


def suspend(voucher, by, reason=WHY):
    suspension.suspend(voucher, reason=reason, by=by)
    return Voucher.objects.get(pk=voucher.pk)


@pytest.mark.parametrize("duty", [Duty.PROGRAM_MANAGER, Duty.DELIVERY_REVIEWER])
@pytest.mark.parametrize("state", ["created", "assigned", "reserved", "redeemed"])
def test_the_sponsor_lets_an_open_voucher_stand_still(state, duty):
    voucher = VoucherFactory(**{} if state == "created" else {state: True})

    still = suspend(voucher, staff_actor(duty))

    assert (still.state, still.suspension_reason) == (state, WHY)
    assert recorded() == ["voucher.suspended"]
    assert AuditEntry.objects.get().reason == WHY


@pytest.mark.parametrize("state", ["paid", "cancelled", "expired"])
def test_a_voucher_that_is_over_is_not_suspended(state, reviewer):
    voucher = VoucherFactory(**{state: True})

    with pytest.raises(Refused, match="Nothing is left to do"):
        suspend(voucher, reviewer)

    assert recorded() == []


def test_a_voucher_past_its_last_day_is_not_suspended(reviewer):
    late = VoucherFactory(expires_on=clock.today() - timedelta(days=1))

    with pytest.raises(Refused, match="has expired"):
        suspend(late, reviewer)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_suspending_and_reactivating_need_a_reason(reason, reviewer):
    running, still = VoucherFactory(), VoucherFactory(suspended=True)

    for action, voucher in (
        (suspension.suspend, running),
        (suspension.reactivate, still),
    ):
        with pytest.raises(Refused) as refusal:
            action(voucher, reason=reason, by=reviewer)
        assert refusal.value.field == "reason"

    assert recorded() == []


@pytest.mark.parametrize(
    "duty", [duty for duty in Duty if duty not in suspension.SUSPENDERS]
)
def test_other_duties_suspend_nothing(duty):
    running, still = VoucherFactory(), VoucherFactory(suspended=True)

    for action, voucher in (
        (suspension.suspend, running),
        (suspension.reactivate, still),
    ):
        with pytest.raises(Refused):
            action(voucher, reason=WHY, by=staff_actor(duty))

    assert recorded() == []


def test_suspending_twice_or_reactivating_what_runs_is_refused(reviewer):
    voucher = VoucherFactory()

    with pytest.raises(Refused, match="is not suspended"):
        suspension.reactivate(voucher, reason=WHY, by=reviewer)
    suspend(voucher, reviewer)
    with pytest.raises(Refused, match="suspended already"):
        suspend(voucher, reviewer)

    assert recorded() == ["voucher.suspended"]


def test_both_sides_are_told_why_and_what_it_means(reviewer):
    voucher = VoucherFactory(reserved=True)
    lead = actor_of(voucher.partner, Role.PARTNER_ADMIN)
    holder = voucher.reservations.get().reserved_by

    suspend(voucher, reviewer)

    people = [voucher.admin, voucher.project_manager, lead.person, holder]
    assert told() == sorted(("voucher-suspended", each.email) for each in people)
    for email in Email.objects.all():
        assert WHY in email.body
        assert "does not expire" in email.body


def test_reactivating_tells_both_sides_the_last_day(reviewer):
    voucher = VoucherFactory(reserved=True, suspended=True)

    suspension.reactivate(voucher, reason="All is well.", by=reviewer)

    last_day = voucher.expires_on + timedelta(days=3)
    bodies = [email.body for email in Email.objects.all()]
    assert len(bodies) == 3
    assert all(date_format(last_day) in body for body in bodies)
    assert {name for name, _to in told()} == {"voucher-reactivated"}


def test_the_last_day_moves_by_the_days_it_stood_still(reviewer):
    voucher = VoucherFactory(reserved=True, suspended=True)

    suspension.reactivate(voucher, reason="All is well.", by=reviewer)

    again = Voucher.objects.get()
    assert (again.state, again.suspended_at, again.suspension_reason) == (
        State.RESERVED,
        None,
        "",
    )
    assert again.expires_on == voucher.expires_on + timedelta(days=3)
    extension = Extension.objects.get()
    assert (extension.kind, extension.before, extension.until, extension.reason) == (
        "suspension",
        voucher.expires_on,
        again.expires_on,
        "All is well.",
    )


def test_a_voucher_that_stood_still_past_its_last_day_goes_on(reviewer):
    voucher = VoucherFactory(
        assigned=True, suspended=True, expires_on=clock.today() - timedelta(days=1)
    )

    suspension.reactivate(voucher, reason="All is well.", by=reviewer)

    assert Voucher.objects.get().expires_on == clock.today() + timedelta(days=2)


def test_on_the_day_of_its_suspension_no_day_is_added(reviewer):
    voucher = VoucherFactory()

    suspend(voucher, reviewer)
    suspension.reactivate(voucher, reason="A mistake.", by=reviewer)

    assert Voucher.objects.get().expires_on == voucher.expires_on
    assert not Extension.objects.exists()


def test_a_redeemed_voucher_needs_no_more_days(reviewer):
    voucher = VoucherFactory(redeemed=True, suspended=True)

    suspension.reactivate(voucher, reason="All is well.", by=reviewer)

    assert Voucher.objects.get().expires_on == voucher.expires_on
    assert not Extension.objects.exists()


def test_a_suspended_voucher_neither_expires_nor_is_reminded_of():
    yesterday, soon = clock.in_days(-2), clock.in_days(3)
    late = VoucherFactory(suspended=True, expires_on=yesterday)
    VoucherFactory(suspended=True, assigned=True, expires_on=soon)
    running = VoucherFactory(expires_on=yesterday)

    tasks.expire_overdue()
    remind(nightly.REMINDER)

    assert Voucher.objects.get(pk=late.pk).state == State.CREATED
    assert Voucher.objects.get(pk=running.pk).state == State.EXPIRED
    assert told() == [("voucher-expired", running.admin.email)]


@pytest.mark.parametrize(
    ("state", "move"),
    [
        ("created", "assigned"),
        ("assigned", "reserved"),
        ("assigned", "cancelled"),
        ("reserved", "assigned"),
        ("reserved", "expired"),
        ("redeemed", "paid"),
    ],
)
def test_the_database_lets_no_suspended_voucher_move(state, move):
    voucher = VoucherFactory(
        suspended=True, **{} if state == "created" else {state: True}
    )

    with (
        pytest.raises(match="Cannot update"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE vouchers_voucher SET state = %s WHERE id = %s", [move, voucher.pk]
        )


@pytest.mark.parametrize("state", ["paid", "cancelled", "expired"])
def test_the_database_suspends_only_what_can_go_on(state):
    with pytest.raises(IntegrityError, match="voucher_suspended_can_go_on"):
        VoucherFactory(suspended=True, **{state: True})


def test_the_database_wants_a_reason():
    with pytest.raises(IntegrityError, match="voucher_suspended_has_reason"):
        VoucherFactory(suspended=True, suspension_reason="")


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Pacific/Auckland", date(2026, 5, 4)), ("America/Los_Angeles", date(2026, 5, 3))],
)
def test_the_day_of_a_suspension_is_that_of_the_page_on_which_it_stands(zone, day):
    voucher = VoucherFactory(suspended=True)
    voucher.suspended_at = datetime(2026, 5, 3, 16, tzinfo=UTC)

    with timezone.override(zone):
        finding = suspension.moves_on(voucher)

    assert (finding.since, date_format(day, "DATE_FORMAT") in finding.found) == (
        day,
        True,
    )

"""Suspending at the sponsor's desk, and seeing which partner is silent."""

from datetime import timedelta

import pytest
from django.urls import reverse

from portal import clock
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import staff_actor
from tests.factories.vouchers import VoucherFactory
from tests.vouchers.actions import recorded
from vouchers.models import State, Voucher

pytestmark = pytest.mark.django_db
LIST = "admin:vouchers_voucher_changelist"


@pytest.fixture
def desk(as_person):
    person = staff_actor(Duty.PROGRAM_MANAGER, Duty.DELIVERY_REVIEWER).person
    give_second_factor(person)
    return as_person(person)


def press(desk, voucher, action, **typed):
    fields = {"action": action, "_selected_action": [voucher.pk], **typed}
    return desk.post(reverse(LIST), fields, follow=True)


def record_of(desk, voucher):
    return desk.get(reverse("admin:vouchers_voucher_change", args=[voucher.pk]))


def test_a_voucher_is_suspended_and_reactivated_with_reasons(desk):
    voucher = VoucherFactory(reserved=True)

    asked = press(desk, voucher, "suspend")
    assert "Reason" in asked.text
    assert recorded() == []

    press(desk, voucher, "suspend", carry_out=1, reason="An audit.")
    assert Voucher.objects.get().suspension_reason == "An audit."

    press(desk, voucher, "reactivate", carry_out=1, reason="All is well.")
    assert Voucher.objects.get().suspended_at is None
    assert recorded() == ["voucher.suspended", "voucher.reactivated"]


def test_the_record_says_why_a_button_is_missing(desk):
    running, still = VoucherFactory(), VoucherFactory(suspended=True)

    assert "Reactivate: The voucher is not suspended." in record_of(desk, running).text
    text = record_of(desk, still).text
    assert "Suspend: The voucher is suspended already." in text
    assert "An audit of the agreement." in text


def listed(desk, **query):
    response = desk.get(reverse(LIST), query)
    return set(response.context["cl"].queryset)


def held(days):
    return VoucherFactory(reserved=True, reserved_at=clock.now() - timedelta(days=days))


def test_the_list_narrows_to_partners_that_schedule_nothing(desk):
    silent, patient = held(40), held(10)
    EngagementFactory(voucher=held(40))
    called_off = held(40)
    EngagementFactory(
        voucher=called_off, called_off=True, reservation=earlier_hold_of(called_off)
    )
    VoucherFactory(assigned=True)

    assert listed(desk, silent=30) == {silent, called_off}
    assert listed(desk, silent=14) == {silent, called_off}
    assert patient not in listed(desk, silent=14)
    assert len(listed(desk, silent="nonsense")) == 5


def earlier_hold_of(voucher):
    """Return a hold of the same partner that ended before the live one."""
    live = voucher.reservations.get()
    type(live).objects.filter(pk=live.pk).update(
        released_at=clock.now(), release_reason="changed"
    )
    ended = voucher.reservations.get()
    live.pk, live.released_at, live.release_reason = None, None, ""
    live.save()
    return ended


def test_the_record_shows_the_silence_beside_the_button(desk):
    voucher = held(40)

    text = record_of(desk, voucher).text

    assert "Reserved 40 days ago; nothing is scheduled." in text
    assert "Release the reservation" in text


def test_a_partner_that_has_scheduled_is_not_silent(desk):
    engagement = EngagementFactory()

    text = record_of(desk, engagement.voucher).text

    assert "The partner has scheduled the engagement" in text
    assert "nothing is scheduled" not in text


def test_a_voucher_that_nobody_holds_has_no_silent_partner(desk):
    voucher = VoucherFactory(assigned=True)

    assert "Is the partner silent?" not in record_of(desk, voucher).text
    assert Voucher.objects.get().state == State.ASSIGNED

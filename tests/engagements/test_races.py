"""Actions on one engagement at the same moment."""

from functools import partial

import pytest

from engagements.models import Engagement, EngagementState
from engagements.services import redemptions, schedules
from portal.models import Email
from portal.roles import Role
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.engagements.conftest import ahead
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import actor_of
from tests.factories.vouchers import VoucherFactory
from vouchers.models import State, Voucher
from vouchers.services import reservations

pytestmark = pytest.mark.django_db(transaction=True)


def as_actor(by, action, *args, **typed):
    def act():
        with acting_for(by.organization_id, person=by.person_id):
            return action(*args, by=by, **typed)

    return act


def test_ten_colleagues_schedule_one_voucher_at_once():
    voucher = VoucherFactory(reserved=True)
    by = actor_of(voucher.partner, Role.DELIVERY_LEAD)
    action = as_actor(
        by,
        schedules.schedule,
        voucher,
        starts_on=ahead(1),
        ends_on=ahead(5),
        lead=by.person,
    )

    at_once(*[action] * 10)

    assert Engagement.objects.count() == 1
    assert Email.objects.count() == 1


def test_ten_colleagues_redeem_at_once():
    engagement = EngagementFactory(reported=True)
    by = actor_of(engagement.partner, Role.DELIVERY_LEAD)

    outcomes = at_once(*[as_actor(by, redemptions.redeem, engagement)] * 10)

    assert outcomes.count(None) == 1
    assert Voucher.objects.get().agreement.balance.delivered == 5
    assert Email.objects.filter(key__startswith="voucher-redeemed:").count() == 1


@pytest.mark.parametrize("_try", range(3))
def test_releasing_and_redeeming_at_once_does_one_of_them(_try):
    engagement = EngagementFactory(reported=True)
    by = actor_of(engagement.partner, Role.DELIVERY_LEAD)
    release = partial(as_actor, by, reservations.release, reason="not_taking_place")

    outcomes = at_once(
        release(engagement.voucher), as_actor(by, redemptions.redeem, engagement)
    )

    assert "deadlock" not in str(outcomes)
    state = Engagement.objects.get().state
    assert (state, Voucher.objects.get().state) in [
        (EngagementState.REPORTED, State.REDEEMED),
        (EngagementState.CALLED_OFF, State.ASSIGNED),
    ]

"""What waits for those who deliver."""

import pytest
from django.urls import reverse

from engagements.presentation import waiting as waiting_presentation
from portal import clock
from portal.roles import Role
from portal.tenancy import acting_for
from tests.counting import statements_of
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import actor_of
from tests.factories.vouchers import VoucherFactory, manager_of
from tests.waiting import kinds_read, tasks_for

pytestmark = pytest.mark.django_db


def waiting(actor):
    with acting_for(actor.organization_id, person=actor.person_id):
        return [
            (str(task.title), task.url, task.due_on and task.due_on.day)
            for task in tasks_for(actor, waiting_presentation.kinds_for)
        ]


def test_a_reserved_voucher_waits_to_be_scheduled():
    voucher = VoucherFactory(reserved=True)
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)

    slug = voucher.partner.slug
    page = reverse("engagements:schedule", args=[slug, voucher.number])
    assert waiting(lead) == [
        (f"Schedule voucher {voucher.number}", page, voucher.expires_on)
    ]


@pytest.mark.parametrize(
    ("state", "page"), [({}, "report"), ({"reported": True}, "redeem")]
)
def test_what_is_delivered_waits_to_be_finished(state, page):
    engagement = EngagementFactory(**state)
    lead = actor_of(engagement.partner, Role.PARTNER_ADMIN)

    address = reverse(
        f"engagements:{page}", args=[engagement.partner.slug, engagement.pk]
    )
    [(_title, url, due_on)] = waiting(lead)
    assert (url, due_on) == (address, engagement.voucher.expires_on)


@pytest.mark.parametrize(
    "state",
    [
        {"upcoming": True},
        {"redeemed": True},
        {"ends_on": clock.today()},
        {"paid": True},
    ],
)
def test_what_is_under_way_or_done_does_not_wait(state):
    engagement = EngagementFactory(**state)

    assert waiting(actor_of(engagement.partner, Role.DELIVERY_LEAD)) == []


def test_others_have_nothing_waiting():
    engagement = EngagementFactory(reported=True)

    assert waiting(actor_of(engagement.partner, Role.FINANCE)) == []
    assert waiting(manager_of(engagement.voucher)) == []


def test_it_costs_the_same_for_any_number_of_rows(partner):
    lead = actor_of(partner, Role.DELIVERY_LEAD)

    def statements():
        with acting_for(lead.organization_id, person=lead.person_id):
            return statements_of(
                lambda: kinds_read(lead, waiting_presentation.kinds_for)
            )

    def add(count):
        for _row in range(count):
            VoucherFactory(reserved=True, partner=partner)
            EngagementFactory(voucher__partner=partner)
            EngagementFactory(reported=True, voucher__partner=partner)

    add(1)
    one = statements()
    add(2)

    assert statements() == one

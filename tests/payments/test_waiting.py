"""What waits for the partner's finance people."""

from datetime import timedelta

import pytest
from django.urls import reverse

from payments.presentation import waiting as waiting_presentation
from portal import clock
from portal.roles import Role
from portal.tenancy import acting_for
from tests.counting import statements_of
from tests.factories.payments import PaymentRequestFactory
from tests.factories.portal import actor_of
from tests.payments.conftest import finance_of, sibling
from tests.waiting import tasks_for


def waiting(actor):
    with acting_for(actor.organization_id, person=actor.person_id):
        return [
            (task.url, task.due_on and task.due_on.day)
            for task in tasks_for(actor, waiting_presentation.kinds_for)
        ]


def test_a_redeemed_voucher_waits_to_be_invoiced(engagement, finance):
    page = reverse("payments:request", args=[engagement.partner.slug])

    assert waiting(finance) == [
        (f"{page}?engagement={engagement.pk}", clock.in_days(60))
    ]


def test_what_can_no_longer_be_invoiced_does_not_wait(engagement, finance):
    sibling(engagement, voucher__redeemed_at=clock.now() - timedelta(days=61))

    assert len(waiting(finance)) == 1


def test_a_returned_request_waits_to_be_corrected(db):
    request = PaymentRequestFactory(returned=True)
    finance = finance_of(request)

    assert waiting(finance) == [(request.url_for(request.partner), None)]


def test_a_request_under_way_does_not_wait(payment_request):
    assert waiting(finance_of(payment_request)) == []


@pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.DELIVERY_LEAD])
def test_others_have_nothing_waiting(engagement, role):
    assert waiting(actor_of(engagement.partner, role)) == []


def test_it_costs_the_same_for_any_number_of_rows(engagement, finance):

    def statements():
        with acting_for(finance.organization_id, person=finance.person_id):
            return statements_of(
                lambda: tasks_for(finance, waiting_presentation.kinds_for)
            )

    def one_more_of_each():
        sibling(engagement)
        PaymentRequestFactory(returned=True, engagement=sibling(engagement))

    one_more_of_each()
    few = statements()
    one_more_of_each()
    one_more_of_each()

    assert statements() == few

"""An enquiry that is answered while the clock closes it."""

from functools import partial

import pytest
from django_fsm import TransitionNotAllowed

from enrollment.models import Enquiry
from enrollment.services import enquiries
from enrollment.tasks import close_silent_enquiries
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.roles import Role
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories.enrollment import (
    BusinessProfileFactory,
    EnquiryFactory,
    ProgramFactory,
)
from tests.factories.portal import CustomerFactory, actor_of

pytestmark = pytest.mark.django_db(transaction=True)


def in_place(action, *args, by, **typed):
    with acting_for(by.organization_id, person=by.person_id):
        return action(*args, by=by, **typed)


def test_an_answer_and_the_clock_leave_one_end():
    ProgramFactory()
    enquiry = EnquiryFactory(answer_by=clock.in_days(-2))
    admin = actor_of(enquiry.partner, Role.PARTNER_ADMIN)
    actor_of(enquiry.customer, Role.BENEFIT_ADMIN)

    answered, closed = at_once(
        partial(in_place, enquiries.accept_enquiry, enquiry, answer="Yes.", by=admin),
        close_silent_enquiries,
    )

    ends = {"accepted": (None, 0), "closed": (TransitionNotAllowed, 1)}
    state = Enquiry.objects.get().state
    refusal, number = ends[state]
    assert closed == number
    assert answered is None if refusal is None else isinstance(answered, refusal)
    assert AuditEntry.objects.get().verb == f"enquiry.{state}"
    assert Email.objects.get().key.startswith(f"enquiry-{state}:")


def test_two_colleagues_who_write_at_once_send_one_enquiry():
    ProgramFactory()
    profile = BusinessProfileFactory(partner__is_listed=True)
    customer = CustomerFactory()
    colleagues = [actor_of(customer, Role.BENEFIT_ADMIN) for _ in "12"]
    ask = partial(enquiries.enquire, profile, engagement_type=None, message="Hi")

    outcomes = at_once(*[partial(in_place, ask, by=by) for by in colleagues])

    [refusal] = [each for each in outcomes if isinstance(each, Refused)]
    assert "has written to" in str(refusal)
    assert Enquiry.objects.count() == 1


def test_two_colleagues_who_answer_at_once_answer_once():
    enquiry = EnquiryFactory()
    colleagues = [actor_of(enquiry.partner, Role.PARTNER_ADMIN) for _ in "12"]
    accept = partial(enquiries.accept_enquiry, enquiry, answer="Yes.")

    outcomes = at_once(*[partial(in_place, accept, by=by) for by in colleagues])

    assert sorted(type(each).__name__ for each in outcomes) == [
        "NoneType",
        "TransitionNotAllowed",
    ]
    assert AuditEntry.objects.get().verb == "enquiry.accepted"

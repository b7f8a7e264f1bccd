"""Two people of one company at the same moment."""

from functools import partial

import pytest

from enrollment.models import Enrollment, ProgramAgreement, Signature
from enrollment.services import agreements, enrollments
from portal.findings import Refused
from portal.models import AuditEntry
from portal.roles import Duty, Role
from portal.tenancy import acting_for, acting_for_all
from tests.concurrency import at_once
from tests.factories.enrollment import ProgramAgreementFactory, ProgramFactory
from tests.factories.portal import PartnerFactory, actor_of, staff_actor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def colleagues():
    partner = PartnerFactory()
    return [actor_of(partner, Role.PARTNER_ADMIN) for _ in "12"]


def in_their_place(action, by, **typed):
    with acting_for(by.organization_id, person=by.person_id):
        return action(by=by, **typed)


def test_two_people_signing_at_once_leave_one_signature(colleagues):
    agreement = ProgramAgreementFactory()
    sign = partial(agreements.sign, agreement, title="Director", address=None)

    outcomes = at_once(
        *[partial(in_their_place, sign, by, name=by.person.name) for by in colleagues]
    )

    [refusal] = [each for each in outcomes if isinstance(each, Refused)]
    [signature] = Signature.objects.all()
    assert f"{signature.signer_name} signed this version" in str(refusal)
    assert AuditEntry.objects.get().person == signature.signer


def test_words_that_change_while_they_are_signed_are_not_signed(colleagues):
    agreement = ProgramAgreementFactory()
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    typed = ProgramAgreement.objects.get()
    typed.text = "1. Be fairer."
    sign = partial(agreements.sign, agreement, name="A", title="B", address=None)

    def publish():
        with acting_for_all():
            agreements.publish(typed, by=manager)

    outcomes = at_once(partial(in_their_place, sign, colleagues[0]), publish)

    # Whoever came first has won; the other one is told.
    assert [isinstance(each, Refused) for each in outcomes].count(True) == 1
    for signature in Signature.objects.select_related("agreement"):
        assert signature.is_of_unchanged_text


def test_two_people_beginning_at_once_share_one_enrollment(colleagues):
    begin = partial(enrollments.begin, ProgramFactory())

    outcomes = at_once(*[partial(in_their_place, begin, by) for by in colleagues])

    assert outcomes == [Enrollment.objects.get()] * 2
    assert AuditEntry.objects.get().verb == "enrollment.begun"

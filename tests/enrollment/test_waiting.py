"""What waits for a partner's admin."""

from datetime import timedelta

import pytest

from enrollment.presentation import waiting
from enrollment.services import reviews
from portal import clock
from portal.roles import Role
from portal.tenancy import acting_for
from tests.factories.enrollment import (
    BusinessProfileFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    ProgramAgreementFactory,
)
from tests.factories.portal import actor_of
from tests.waiting import tasks_for

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def titles(actor):
    with acting_for(actor.organization_id, person=actor.person_id):
        return [str(task.title) for task in tasks_for(actor, waiting.kinds_for)]


@pytest.fixture
def settled(admin, program, signature, held):
    """Return an enrolled partner for whom nothing waits."""
    BusinessProfileFactory(partner=admin.organization)
    return EnrollmentFactory(partner=admin.organization, program=program, active=True)


def test_nothing_waits_for_a_settled_partner(admin, settled):
    assert titles(admin) == []


def test_a_new_partner_is_led_to_the_enrollment(admin):
    assert titles(admin) == ["Enroll in the program"]


def test_an_unfinished_enrollment_waits(admin, program):
    EnrollmentFactory(partner=admin.organization, program=program)

    assert titles(admin) == ["Finish your enrollment"]


def test_a_returned_enrollment_waits_with_its_reason(
    admin, program, return_for_correction
):
    sent = EnrollmentFactory(
        partner=admin.organization, program=program, submitted=True
    )
    return_for_correction(sent)

    [task] = tasks_for(admin, waiting.kinds_for)
    assert task.title == "Mend your enrollment and send it again"
    assert task.detail == "Competencies: No proof behind it. Add a page."


def test_a_rejected_enrollment_waits_to_be_begun_again(
    admin, program, reviewer, reason
):
    sent = EnrollmentFactory(
        partner=admin.organization, program=program, submitted=True
    )
    reviews.reject(sent, reason=reason, by=reviewer)

    [task] = tasks_for(admin, waiting.kinds_for)
    assert task.title == "Begin your enrollment again"
    assert task.detail == "No proof behind it"


def test_a_renewal_that_was_begun_waits_as_a_renewal(admin, settled, program):
    EnrollmentFactory(
        partner=admin.organization, program=program, period=2, follows=settled
    )

    [task] = tasks_for(admin, waiting.kinds_for)
    assert task.title == "Renew your enrollment"
    assert task.due_on.day == settled.ends_on


def test_what_lies_with_the_sponsor_does_not_wait_for_the_partner(admin, program):
    EnrollmentFactory(partner=admin.organization, program=program, submitted=True)

    assert titles(admin) == []


def test_a_new_version_of_the_agreement_waits(admin, settled, program):
    ProgramAgreementFactory(program=program, version="2.0", effective_on=TODAY)

    assert titles(admin) == ["Sign version 2.0 of the program agreement"]


def test_a_version_to_come_does_not_wait_yet(admin, settled, program):
    tomorrow = TODAY + timedelta(days=1)
    ProgramAgreementFactory(program=program, effective_on=tomorrow)

    assert titles(admin) == []


@pytest.mark.parametrize(("days", "waits"), [(60, 1), (61, 0)])
def test_a_competency_waits_from_sixty_days_before_its_end(admin, settled, days, waits):
    end = TODAY + timedelta(days=days)
    HeldCompetencyFactory(partner=admin.organization, verified=True, valid_until=end)

    tasks = tasks_for(admin, waiting.kinds_for)
    assert [task.due_on.day for task in tasks] == [end] * waits


def test_a_competency_that_was_added_anew_does_not_wait(admin, settled):
    end = TODAY + timedelta(days=9)
    ending = HeldCompetencyFactory(
        partner=admin.organization, verified=True, valid_until=end
    )
    HeldCompetencyFactory(
        partner=admin.organization, competency=ending.competency, valid_from=end
    )

    assert titles(admin) == []


def test_a_returned_competency_waits(admin, settled):
    held = HeldCompetencyFactory(partner=admin.organization, returned=True)

    assert titles(admin) == [f"Add {held} again"]


def test_a_renewal_waits_until_the_end_of_the_period(admin, settled, program):
    type(settled).objects.filter(pk=settled.pk).delete()
    due = EnrollmentFactory(
        partner=admin.organization, program=program, renewal_due=True
    )

    [task] = tasks_for(admin, waiting.kinds_for)
    assert task.title == "Renew your enrollment"
    assert task.due_on.day == due.ends_on


def test_a_profile_waits_to_be_published_while_active(admin, program, signature):
    EnrollmentFactory(partner=admin.organization, program=program, active=True)

    assert titles(admin) == ["Publish your business profile"]


@pytest.mark.parametrize("role", [Role.DELIVERY_LEAD, Role.FINANCE])
def test_nothing_waits_for_colleagues(partner, role):
    assert titles(actor_of(partner, role)) == []


def test_nothing_waits_for_customers(customer):
    assert titles(actor_of(customer, Role.BENEFIT_ADMIN)) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_rows(
    admin, settled, rows, same_statements
):
    HeldCompetencyFactory.create_batch(rows, partner=admin.organization, returned=True)

    with same_statements():
        assert len(tasks_for(admin, waiting.kinds_for)) == rows

"""What two people of the sponsor save at the same moment."""

from threading import Event, Thread

import pytest
from django.db import connection
from django.urls import reverse

from enrollment.models import Program
from portal import clock
from portal.roles import Duty
from portal.tenancy import acting_for_all
from tests.conftest import give_second_factor
from tests.factories.enrollment import ProgramFactory
from tests.factories.portal import staff_actor
from tests.factories.vouchers import ConversionRuleFactory, RetirementPlanFactory
from vouchers.models import ConversionRule
from vouchers.services import retirement

pytestmark = pytest.mark.django_db(transaction=True)
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def saved_meanwhile(row, *, until):
    """Save a row in another transaction, and commit it when the event comes."""

    def save():
        with acting_for_all():
            row.save()
            ready.set()
            until.wait(timeout=20)
        connection.close()

    ready = Event()
    other = Thread(target=save)
    other.start()
    assert ready.wait(timeout=20)
    return other


def wait_for_a_waiter():
    """Wait until a statement of somebody waits for the row of somebody else."""
    for _moment in range(400):
        with connection.cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone() != (0,):
                return
        Event().wait(0.05)
    pytest.fail("Nobody waits.")


def test_the_second_of_two_overlapping_rules_is_told_beside_its_field(as_person):
    person = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(person)
    desk = as_person(person)
    source, target = ProgramFactory(), ProgramFactory()
    ways = {"source": source, "target": target, "valid_until": None}
    first = ConversionRuleFactory.build(**ways, valid_from=clock.today())
    commit, answers = Event(), []
    other = saved_meanwhile(first, until=commit)

    def press():
        typed = {
            "source": source.pk,
            "target": target.pk,
            "source_days": 3,
            "target_days": 1,
            "valid_from": clock.in_days(1).isoformat(),
        }
        page = reverse("admin:vouchers_conversionrule_add")
        answers.append(desk.post(page, typed))
        connection.close()

    second = Thread(target=press)
    second.start()
    wait_for_a_waiter()
    commit.set()
    second.join()
    other.join()

    form = answers[0].context["adminform"].form
    assert "Another row says the same" in str(form.errors["valid_from"])
    assert form["source_days"].value() == "3"
    assert ConversionRule.objects.count() == 1


def test_a_plan_keeps_what_a_colleague_has_just_changed_in_its_program():
    drafter, publisher = (staff_actor(Duty.PROGRAM_MANAGER) for _person in range(2))
    plan = RetirementPlanFactory(drafted_by=drafter.person)
    program = Program.objects.get(pk=plan.program_id)
    program.name = "Renamed"
    commit = Event()
    colleague = saved_meanwhile(program, until=commit)

    def publish():
        with acting_for_all():
            retirement.publish_plan(plan, seen=plan.fingerprint, by=publisher)
        connection.close()

    second = Thread(target=publish)
    second.start()
    wait_for_a_waiter()
    commit.set()
    second.join()
    colleague.join()

    program.refresh_from_db()
    assert program.name == "Renamed"
    assert program.creation_ends_on == plan.creation_ends_on

"""Retirement plans: drafted by one, published by another, read-only after that."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from enrollment.models import Offering, Program
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry
from portal.roles import Duty
from portal.tenancy import acting_for
from tests.factories.enrollment import OfferingFactory, ProgramFactory
from tests.factories.portal import staff_actor
from tests.factories.vouchers import RetirementLetterFactory, RetirementPlanFactory
from tests.vouchers.actions import recorded
from vouchers.models import LetterAbout, RetirementLetter, RetirementPlan
from vouchers.services import retirement

pytestmark = pytest.mark.django_db
ahead = clock.in_days


@pytest.fixture
def drafter():
    return staff_actor(Duty.PROGRAM_MANAGER)


@pytest.fixture
def publisher():
    return staff_actor(Duty.PROGRAM_MANAGER)


@pytest.fixture
def draft(drafter):
    return RetirementPlanFactory(drafted_by=drafter.person)


def planned(program=None, **fields):
    """Return a plan as its form would, not kept yet."""
    return RetirementPlan(
        **{
            "program": program or ProgramFactory(),
            "creation_ends_on": ahead(100),
            "reservation_ends_on": ahead(130),
            "redemption_ends_on": ahead(160),
            "reason": "It ends.",
            **fields,
        }
    )


def publish(plan, by):
    retirement.publish_plan(plan, seen=plan.fingerprint, by=by)


def sql(statement, *given):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, given)


def test_a_draft_is_kept_and_changes_nothing(drafter):
    plan = planned()

    retirement.draft_plan(plan, by=drafter)

    assert RetirementPlan.objects.get().drafted_by == drafter.person
    assert Program.objects.get().creation_ends_on is None
    assert not RetirementLetter.objects.exists()
    assert recorded() == ["retirement.drafted"]


def test_only_program_managers_plan(draft):
    reviewer = staff_actor(Duty.DELIVERY_REVIEWER)

    for action in (
        lambda: retirement.draft_plan(planned(), by=reviewer),
        lambda: retirement.change_plan(draft, by=reviewer),
        lambda: publish(draft, reviewer),
        lambda: retirement.discard_plan(draft, by=reviewer),
    ):
        with pytest.raises(Refused, match="one of these roles"):
            action()
    assert [plan.state for plan in RetirementPlan.objects.all()] == ["draft"]


def test_a_second_draft_for_the_same_is_refused(draft, drafter):
    with pytest.raises(Refused, match="a draft for this already"):
        retirement.draft_plan(planned(draft.program), by=drafter)


def test_changing_a_draft_makes_another_person_its_drafter(draft, publisher):
    draft.creation_ends_on = ahead(90)

    retirement.change_plan(draft, by=publisher)

    changed = RetirementPlan.objects.get()
    assert (changed.creation_ends_on, changed.drafted_by) == (
        ahead(90),
        publisher.person,
    )
    entry = AuditEntry.objects.get()
    assert entry.verb == "retirement.changed"
    assert "creation_ends_on" in entry.changes


def test_publishing_puts_the_days_into_force(draft, publisher):
    draft.payment_window_days = 75
    draft.accrual_ends_on = ahead(10)
    draft.save()

    publish(draft, publisher)

    program = Program.objects.get()
    assert program.accrual_ends_on == ahead(10)
    assert program.creation_ends_on == ahead(100)
    assert program.pool_wipe_on == ahead(101)
    assert program.reservation_ends_on == ahead(130)
    assert program.redemption_ends_on == ahead(160)
    assert program.payment_window_days == 75
    assert recorded() == ["catalogue.changed", "retirement.published"]


def test_a_plan_for_an_offering_leaves_its_program_and_the_others_open(publisher):
    offering = OfferingFactory()
    OfferingFactory(program=offering.program)
    plan = RetirementPlanFactory(
        program=offering.program,
        offering=offering,
        pool_wipe_on=None,
        payment_window_days=30,
    )

    publish(plan, publisher)

    rows = Offering.objects.order_by("pk").values_list(
        "creation_ends_on", "redemption_ends_on", "payment_window_days"
    )
    assert list(rows) == [(ahead(100), ahead(160), 30), (None, None, None)]
    assert Program.objects.get().redemption_ends_on is None


def test_an_empty_window_leaves_the_programs_payment_window(draft, publisher):
    publish(draft, publisher)

    assert Program.objects.get().payment_window_days == 60


def test_who_drafted_a_plan_does_not_publish_it(draft, drafter):
    with pytest.raises(Refused, match="Two people decide"):
        publish(draft, drafter)

    assert RetirementPlan.objects.get().state == "draft"
    assert Program.objects.get().creation_ends_on is None
    assert recorded() == []


def test_what_changed_since_the_publisher_looked_is_looked_at_again(draft, publisher):
    seen = draft.fingerprint
    draft.redemption_ends_on = ahead(170)
    draft.save()

    with pytest.raises(Refused, match="changed since you looked"):
        retirement.publish_plan(draft, seen=seen, by=publisher)

    assert Program.objects.get().redemption_ends_on is None


def test_a_draft_that_has_grown_too_old_is_not_published(
    draft, publisher, time_machine
):
    time_machine.move_to(clock.now() + timedelta(days=120))

    with pytest.raises(Refused, match="This day has passed"):
        publish(draft, publisher)


def test_a_discarded_draft_makes_room_for_another(draft, drafter):
    retirement.discard_plan(draft, by=drafter)

    retirement.draft_plan(planned(draft.program), by=drafter)

    states = RetirementPlan.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["discarded", "draft"]
    assert recorded() == ["retirement.discarded", "retirement.drafted"]


def test_publishing_schedules_an_announcement_and_the_rungs_to_come(draft, publisher):
    publish(draft, publisher)

    rows = RetirementLetter.objects.values_list("about", "sends_on")
    assert set(rows) == {
        ("announced", ahead(0)),
        *(
            ("creation", ahead(100 - reminder_offset))
            for reminder_offset in (90, 30, 7)
        ),
        *(("wipe", ahead(101 - reminder_offset)) for reminder_offset in (90, 30, 7)),
        *(
            ("reservation", ahead(130 - reminder_offset))
            for reminder_offset in (90, 30, 7)
        ),
        *(
            ("redemption", ahead(160 - reminder_offset))
            for reminder_offset in (90, 30, 7)
        ),
    }


def test_rungs_that_are_past_are_left_out(publisher):
    plan = RetirementPlanFactory(
        creation_ends_on=ahead(20),
        pool_wipe_on=None,
        reservation_ends_on=None,
        redemption_ends_on=None,
    )

    publish(plan, publisher)

    rows = RetirementLetter.objects.values_list("about", "sends_on")
    assert list(rows) == [("announced", ahead(0)), ("creation", ahead(13))]


def test_a_later_plan_moves_the_days_and_withdraws_the_letters_before(
    draft, drafter, publisher
):
    publish(draft, publisher)
    program = Program.objects.get()
    later = RetirementPlanFactory(
        program=program,
        creation_ends_on=ahead(150),
        pool_wipe_on=ahead(151),
        reservation_ends_on=ahead(160),
        redemption_ends_on=ahead(190),
        drafted_by=publisher.person,
    )

    publish(later, drafter)

    assert Program.objects.get().creation_ends_on == ahead(150)
    assert not draft.letters.waiting().exists()
    assert draft.letters.filter(withdrawn_at=None).count() == 0
    assert later.letters.waiting().count() == 13


BAD = [
    ({"reservation_ends_on": ahead(90)}, "reservation_ends_on", "in this order"),
    ({"redemption_ends_on": ahead(110)}, "redemption_ends_on", "in this order"),
    (
        {"reservation_ends_on": None, "redemption_ends_on": ahead(99)},
        "redemption_ends_on",
        "in this order",
    ),
    ({"pool_wipe_on": ahead(100)}, "pool_wipe_on", "after the last day to create"),
    (
        {"accrual_ends_on": ahead(105), "pool_wipe_on": ahead(105)},
        "pool_wipe_on",
        "after the last day of accrual",
    ),
    ({"creation_ends_on": ahead(-1)}, "creation_ends_on", "This day has passed"),
    ({"accrual_ends_on": ahead(-1)}, "accrual_ends_on", "This day has passed"),
]


@pytest.mark.parametrize(("fields", "field", "words"), BAD)
def test_days_that_cannot_be_are_refused_beside_their_field(
    drafter, fields, field, words
):
    with pytest.raises(Refused, match=words) as refusal:
        retirement.draft_plan(planned(**fields), by=drafter)

    assert refusal.value.field == field
    assert not RetirementPlan.objects.exists()


def test_a_day_in_force_that_has_passed_may_stay(drafter):
    program = ProgramFactory(accrual_ends_on=ahead(-30))

    retirement.draft_plan(planned(program, accrual_ends_on=ahead(-30)), by=drafter)

    assert RetirementPlan.objects.exists()


def test_an_earlier_day_than_the_one_in_force_needs_a_reason(drafter):
    program = ProgramFactory(creation_ends_on=ahead(110))

    with pytest.raises(Refused, match="Say why") as refusal:
        retirement.draft_plan(planned(program), by=drafter)
    retirement.draft_plan(planned(program, earlier_because="Budget"), by=drafter)

    assert refusal.value.field == "earlier_because"
    assert RetirementPlan.objects.count() == 1


def test_a_shorter_payment_window_than_the_one_in_force_needs_a_reason(drafter):
    with pytest.raises(Refused, match="Say why"):
        retirement.draft_plan(planned(payment_window_days=30), by=drafter)


def test_the_reason_for_an_earlier_day_stands_in_the_records(publisher):
    program = ProgramFactory(creation_ends_on=ahead(110))
    plan = RetirementPlanFactory(program=program, earlier_because="Budget")

    publish(plan, publisher)

    assert AuditEntry.objects.get(verb="retirement.published").reason == "Budget"


def test_a_plan_that_changes_nothing_is_refused(drafter):
    days = {
        "creation_ends_on": ahead(100),
        "reservation_ends_on": ahead(130),
        "redemption_ends_on": ahead(160),
    }

    with pytest.raises(Refused, match="in force already"):
        retirement.draft_plan(planned(ProgramFactory(**days), **days), by=drafter)


@pytest.mark.parametrize("field", ["accrual_ends_on", "pool_wipe_on"])
def test_an_offering_has_no_pool_to_end(drafter, field):
    offering = OfferingFactory()
    plan = planned(offering.program, offering=offering, **{field: ahead(120)})

    with pytest.raises(Refused, match="Days belong to the whole program") as refusal:
        retirement.draft_plan(plan, by=drafter)

    assert refusal.value.field == field


def test_an_offering_does_not_outlast_its_program(drafter):
    offering = OfferingFactory(program__redemption_ends_on=ahead(140))

    with pytest.raises(Refused, match="The program ends earlier") as refusal:
        retirement.draft_plan(planned(offering.program, offering=offering), by=drafter)

    assert refusal.value.field == "redemption_ends_on"


def test_an_offering_of_another_program_is_refused(drafter):
    with pytest.raises(Refused, match="another program") as refusal:
        retirement.draft_plan(planned(offering=OfferingFactory()), by=drafter)

    assert refusal.value.field == "offering"


def test_the_database_lets_nobody_publish_their_own_plan(draft, drafter):
    with pytest.raises(IntegrityError, match="retirement_published_by_another"):
        sql(
            "UPDATE vouchers_retirementplan SET state = 'published',"
            " published_at = now(), published_by_id = %s",
            drafter.person.pk,
        )


def test_the_database_keeps_one_draft_for_each_program(draft):
    with pytest.raises(IntegrityError, match="retirement_one_draft"):
        RetirementPlanFactory(program=draft.program)


def test_the_database_leaves_a_published_plan_as_it_is(draft, publisher):
    publish(draft, publisher)

    for statement in (
        "UPDATE vouchers_retirementplan SET reason = 'Another'",
        "DELETE FROM vouchers_retirementplan",
    ):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"):
            sql(statement)


def test_the_database_refuses_a_letter_that_is_sent_and_withdrawn():
    letter = RetirementLetterFactory(sent_at=clock.now())

    with pytest.raises(IntegrityError, match="retirement_letter_sent_or_withdrawn"):
        sql(
            "UPDATE vouchers_retirementletter SET withdrawn_at = now() WHERE id = %s",
            letter.pk,
        )


def test_the_database_schedules_a_letter_once():
    letter = RetirementLetterFactory()

    with pytest.raises(IntegrityError, match="retirement_letter_once"):
        RetirementLetterFactory(plan=letter.plan, about=LetterAbout.ANNOUNCEMENT)


@pytest.mark.parametrize("table", ["retirementplan", "retirementletter"])
def test_the_portals_own_role_reads_nothing_of_plans(customer, table):
    with (
        pytest.raises(Exception, match="permission denied"),
        acting_for(customer.pk),
    ):
        sql(f"SELECT FROM vouchers_{table}")

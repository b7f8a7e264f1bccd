"""The engagement's machine and what the database promises of it."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django_fsm import can_proceed

from engagements.models import ENGAGEMENT_MOVES, Engagement, EngagementState
from portal import clock
from portal.states import explain, ways
from tests.factories.engagements import CompletionReportFactory, EngagementFactory
from tests.factories.portal import CustomerFactory, PartnerFactory

MOVES = {
    "report": {EngagementState.SCHEDULED},
    "call_off": {EngagementState.SCHEDULED, EngagementState.REPORTED},
}


@pytest.mark.parametrize("state", EngagementState)
@pytest.mark.parametrize("move", MOVES)
def test_each_move_starts_only_from_its_own_states(move, state):
    engagement = Engagement(
        state=state, ends_on=clock.today(), partner=PartnerFactory.build()
    )

    assert can_proceed(getattr(engagement, move)) == (state in MOVES[move])


def test_the_database_knows_the_same_moves():
    assert ways(Engagement) == ENGAGEMENT_MOVES


def test_an_engagement_is_not_reported_before_its_last_day():
    engagement = Engagement(ends_on=clock.in_days(1), partner=PartnerFactory.build())

    assert not can_proceed(engagement.report)


def test_state_cannot_be_assigned_by_hand():
    with pytest.raises(AttributeError):
        Engagement().state = EngagementState.REPORTED


def in_sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "lost"}, "engagement_state_is_known"),
        ({"starts_on": clock.in_days(1)}, "engagement_begins_before_it_ends"),
    ],
)
@pytest.mark.django_db
def test_database_refuses(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        EngagementFactory(**fields)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"days_on_site": 0}, "report_has_days"),
        ({"no_extra_charge": False}, "report_declares_both"),
        ({"policies_met": False}, "report_declares_both"),
    ],
)
def test_database_refuses_a_report(engagement, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        CompletionReportFactory(engagement=engagement, **fields)


def test_database_refuses_a_second_engagement_of_a_reservation(engagement):
    with pytest.raises(IntegrityError, match="reservation"):
        EngagementFactory(voucher=engagement.voucher)


@pytest.mark.parametrize("party", ["customer", "partner"])
@pytest.mark.django_db(transaction=True)
def test_database_ties_the_engagement_to_its_reservation(party):
    stranger = {"customer": CustomerFactory, "partner": PartnerFactory}[party]()

    with pytest.raises(IntegrityError, match="tied"):
        EngagementFactory(**{party: stranger})


def test_database_refuses_a_move_that_is_none(engagement):
    EngagementFactory(called_off=True)

    with pytest.raises(ProgrammingError, match="Invalid transition"):
        in_sql(
            "UPDATE engagements_engagement SET state = 'scheduled'"
            " WHERE state = 'called_off'"
        )


def test_a_report_is_written_once(engagement):
    CompletionReportFactory(engagement=engagement)

    with pytest.raises(Exception, match=r"permission denied|Cannot update"):
        in_sql("UPDATE engagements_completionreport SET summary = 'other'")


def test_why_a_called_off_engagement_is_not_reported():
    engagement = Engagement(state=EngagementState.CALLED_OFF)

    with pytest.raises(Exception) as refusal:
        engagement.report()

    assert explain(refusal.value) == (
        "This cannot be done while the engagement is called off."
    )

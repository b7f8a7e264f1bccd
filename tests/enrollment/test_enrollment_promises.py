"""What the database promises of periods, lines and pins."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django_fsm import can_proceed

from enrollment.models import Confirmation, Enrollment, EnrollmentLine, LineState, Pin
from enrollment.models.states import LINE_MOVES
from portal import clock
from portal.states import ways
from tests.factories.enrollment import (
    EnrollmentFactory,
    OfferingFactory,
    ProgramFactory,
)
from tests.factories.portal import PartnerFactory, ReasonFactory, UserFactory

TODAY = clock.today()
MOVES = {
    "approve": {LineState.ASKED},
    "refuse": {LineState.ASKED},
    "ask_again": {LineState.REFUSED},
}


@pytest.mark.parametrize("state", LineState)
@pytest.mark.parametrize("move", MOVES)
def test_each_move_of_a_line_starts_only_from_its_own_states(move, state):
    line = EnrollmentLine(state=state)

    assert can_proceed(getattr(line, move)) == (state in MOVES[move])


def test_the_databases_machine_of_lines_is_the_models():
    assert ways(EnrollmentLine) == sorted(LINE_MOVES)


@pytest.fixture
def place(db):
    return {"partner": PartnerFactory(), "program": ProgramFactory(grace_days=30)}


@pytest.fixture
def open_one(place):
    return EnrollmentFactory(**place, offerings=[OfferingFactory()])


def refused(name, action, *args, **kwargs):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        action(*args, **kwargs)


@pytest.mark.parametrize("state", ["active", "suspended", "lapsed"])
def test_two_periods_are_never_good_on_one_day(place, state):
    first = EnrollmentFactory(**place, active=True)
    day_after = {
        "starts_on": first.ends_on + timedelta(days=1),
        "ends_on": first.ends_on + timedelta(days=365),
    }
    # Its days of grace are not over when the next period starts.
    second = {**place, **day_after, "period": 2, state: True}

    refused("enrollment_one_good_period_a_day", EnrollmentFactory, **second)

    Enrollment.objects.filter(pk=first.pk).update(good_until=first.ends_on)
    assert EnrollmentFactory(**second)


def test_a_rejected_enrollment_names_its_reason(place):
    refused(
        "enrollment_rejected_has_reason", EnrollmentFactory, **place, state="rejected"
    )


@pytest.mark.parametrize("state", ["in_progress", "submitted"])
def test_no_line_is_approved_before_its_enrollment(open_one, state):
    Enrollment.objects.filter(pk=open_one.pk).update(state=state)

    refused(
        "enrollment_line_approved_in_a_period",
        open_one.lines.update,
        state=LineState.APPROVED,
    )


def test_an_approved_line_cannot_be_asked_for_again(place):
    running = EnrollmentFactory(**place, offerings=[OfferingFactory()], active=True)

    with pytest.raises(ProgrammingError, match="Invalid transition"):
        running.lines.update(state=LineState.ASKED)


def test_a_line_in_an_unknown_state_is_refused(open_one):
    refused(
        "enrollment_line_state_is_known",
        EnrollmentLine.objects.create,
        enrollment=open_one,
        partner=open_one.partner,
        offering=OfferingFactory(),
        state="x",
    )


@pytest.mark.parametrize(
    ("model", "name"),
    [(Confirmation, "confirmation_section"), (Pin, "pin_section")],
)
def test_an_unknown_section_is_refused(open_one, model, name):
    who = "confirmed_by" if model is Confirmation else "pinned_by"
    more = {} if model is Confirmation else {"reason": ReasonFactory()}

    refused(
        f"{name}_is_known",
        model.objects.create,
        enrollment=open_one,
        partner=open_one.partner,
        section="weather",
        **{who: UserFactory()},
        **more,
    )


def test_a_part_is_confirmed_once(open_one):
    note = Confirmation(
        enrollment=open_one,
        partner=open_one.partner,
        section="company",
        confirmed_by=UserFactory(),
    )
    note.save()
    note.pk = None

    refused("confirmation_once", note.save, force_insert=True)


def test_a_period_carries_over_only_its_own_partners_answers(open_one):
    EnrollmentFactory(follows=open_one)

    with pytest.raises(IntegrityError, match="enrollment_follows_partner_tied"):
        connection.check_constraints()

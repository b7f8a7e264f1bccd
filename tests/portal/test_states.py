"""Guards that say why, on a small machine of our own."""

import pytest
from django.db import models
from django_fsm import FSMField, TransitionNotAllowed

from portal.states import explain, guard, move, ways, why_not


class Light(models.TextChoices):
    """The states of a lamp."""

    OFF = "off", "Off"
    ON = "on", "On"
    BROKEN = "broken", "Broken"


@guard("The lamp has no bulb.")
def has_bulb(lamp):
    return lamp.bulbs > 0


@guard("The lamp is not plugged in.")
def is_plugged_in(lamp):
    return lamp.is_plugged


class Lamp(models.Model):
    """A machine with two guards."""

    state = FSMField(choices=Light, default=Light.OFF, protected=True)
    bulbs = models.IntegerField(default=1)
    is_plugged = models.BooleanField(default=True)

    class Meta:
        app_label = "tests"
        managed = False

    def __str__(self):
        return "lamp"

    @move(source=Light.OFF, target=Light.ON, conditions=[has_bulb, is_plugged_in])
    def light(self):
        """Turn it on."""

    @move(source=[Light.OFF, Light.ON], target=Light.BROKEN)
    def smash(self):
        """Break it."""


def test_a_refused_move_gives_the_sentence_of_its_guard():
    lamp = Lamp(bulbs=0)

    with pytest.raises(TransitionNotAllowed) as refusal:
        lamp.light()

    assert explain(refusal.value) == "The lamp has no bulb."


def test_the_first_guard_that_does_not_hold_speaks():
    assert why_not(Lamp(is_plugged=False), "light") == "The lamp is not plugged in."


def test_a_move_from_a_wrong_state_names_the_state():
    lamp = Lamp(state=Light.BROKEN)

    assert why_not(lamp, "light") == "This cannot be done while the lamp is broken."


def test_a_move_that_may_be_made_has_no_reason_against_it():
    assert why_not(Lamp(), "light") == ""


def test_a_state_cannot_be_set_by_hand():
    with pytest.raises(AttributeError):
        Lamp().state = Light.ON


def test_ways_lists_each_step_of_the_machine():
    assert ways(Lamp) == [("off", "broken"), ("off", "on"), ("on", "broken")]

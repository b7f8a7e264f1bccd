"""Findings: what a judgement says, and how a refusal tells it."""

from django.http import HttpRequest

from portal.findings import (
    Finding,
    LazyWords,
    Refused,
    Words,
    all_hold,
    unmet_findings,
)
from portal.forms import RolesForm
from portal.roles import Side
from portal.web import refusal_text, refusals_shown

MET = Finding("Agreement", True, "Signed.", "A signature")
UNMET = Finding("Competency", False, "None is held.", "One", fix="Add one.")


def test_a_judgement_holds_only_if_every_finding_does():
    assert all_hold([MET, MET])
    assert not all_hold([MET, UNMET])


def test_unmet_keeps_what_does_not_hold():
    assert unmet_findings([MET, UNMET]) == [UNMET]


def test_a_finding_reads_as_one_line():
    assert str(UNMET) == "Competency: None is held. Add one."


def test_the_words_of_a_finding_are_composed_once_and_only_when_they_are_read():
    composed = []

    def compose():
        composed.append("words")
        return Words("None is held.", "One", "Add one.")

    finding = Finding(holds=False, **LazyWords("Competency", compose).texts())

    assert not all_hold([finding])
    assert composed == []
    assert finding == UNMET
    assert str(finding) == str(UNMET)
    assert composed == ["words"]


def test_a_refusal_tells_its_unmet_findings_too():
    refusal = Refused("You do not qualify.", [MET, UNMET])

    assert refusal_text(refusal) == (
        "You do not qualify. Competency: None is held. Add one."
    )


def test_a_refusal_stands_in_the_forms_summary():
    form = RolesForm({"roles": ["finance"]}, kind=Side.PARTNER)
    form.is_valid()

    with refusals_shown(HttpRequest(), form):
        raise Refused("The last admin stays.")

    assert form.non_field_errors() == ["The last admin stays."]

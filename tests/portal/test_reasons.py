"""Coded reasons: what can be chosen, and when words of one's own are needed."""

import pytest

from portal.findings import Refused
from portal.forms import coded_reason
from portal.models import Reason, Topic


@pytest.fixture
def reasons(db):
    """One plain reason, one that needs a note, a retired one, one of another topic."""
    Reason.objects.all().delete()
    made = [
        Reason(topic="competency", code="cut-off", label="Cut off", position=2),
        Reason(topic="competency", code="other", label="Other", needs_note=True),
        Reason(topic="competency", code="old", label="Old", is_active=False),
        Reason(topic="profile", code="rude", label="Rude"),
    ]
    return {reason.code: reason for reason in Reason.objects.bulk_create(made)}


def filled_in(reason, note=""):
    form = coded_reason(Topic.COMPETENCY)
    return form({"reason": reason.pk, "note": note})


def test_the_form_offers_the_topics_reasons_in_the_sponsors_order(reasons):
    form = coded_reason(Topic.COMPETENCY)()
    assert list(form.fields["reason"].queryset) == [
        reasons["other"],
        reasons["cut-off"],
    ]


def test_the_form_gives_what_the_service_takes(reasons):
    form = filled_in(reasons["cut-off"], " Page 2. ")
    assert form.is_valid()
    assert form.cleaned_data == {"reason": reasons["cut-off"], "note": "Page 2."}


def test_a_reason_that_says_too_little_asks_for_a_note(reasons):
    form = filled_in(reasons["other"], "  ")
    assert form.errors == {"note": ["Write a note: “Other” says too little by itself."]}


@pytest.mark.parametrize("code", ["old", "rude"])
def test_a_reason_that_is_retired_or_of_another_topic_cannot_be_chosen(reasons, code):
    assert list(filled_in(reasons[code]).errors) == ["reason"]


def test_a_reason_of_another_topic_does_not_fit(reasons):
    with pytest.raises(Refused, match="“Rude” is not a reason") as refusal:
        reasons["rude"].must_fit(Topic.COMPETENCY, "")
    assert refusal.value.field == "reason"

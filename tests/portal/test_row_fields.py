"""A choice of few rows, a search among very many, and how both are written."""

import pytest
from django import forms
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from portal.models import Organization
from portal.row_fields import (
    MOST_CHOICES,
    RowField,
    SearchedField,
    SearchedRadios,
    look_in,
    sent_form,
    typed_before,
)
from tests.factories.portal import CustomerFactory

pytestmark = pytest.mark.django_db


class ChoiceForm(forms.Form):
    customer = SearchedField(empty_label="Nobody", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Organization.objects.filter(kind="customer").order_by("name", "pk")
        look_in(self, "customer", rows)


def customers(count, name="Company {:02}"):
    return [CustomerFactory(name=name.format(number)) for number in range(count)]


def offered(form):
    return [str(label) for _value, label in form.fields["customer"].choices]


def widget(form):
    return form.fields["customer"].widget


def test_few_stand_in_a_list():
    rows = customers(MOST_CHOICES)

    form = ChoiceForm()

    assert offered(form) == ["Nobody", *(row.name for row in rows)]
    assert not isinstance(widget(form), SearchedRadios)


def test_of_more_the_first_stand_beneath_a_search():
    rows = customers(MOST_CHOICES + 1)

    form = ChoiceForm()

    assert offered(form) == ["Nobody", *(row.name for row in rows[:-1])]
    assert isinstance(widget(form), SearchedRadios)
    text = str(form["customer"])
    assert 'name="customer_search"' in text
    assert "There are more." in text


def test_a_search_finds_by_a_part_of_the_name_and_keeps_it():
    customers(MOST_CHOICES + 1)
    CustomerFactory(name="Zebra <Works>")

    form = ChoiceForm(initial={"customer_search": " ebra "})

    assert offered(form) == ["Nobody", "Zebra <Works>"]
    assert 'value="ebra"' in str(form["customer"])
    assert "There are more." not in str(form["customer"])
    assert "Zebra &lt;Works&gt;" in str(form["customer"])


def test_what_was_chosen_stays_in_sight_and_chosen():
    *_others, last = customers(MOST_CHOICES + 5)

    for begin in ({}, {"customer_search": "Company 00"}):
        form = ChoiceForm(initial={"customer": str(last.pk), **begin})

        assert offered(form)[1] == last.name
        assert f'value="{last.pk}"' in str(form["customer"])
        assert "checked" in str(form["customer"])


@pytest.mark.parametrize("key", ["", "x", "-1", "9" * 30, "１"])
def test_a_key_that_is_none_chooses_nothing(key):
    customers(2)

    assert len(offered(ChoiceForm(initial={"customer": key}))) == 3


def test_any_row_is_taken_whether_it_is_in_sight_or_not():
    *_others, last = customers(MOST_CHOICES + 5)

    form = ChoiceForm({"customer": str(last.pk)})

    assert form.is_valid()
    assert form.cleaned_data["customer"] == last


def test_showing_costs_the_same_for_any_number(same_statements):
    for count in (1, 60):
        customers(count)

        with same_statements():
            str(ChoiceForm())


def test_a_search_judges_nothing_and_keeps_what_was_typed():
    data = QueryDict("label=Rollout&customer_search=ze&search=customer")

    assert sent_form(data) is None
    assert typed_before(data)["label"] == "Rollout"


def test_what_is_sent_to_be_done_is_judged():
    data = QueryDict("label=Rollout&customer_search=ze")

    assert sent_form(data) is data
    assert typed_before(data) == {}
    assert sent_form(QueryDict("")) is None


def test_a_select_escapes_its_options_and_marks_what_is_chosen():
    class Choosing(forms.Form):
        one = forms.ChoiceField(
            choices=[("", "<any>"), ("G & H", [(1, 'a"b'), (2000, "two")])],
            initial=2000,
        )

    written = str(Choosing()["one"])

    assert '<option value="">&lt;any&gt;</option>' in written
    assert '<optgroup label="G &amp; H">\n<option value="1">a&quot;b<' in written
    assert '<option value="2000" selected>two</option>\n</optgroup>' in written


def test_a_page_reads_the_rows_of_a_select_once():
    row = CustomerFactory()

    class Choosing(forms.Form):
        customer = RowField(Organization.objects.order_by("pk"), empty_label=None)

    form = Choosing()
    with CaptureQueriesContext(connection) as asked:
        rows, written = list(form.fields["customer"].rows), str(form["customer"])

    assert rows == [row]
    assert f'<option value="{row.pk}">{row.name}</option>' in written
    assert len(asked) == 1
    assert [label for _key, label in Choosing().fields["customer"].choices] == [
        str(row)
    ]


def test_a_widget_writes_its_attributes_escaped_and_our_class_first():
    attrs = {"class": "code", "title": "<b>", "readonly": True, "disabled": False}

    class Typing(forms.Form):
        name = forms.CharField(
            widget=forms.TextInput({**attrs, "placeholder": "none of ours"})
        )

    assert str(Typing(auto_id=False)["name"]).strip() == (
        '<input type="text" name="name" class="form-control code" title="&lt;b&gt;"'
        " readonly required>"
    )


@pytest.mark.parametrize("kind", [forms.RadioSelect, forms.CheckboxSelectMultiple])
def test_each_choice_has_a_label_of_its_own_and_keeps_its_value(kind):
    class Choosing(forms.Form):
        one = forms.MultipleChoiceField(
            choices=[("", "<none>"), (2000, "two")], widget=kind, initial=[2000]
        )

    written = str(Choosing()["one"])

    assert (
        '<label class="form-check-label" for="id_one_0">&lt;none&gt;</label>' in written
    )
    assert (
        '<input type="' + kind.input_type + '" name="one" value="2000" class="'
        in written
    )
    assert 'id="id_one_1" checked>' in written

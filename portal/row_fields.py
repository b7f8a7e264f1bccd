"""Fields that choose rows: of few from a list, of many by a search."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django import forms
from django.db.models import Case, Q, QuerySet, When
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict

from portal.text import parse_int

# As many can be chosen at once; of more, those that a search finds.
MOST_CHOICES = 20


class RowChoices(ModelChoiceIterator):
    """The choices of a ``RowField``: its rows, read once."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        yield from map(self.choice, self.queryset)


class RowField(forms.ModelChoiceField):
    """One row of few.

    A select looks at its choices twice. For each look, Django's own field sends three
    statements, since it opens a cursor that spares the memory of a long list.
    """

    iterator = RowChoices

    @property
    def rows(self) -> QuerySet[Any]:
        """Return the rows that the page lists, read with them."""
        choices = self.widget.choices
        assert isinstance(choices, ModelChoiceIterator)
        return choices.queryset


class FoundRows(ModelChoiceIterator):
    """The choices of a ``SearchedField``: the rows that it found."""

    field: "SearchedField"

    def __iter__(self) -> Iterator[Any]:
        if self._has_empty:
            yield ("", self.field.empty_label)
        yield from (self.choice(row) for row in self.field.rows_found)

    def __len__(self) -> int:
        return len(self.field.rows_found) + self._has_empty

    @property
    def _has_empty(self) -> bool:
        """Tell whether there is a choice of nothing; radio buttons need none for it."""
        field = self.field
        is_needless = field.required and isinstance(field.widget, SearchedRadios)
        return field.empty_label is not None and not is_needless

    def __bool__(self) -> bool:
        return len(self) > 0


class SearchedRadios(forms.RadioSelect):
    """Radio buttons beneath a search, which works without a script."""

    template_name = "django/forms/widgets/searched_radios.html"

    def __init__(self, typed: str, *, is_cut: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.typed = typed
        self.is_cut = is_cut

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"] |= {"typed": self.typed, "is_cut": self.is_cut}
        return context


class SearchedField(forms.ModelChoiceField):
    """One row of few or of very many.

    Few stand in a list to choose from. Of many, a search in the same form finds some,
    by what their ``lookups`` hold; its button sends the form for more choices, and
    keeps what was typed. ``look_in`` says among which rows, in one statement;
    ``judged`` yields those of them that can be chosen, of as many as are shown.
    """

    iterator = FoundRows

    def __init__(self, *, lookups: Sequence[str] = ("name",), **kwargs: Any) -> None:
        self.rows_found: list[Any] = []
        self.lookups = lookups
        super().__init__(None, **kwargs)

    def look_in(
        self,
        rows: QuerySet[Any],
        form: forms.Form,
        name: str,
        judged: Callable[[QuerySet[Any]], Iterable[Any]] | None = None,
    ) -> None:
        typed = str(_sent_value(form, f"{name}_search") or "").strip()[:MOST_TYPED]
        chosen_key = parse_int(str(_sent_value(form, name) or ""))
        self.queryset = rows
        condition = Q()
        for lookup in self.lookups if typed else ():
            condition |= Q(**{f"{lookup}__icontains": typed})
        choices = rows.filter(condition | Q(pk=chosen_key)) if typed else rows
        if chosen_key is not None:
            # What was chosen stays in sight, whatever else is found.
            first = Case(When(pk=chosen_key, then=0), default=1)
            choices = choices.order_by(first, *choices.query.order_by)
        able = judged(choices) if judged else choices[: MOST_CHOICES + 1]
        self.rows_found = list(islice(able, MOST_CHOICES + 1))
        is_cut = len(self.rows_found) > MOST_CHOICES
        if typed or is_cut:
            self.rows_found = self.rows_found[:MOST_CHOICES]
            self.widget = SearchedRadios(typed, is_cut=is_cut)
            self.widget.is_required = self.required
        self.widget.choices = self.choices


def look_in(
    form: forms.Form,
    name: str,
    rows: QuerySet[Any],
    judged: Callable[[QuerySet[Any]], Iterable[Any]] | None = None,
) -> None:
    """Say among which rows a ``SearchedField`` of a form chooses."""
    field = form.fields[name]
    assert isinstance(field, SearchedField)
    field.look_in(rows, form, name, judged)


MOST_TYPED = 80


def _sent_value(form: forms.Form, name: str) -> Any:
    """Return what was sent for a field; before that, with what it begins."""
    if form.is_bound:
        return form.data.get(form.add_prefix(name))
    return form.initial.get(name)


# A search in a form sends all of it, by this button, for more choices alone.
SEARCH = "search"


def sent_form(data: QueryDict) -> QueryDict | None:
    """Return what is to be judged of what was sent: nothing after a search."""
    return data if data and SEARCH not in data else None


def typed_before(data: QueryDict) -> dict[str, Any]:
    """Return what was typed before a search, for the form to begin with."""
    return data.dict() if SEARCH in data else {}

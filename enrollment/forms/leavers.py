"""What is asked when somebody leaves or a proof lapses."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.fields import DayField
from portal.findings import Text
from portal.models import Membership

Choices = Sequence[tuple[str, Text]]


class LeavingForm(forms.Form):
    """What ends, and its last day."""

    what = forms.ChoiceField(label=_("What ends"))
    last_day = DayField(label=_("Last day"))

    def __init__(
        self, *args: Any, groups: Sequence[tuple[Text, Choices]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices = [("", _("Choose a person or a proof")), *groups]

    @property
    def choice(self) -> tuple[str, int]:
        kind, _dash, pk = self.cleaned_data["what"].partition("-")
        return kind, int(pk)


class ColleagueField(forms.ModelChoiceField):
    """A choice of colleagues, each with what speaks for or against it."""

    words: Mapping[int, Text]

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj}: {self.words[obj.pk]}" if self.words.get(obj.pk) else str(obj)


class HandOverWorkForm(forms.Form):
    """To whom all open work goes, and what ends with it."""

    to = ColleagueField(
        Membership.objects.none(),
        label=_("Give all open work to"),
        empty_label=_("Choose a colleague"),
    )
    last_day = DayField(
        label=_("Last day"),
        help_text=_("What is still open after this day is handed over."),
    )
    with_roles = forms.BooleanField(label=_("The roles too"), required=False)
    ends_employment = forms.BooleanField(
        label=_("The work as a consultant ends on the last day"), required=False
    )
    ends_access = forms.BooleanField(
        label=_("The access to the portal ends after the last day"), required=False
    )

    def __init__(
        self,
        *args: Any,
        colleagues: QuerySet[Membership],
        words: Mapping[int, Text],
        is_consultant: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        to = self.fields["to"]
        assert isinstance(to, ColleagueField)
        to.words = words
        to.queryset = colleagues
        if not is_consultant:
            del self.fields["ends_employment"]

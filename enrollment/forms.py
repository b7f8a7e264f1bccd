"""What partners type about competencies, the agreement, offerings and profile."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import Competency, HeldCompetency, Level, Offering
from portal.forms import DocumentField

# The largest profile text that the directory takes. [PROFILE]
DESCRIPTION_MAX = 2500


class DateInput(forms.DateInput):
    """The browser's own calendar; without one, a date as year-month-day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CompetencyForm(forms.ModelForm):
    """A competency, how long it is valid, and the file that proves it."""

    competency = forms.ModelChoiceField(
        Competency.objects.all(),
        label=_("Competency"),
        empty_label=_("Choose a competency"),
    )
    level = forms.TypedChoiceField(
        choices=[("", _("Choose a level")), *Level.choices],
        coerce=int,
        label=_("Level"),
    )
    proof = DocumentField(
        label=_("Proof"),
        help_text=_("The certificate or the page that shows level and dates."),
    )

    class Meta:
        model = HeldCompetency
        fields = ["competency", "level", "valid_from", "valid_until"]
        widgets = {"valid_from": DateInput(), "valid_until": DateInput()}

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = typed.get("valid_from"), typed.get("valid_until")
        if first and last and last < first:
            self.add_error(
                "valid_until", _("The last day is before the first. Check both dates.")
            )
        return typed


class SignForm(forms.Form):
    """Who signs the agreement for the company."""

    name = forms.CharField(max_length=120, label=_("Your full name"))
    title = forms.CharField(max_length=120, label=_("Your position in the company"))
    agreed = forms.BooleanField(
        label=_("I have read the agreement and may sign it for my company.")
    )


class OfferingsForm(forms.Form):
    """The offerings for which a partner enrolls."""

    offerings = forms.ModelMultipleChoiceField(
        Offering.objects.none(),
        label=_("Offerings"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one offering.")},
    )

    def __init__(
        self, *args: Any, offerings: QuerySet[Offering], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["offerings"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = offerings


class ProfileForm(forms.Form):
    """What a partner says of itself to customers."""

    description = forms.CharField(
        max_length=DESCRIPTION_MAX,
        label=_("Description"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "At most 2,500 characters. The first two lines stand in the directory."
            " Name no other companies unless they belong to yours."
        ),
    )
    website = forms.URLField(
        label=_("Website"), required=False, assume_scheme="https", max_length=200
    )

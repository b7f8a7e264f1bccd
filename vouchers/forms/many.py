"""What a customer types about many vouchers at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.models import Organization, User
from portal.sheets import ACCEPT


class UploadForm(forms.Form):
    """A table of vouchers that somebody wants made."""

    file = forms.FileField(
        label=_("Table"),
        help_text=_(
            "CSV or Excel workbook (.xlsx), with the headings of the template."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
    )


class PeopleForm(forms.Form):
    """To whom chosen vouchers go."""

    project_manager = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Project manager"),
        empty_label=_("Choose a person"),
    )
    partner = forms.ModelChoiceField(
        Organization.objects.none(),
        label=_("Partner"),
        required=False,
        empty_label=_("Any eligible partner"),
        help_text=_("These partners can deliver all of the vouchers today."),
    )

    def __init__(self, data: Any, *, managers: Any, partners: Any) -> None:
        super().__init__(data)
        for name, rows in [("project_manager", managers), ("partner", partners)]:
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows


class HandOverForm(forms.Form):
    """Who takes over the vouchers of a colleague."""

    to = forms.ModelChoiceField(
        User.objects.none(),
        label=_("New project manager"),
        empty_label=_("Choose a person"),
        help_text=_("Gets one mail with all voucher numbers."),
    )
    # As many as the page has named.
    expected = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, managers: Any, count: int) -> None:
        super().__init__(data, initial={"expected": count})
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = managers

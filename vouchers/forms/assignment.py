"""What a customer types about many vouchers at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.models import Organization, User
from vouchers.models import Voucher
from vouchers.services import assignment


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


class HandOverVouchersForm(forms.Form):
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


class AssignForm(forms.Form):
    """To whom a voucher goes."""

    project_manager = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Project manager"),
        empty_label=_("Choose a person"),
        help_text=_("Works with the partner, and gets the voucher number by mail."),
    )
    partner = forms.ModelChoiceField(
        Organization.objects.none(),
        label=_("Partner"),
        required=False,
        empty_label=_("Any eligible partner"),
        help_text=_(
            "These partners can deliver it today. A named partner is told by mail;"
            " without one, your project manager passes the number on."
        ),
    )

    def __init__(self, data: Any, *, voucher: Voucher) -> None:
        initial = {
            "project_manager": voucher.project_manager_id,
            "partner": voucher.partner_id,
        }
        super().__init__(data, initial=initial)
        managers = [person.pk for person in assignment.managers_for(voucher)]
        partners = [partner.pk for partner in assignment.partners_for(voucher)]
        self._choose("project_manager", User.objects.filter(pk__in=managers))
        self._choose("partner", Organization.objects.filter(pk__in=partners))

    def _choose(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows.order_by("name", "pk")

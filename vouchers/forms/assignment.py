"""What a customer types to assign vouchers or to hand them over."""

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.models import Organization
from portal.row_fields import SearchedField, look_in
from portal.tenancy import reading_directory
from vouchers.models import Voucher
from vouchers.services import assignment

# By what people are searched.
PERSON = ("name", "email")


class PartnerField(SearchedField):
    """A partner, of whom a customer reads what the directory shows."""

    def to_python(self, value: Any) -> Organization | None:
        with reading_directory():
            partner: Organization | None = super().to_python(value)
        return partner


class PeopleForm(forms.Form):
    """To whom chosen vouchers go."""

    project_manager = SearchedField(
        lookups=PERSON,
        label=_("Project manager"),
        empty_label=_("Choose a person"),
    )
    partner = PartnerField(
        label=_("Partner"),
        required=False,
        empty_label=_("Any eligible partner"),
        help_text=_("These partners can deliver all of the vouchers today."),
    )

    def __init__(
        self, *args: Any, customer: Organization, vouchers: list[Voucher], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        look_in(self, "project_manager", assignment.managers_of(customer))
        _look_among_eligible(self, vouchers)


class HandOverVouchersForm(forms.Form):
    """Who takes over the vouchers of a colleague."""

    to = SearchedField(
        lookups=PERSON,
        label=_("New project manager"),
        empty_label=_("Choose a person"),
        help_text=_("Gets one mail with all voucher numbers."),
    )
    # As many as the page has named.
    expected = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any, *, managers: Any, count: int, initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial={**initial, "expected": count})
        look_in(self, "to", managers)


class AssignForm(forms.Form):
    """To whom a voucher goes."""

    project_manager = SearchedField(
        lookups=PERSON,
        label=_("Project manager"),
        empty_label=_("Choose a person"),
        help_text=_("Works with the partner, and gets the voucher number by mail."),
    )
    partner = PartnerField(
        label=_("Partner"),
        required=False,
        empty_label=_("Any eligible partner"),
        help_text=_(
            "These partners can deliver it today. A named partner is told by mail;"
            " without one, your project manager passes the number on."
        ),
    )

    def __init__(self, data: Any, *, voucher: Voucher, initial: dict[str, Any]) -> None:
        now = {
            "project_manager": voucher.project_manager_id,
            "partner": voucher.partner_id,
        }
        super().__init__(data, initial={**now, **initial})
        look_in(self, "project_manager", assignment.managers_of(voucher.customer))
        _look_among_eligible(self, [voucher])


def _look_among_eligible(form: forms.Form, vouchers: list[Voucher]) -> None:
    """Let partners be chosen that could deliver each of these vouchers today."""
    judged = partial(assignment.eligible_partners, vouchers=vouchers)
    look_in(form, "partner", assignment.partners_for(*vouchers), judged)

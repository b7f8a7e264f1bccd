"""What a partner types about vouchers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.actors import Member
from portal.models import Location
from portal.row_fields import RowField
from vouchers.models import ReleaseReason, Voucher
from vouchers.models.numbers import read_number
from vouchers.models.reservations import OF_PARTNER


class ValidateForm(forms.Form):
    """The two words that prove a voucher to a partner."""

    number = forms.CharField(
        label=_("Voucher number"),
        max_length=500,
        help_text=_(
            "Three groups of four letters and digits, such as 7K3M-9QXR-2FHC. Small"
            " letters and spaces are all right."
        ),
    )
    email = forms.EmailField(
        label=_("E-mail address of the voucher admin"),
        help_text=_("It stands beside the number in the customer's mail."),
    )

    def clean_number(self) -> str:
        return read_number(self.cleaned_data["number"])


class ReserveForm(forms.Form):
    """Under which location a partner reserves, and that it accepts the terms."""

    location = RowField(Location.objects.none(), label=_("Location"), empty_label=None)
    accepts_terms = forms.BooleanField(
        label=_("My company delivers under the terms that it has signed."),
        error_messages={"required": _("Accept the program's terms to reserve.")},
    )

    def __init__(self, *args: Any, voucher: Voucher, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["location"]
        assert isinstance(field, forms.ModelChoiceField)
        places = Location.objects.visible_to(by).filter(country=voucher.country)
        field.queryset = places.order_by("name")
        field.help_text = _("Your locations in %(country)s.") % {
            "country": voucher.country_name
        }


class ReleaseForm(forms.Form):
    """Why a partner gives a voucher back."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        widget=forms.RadioSelect,
        choices=[(reason.value, ReleaseReason(reason).label) for reason in OF_PARTNER],
    )

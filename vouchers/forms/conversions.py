"""What a customer types to convert days."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.actors import Member
from vouchers.forms.vouchers import AgreementField
from vouchers.models import CustomerAgreement
from vouchers.services.conversions import Exchange

# No pool holds more, and a column holds it.
MOST_DAYS = 1_000_000


class ConvertForm(forms.Form):
    """From where, to where, and how many days."""

    source = AgreementField(
        CustomerAgreement.objects.none(),
        label=_("From agreement"),
        empty_label=_("Choose an agreement"),
    )
    target = AgreementField(
        CustomerAgreement.objects.none(),
        label=_("To agreement"),
        empty_label=_("Choose an agreement"),
    )
    days = forms.IntegerField(
        label=_("Days to convert"), min_value=1, max_value=MOST_DAYS
    )
    # Comes with the preview, so that one preview converts once.
    ticket = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, by: Member, is_action: bool) -> None:
        super().__init__(data)
        today = clock.today(by.organization.time_zone)
        pools = CustomerAgreement.objects.visible_to(by).running(today).with_pool()
        for name in ("source", "target"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = pools
        self.is_action = is_action
        self.has_pools = len(pools) > 1

    def clean_ticket(self) -> Any:
        ticket = self.cleaned_data["ticket"]
        if self.is_action and not ticket:
            raise ValidationError(_("Open the form again."))
        return ticket

    def exchange(self) -> Exchange:
        data = self.cleaned_data
        return Exchange(
            data["source"], data["target"], data["days"], data["ticket"] or uuid4()
        )

"""What a partner states of its invoice, and what reviewers note of a payment."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum import exceptions
from stdnum.eu import vat

from engagements.models import Engagement, EngagementQuerySet
from payments.models import PaymentRequest, Rate, RequestState
from payments.services.requests import Claim, Invoice, in_currency
from portal.actors import Member
from portal.fields import DayField
from portal.lists import ChoiceFilter, ListFilter
from portal.models import Location
from portal.row_fields import RowField


class InvoiceForm(forms.Form):
    """The partner's own invoice: its number, VAT number and tax rate."""

    invoice_number = forms.CharField(
        max_length=40,
        label=_("Your invoice number"),
        help_text=_("Each number can be used once; case and signs do not count."),
    )
    vat_number = forms.CharField(
        max_length=30,
        required=False,
        label=_("Your VAT number"),
        help_text=_("In the European Union it begins with the letters of the country."),
    )
    tax_rate = forms.DecimalField(
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        initial=Decimal(0),
        label=_("Tax rate in percent"),
        help_text=_("The tax is computed from it. Enter 0 if you charge none."),
    )

    def countries(self) -> set[str]:
        """Return the countries of the locations that the invoice is for."""
        return set()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        number = data.get("vat_number", "")
        if number:
            self._check_vat(number)
        return data

    def _check_vat(self, number: str) -> None:
        try:
            self.cleaned_data["vat_number"] = vat.validate(number)
        except exceptions.ValidationError:
            if self.countries() & {state.upper() for state in vat.MEMBER_STATES}:
                self.add_error("vat_number", _not_vat())
            elif len(number) > PaymentRequest.VAT_LENGTH:
                self.add_error("vat_number", _too_long())

    @property
    def invoice(self) -> Invoice:
        data = self.cleaned_data
        return Invoice(
            data["invoice_number"].strip(), data["vat_number"], data["tax_rate"]
        )


def _not_vat() -> ValidationError:
    return ValidationError(
        _(
            "This is not a VAT number of the European Union. Check the country's"
            " letters and each digit, for example DE136695976."
        )
    )


def _too_long() -> ValidationError:
    return ValidationError(_("A VAT number has at most 20 letters and digits."))


class RequestForm(InvoiceForm):
    """Which redeemed vouchers to be paid for, and the partner's invoice."""

    engagements = forms.MultipleChoiceField(
        label=_("Vouchers"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one voucher."),
            "invalid_choice": _(
                "One of the vouchers is in a payment request already, or cannot be"
                " invoiced."
            ),
        },
    )
    field_order = ["engagements"]

    def __init__(self, *args: Any, claims: Sequence[Claim], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payable = {
            str(claim.engagement.pk): claim for claim in claims if not claim.refusal
        }
        vouchers = self.fields["engagements"]
        assert isinstance(vouchers, forms.MultipleChoiceField)
        vouchers.choices = [
            (pk, claim.voucher.number) for pk, claim in self.payable.items()
        ]

    def rows(self) -> list[tuple[Claim, Any]]:
        """Return each claim with its checkbox, for a table."""
        boxes = self["engagements"].subwidgets
        return list(zip(self.payable.values(), boxes, strict=True))

    def chosen_engagements(self) -> list[Engagement]:
        return [
            self.payable[pk].engagement
            for pk in self.cleaned_data.get("engagements", [])
        ]

    def countries(self) -> set[str]:
        return {
            claim.reservation.location.country for claim in self.chosen_engagements()
        }


class ClaimFilter(forms.Form):
    """Which of very many vouchers the form offers: one request is for one of each."""

    location = RowField(
        Location.objects.none(),
        label=_("Location"),
        required=False,
        empty_label=_("Any location"),
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, data: Any, *, by: Member) -> None:
        super().__init__(data)
        self.partner = by.organization
        location, currency = self.fields["location"], self.fields["currency"]
        assert isinstance(location, forms.ModelChoiceField)
        assert isinstance(currency, forms.ChoiceField)
        location.queryset = Location.objects.visible_to(by).order_by("name", "pk")
        currency.choices = cache(currencies)

    def narrow(self, engagements: EngagementQuerySet) -> EngagementQuerySet:
        """Keep what was asked for; nothing where that makes no sense."""
        if not self.is_valid():
            return engagements.none()
        location, currency = (self.cleaned_data[name] for name in self.fields)
        if location:
            engagements = engagements.filter(reservation__location=location)
        if currency:
            engagements = in_currency(engagements, currency, self.partner)
        return engagements


def currencies() -> list[tuple[str, Any]]:
    """List the currencies of the sponsor's rates; asked for when they are shown."""
    known = Rate.objects.order_by("currency").values_list("currency", flat=True)
    return [("", _("Any currency")), *((code, code) for code in known.distinct())]


class CorrectionForm(InvoiceForm):
    """The corrected invoice of a returned request."""

    def __init__(self, data: Any, *, request: PaymentRequest) -> None:
        names = ("invoice_number", "vat_number", "tax_rate")
        initial = {name: getattr(request, name) for name in names}
        super().__init__(data, initial=initial)
        self.location = request.location

    def countries(self) -> set[str]:
        return {self.location.country}


class RequestFilter(ListFilter):
    """Which payment requests a list shows."""

    state = ChoiceFilter(
        "state",
        label=_("State"),
        choices=[("", _("All")), *RequestState.choices],
    )


class PaymentForm(forms.Form):
    """What the bank says of a payment."""

    paid_on = DayField(label=_("Paid on"))
    bank_reference = forms.CharField(
        max_length=60,
        label=_("Bank reference"),
        help_text=_("The partner reads it and can ask its bank with it."),
    )

"""What program managers type of a retirement plan, and what they try out."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.fields import DayField
from vouchers.models import RetirementPlan
from vouchers.models.retirement import OF_PROGRAM
from vouchers.services import retirement

OF_POOLS = ["accrual_ends_on", "pool_wipe_on"]
HELP = {
    "accrual_ends_on": _("After this day no days are granted."),
    "creation_ends_on": _(
        "After this day no voucher is created, and none is given to other people."
    ),
    "pool_wipe_on": _("On this day the days that no voucher holds end."),
    "reservation_ends_on": _("After this day no partner reserves a voucher."),
    "redemption_ends_on": _(
        "After this day no voucher is redeemed. Vouchers keep their own last days;"
        " the earlier of the two counts."
    ),
    "payment_window_days": _(
        "Days after redemption in which payment is requested. Empty: as it is."
    ),
    "reason": _("People with days or vouchers read this in the announcement."),
    "earlier_because": _(
        "Needed where a day comes earlier than the one in force. It stays in the"
        " records."
    ),
}


class PlanForm(forms.ModelForm):
    """The last days of a program or of one offering; an empty day is open."""

    class Meta:
        model = RetirementPlan
        fields = ["program", "offering", *OF_PROGRAM, "reason", "earlier_because"]
        widgets = {
            "program": forms.HiddenInput,
            "offering": forms.HiddenInput,
            "reason": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = HELP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offering = self.data.get("offering") or self.initial.get("offering")
        if self.instance.offering_id or offering:
            for name in OF_POOLS:
                del self.fields[name]

    def _post_clean(self) -> None:
        """Say beside each field what speaks against it, all at once."""
        super()._post_clean()  # type: ignore[misc]
        if {"program", "offering", *OF_PROGRAM} & set(self.errors):
            return
        for name, sentence in retirement.check_plan(self.instance).items():
            self.add_error(name if name in self.fields else None, sentence)


class ScenarioForm(forms.Form):
    """Which of a plan's days is tried out later, and perhaps on which date."""

    which = forms.ChoiceField(
        label=_("Move"),
        required=False,
        choices=[
            ("", _("All days together")),
            ("creation_ends_on", _("Last day to create or assign")),
            ("pool_wipe_on", _("Day on which free days end")),
            ("reservation_ends_on", _("Last day to reserve")),
            ("redemption_ends_on", _("Last day to redeem")),
        ],
    )
    on = DayField(label=_("To this date"), required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("on") and not data.get("which"):
            self.add_error("which", _("Choose which day moves to the date."))
        return data

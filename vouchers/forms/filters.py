"""Which vouchers a list shows."""

from django import forms
from django.utils.translation import gettext_lazy as _

from vouchers.models import State
from vouchers.models.vouchers import VoucherQuerySet


class FilterForm(forms.Form):
    """Which vouchers a list shows, kept in its address."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All states")), *State.choices],
        required=False,
    )
    q = forms.CharField(label=_("Number or label"), max_length=80, required=False)

    def narrow(self, vouchers: VoucherQuerySet) -> VoucherQuerySet:
        """Keep what was asked for; what makes no sense is passed over."""
        self.full_clean()
        state, typed = self.cleaned_data.get("state"), self.cleaned_data.get("q")
        if state:
            vouchers = vouchers.filter(state=state)
        return vouchers.matching(typed) if typed else vouchers

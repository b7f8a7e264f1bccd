"""On which date, and where, somebody wants to know what can be delivered."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.fields import DayField
from portal.forms import CountryField


class EligibilityForm(forms.Form):
    """Another date or country; empty, it is today and anywhere."""

    on = DayField(label=_("On which date"), required=False)
    country = CountryField(
        label=_("In which country"), empty_label=_("Anywhere"), required=False
    )

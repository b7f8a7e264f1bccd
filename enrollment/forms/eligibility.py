"""On which date, and where, somebody wants to know what can be delivered."""

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.forms.fields import DateInput
from portal.forms import CountryField


class EligibilityForm(forms.Form):
    """Another date or country; empty, it is today and anywhere."""

    on = forms.DateField(label=_("On which date"), required=False, widget=DateInput())
    country = CountryField(
        label=_("In which country"), empty_label=_("Anywhere"), required=False
    )

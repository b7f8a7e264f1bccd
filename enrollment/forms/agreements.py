"""What is typed to sign the agreement."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SignForm(forms.Form):
    """Who signs the agreement for the company."""

    name = forms.CharField(max_length=120, label=_("Your full name"))
    title = forms.CharField(max_length=120, label=_("Your position in the company"))
    agreed = forms.BooleanField(
        label=_("I have read the agreement and may sign it for my company.")
    )

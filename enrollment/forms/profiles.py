"""What a partner types of itself."""

from django import forms
from django.utils.translation import gettext_lazy as _

# The largest profile text that the directory takes. [PROFILE]
DESCRIPTION_MAX = 2500


class ProfileForm(forms.Form):
    """What a partner says of itself to customers."""

    description = forms.CharField(
        max_length=DESCRIPTION_MAX,
        label=_("Description"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "At most 2,500 characters. The first two lines stand in the directory."
            " Name no other companies unless they belong to yours."
        ),
    )
    website = forms.URLField(
        label=_("Website"), required=False, assume_scheme="https", max_length=200
    )

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.spreadsheets.downloads import ACCEPT


class UploadForm(forms.Form):
    """A table of vouchers that somebody wants made."""

    file = forms.FileField(
        label=_("Table"),
        help_text=_(
            "CSV or Excel workbook (.xlsx), with the headings of the template."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
    )

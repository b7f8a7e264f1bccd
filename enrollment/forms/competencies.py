"""What partners type about competencies."""

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import Competency, HeldCompetency, Level
from portal.forms import DocumentField


class CompetencyForm(forms.ModelForm):
    """A competency, how long it is valid, and the file that proves it."""

    competency = forms.ModelChoiceField(
        Competency.objects.all(),
        label=_("Competency"),
        empty_label=_("Choose a competency"),
    )
    level = forms.TypedChoiceField(
        choices=[("", _("Choose a level")), *Level.choices],
        coerce=int,
        label=_("Level"),
    )
    proof = DocumentField(
        label=_("Proof"),
        help_text=_("The certificate or the page that shows level and dates."),
    )

    class Meta:
        model = HeldCompetency
        fields = ["competency", "level", "valid_from", "valid_until"]

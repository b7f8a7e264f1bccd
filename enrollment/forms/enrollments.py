"""What partners choose when they enroll."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import Offering


class OfferingsForm(forms.Form):
    """The offerings for which a partner enrolls."""

    offerings = forms.ModelMultipleChoiceField(
        Offering.objects.none(),
        label=_("Offerings"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one offering.")},
    )

    def __init__(
        self, *args: Any, offerings: QuerySet[Offering], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["offerings"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = offerings

"""What partners choose when they enroll, and what reviewers pin to their answers."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import Offering, Section
from enrollment.services.reviews import PinDraft
from portal.findings import Refused
from portal.models import Reason, Topic


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


class AddOfferingForm(forms.Form):
    """One more offering, asked for while the enrollment runs."""

    offering = forms.ModelChoiceField(
        Offering.objects.none(), label=_("Offering"), empty_label=_("Choose one")
    )

    def __init__(
        self, *args: Any, offerings: Iterable[Offering], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["offering"]
        assert isinstance(field, forms.ModelChoiceField)
        keys = [offering.pk for offering in offerings]
        field.queryset = Offering.objects.filter(pk__in=keys)


class PinsForm(forms.Form):
    """A reason and a note at each section that the partner is to mend.

    Once it is valid, ``cleaned_data`` is what the service asks for.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = Reason.objects.usable_for(Topic.ENROLLMENT)
        for section in Section:
            self.fields[section] = forms.ModelChoiceField(
                reasons,
                required=False,
                label=_("%(section)s: reason") % {"section": section.label},
                empty_label=_("Nothing to mend here"),
            )
            self.fields[f"{section}_note"] = forms.CharField(
                required=False,
                max_length=1000,
                label=_("%(section)s: note") % {"section": section.label},
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.fields["note"] = forms.CharField(
            required=False,
            max_length=1000,
            label=_("Note on the whole enrollment"),
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("The partner reads the reasons with their advice and notes."),
        )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        pins = [
            PinDraft(section.value, data[section], data.get(f"{section}_note", ""))
            for section in Section
            if data.get(section)
        ]
        for section in Section:
            self._must_fit(section, data)
        if not pins and not self.errors:
            raise ValidationError(
                _("Choose a reason for one section at least."), code="nothing_pinned"
            )
        return {"pins": pins, "note": data.get("note", "")}

    def _must_fit(self, section: Section, data: dict[str, Any]) -> None:
        reason, note = data.get(section), data.get(f"{section}_note", "")
        if reason is None:
            if note:
                self.add_error(section, _("Choose the reason that the note explains."))
            return
        try:
            reason.must_fit(Topic.ENROLLMENT, note)
        except Refused as refusal:
            self.add_error(f"{section}_note", str(refusal))

"""What is typed to sign the agreement, and to publish a version of it."""

from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import ProgramAgreement
from enrollment.services import agreements
from portal.findings import Refused


class SignForm(forms.Form):
    """Who signs the agreement for the company, having seen which words.

    The page posts what it has shown; a text that changed meanwhile is not signed.
    """

    name = forms.CharField(max_length=120, label=_("Your full name"))
    title = forms.CharField(max_length=120, label=_("Your position in the company"))
    agreed = forms.BooleanField(
        label=_("I have read the agreement and may sign it for my company"),
        error_messages={
            "required": _("Tick the box if it is so; else ask who may sign.")
        },
    )

    def __init__(self, *args: Any, version: ProgramAgreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version

    def clean(self) -> dict[str, Any]:
        if self.data.get("shown") != self.version.version_key:
            # What was agreed to were other words.
            self.data = dict(self.data.items()) | {"agreed": ""}
            self.add_error(None, agreements.text_has_changed())
        return self.cleaned_data


class VersionForm(forms.ModelForm):
    """A version of the agreement, as a program manager types it."""

    class Meta:
        model = ProgramAgreement
        fields = ["program", "version", "title", "text", "effective_on", "sign_by"]
        help_texts = {
            "text": _("An empty line begins a new paragraph."),
            "effective_on": _(
                "It holds from this day. Once saved, partners can read and sign it."
            ),
            "sign_by": _(
                "Until this day a signature under the version before still counts."
                " Empty: partners must sign before they reserve again."
            ),
        }

    def clean_text(self) -> str:
        # A browser ends lines in two signs: the hash is of the text as it is shown.
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        version = copy(self.instance)
        for name, value in data.items():
            setattr(version, name, value)
        if version.program_id and version.effective_on:
            try:
                agreements.ensure_dates(version)
            except Refused as refusal:
                self.add_error(refusal.field, str(refusal))
        return data

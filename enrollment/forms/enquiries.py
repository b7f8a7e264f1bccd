"""What customers ask, and how partners answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import EngagementType
from portal.forms import CodedReasonForm
from portal.models import Topic

LONGEST = 2000


class EnquiryForm(forms.Form):
    """What a customer writes to a partner."""

    engagement_type = forms.ModelChoiceField(
        EngagementType.objects.none(),
        label=_("Engagement type"),
        required=False,
        empty_label=_("I do not know yet"),
        help_text=_("What the partner can deliver today."),
    )
    message = forms.CharField(
        label=_("Message"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Say what you want to plan, when and where."),
    )

    def __init__(self, *args: Any, types: list[EngagementType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["engagement_type"]
        assert isinstance(field, forms.ModelChoiceField)
        engagement_types = EngagementType.objects.filter(
            pk__in=[engagement_type.pk for engagement_type in types]
        )
        field.queryset = engagement_types.order_by("offering__code", "name")


class AcceptForm(forms.Form):
    """A partner's yes."""

    answer = forms.CharField(
        label=_("Answer"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Say what happens next, for example when you call."),
    )


class DeclineForm(CodedReasonForm):
    """A partner's no, with its reason."""

    topic = Topic.ENQUIRY

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].help_text = _("The customer reads the reason and this.")

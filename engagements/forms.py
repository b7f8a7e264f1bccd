"""What partners type about an engagement: its days, and what came of it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagements.models import CompletionReport, DeliverableKind, EngagementState
from engagements.presentation.schedules import Candidate
from portal.fields import DayField
from portal.forms import DocumentField
from portal.lists import ChoiceFilter, ListFilter
from portal.models import User


class DatesForm(forms.Form):
    """The first and the last day of an engagement."""

    starts_on = DayField(
        label=_("First day"),
        help_text=_("Not before the day on which the voucher was reserved."),
    )
    ends_on = DayField(
        label=_("Last day"),
        help_text=_("The voucher must be redeemed before it expires."),
    )


class LeadField(forms.ModelChoiceField):
    """A choice of colleagues, each with what speaks for or against it."""

    labels: dict[int, str]

    def offer(self, candidates: Sequence[Candidate]) -> None:
        self.labels = {candidate.person.pk: candidate.label for candidate in candidates}
        self.queryset = User.objects.filter(pk__in=self.labels)
        # In the order of the candidates, not of the table.
        self.choices = [
            ("", self.empty_label),
            *((candidate.person.pk, candidate.label) for candidate in candidates),
        ]

    def label_from_instance(self, obj: Any) -> str:
        return self.labels[obj.pk]


class LeadForm(forms.Form):
    """Who leads the work."""

    lead = LeadField(
        User.objects.none(),
        label=_("Lead consultant"),
        empty_label=_("Choose a colleague"),
        help_text=_(
            "Where the program asks for it, certified on the first day of the work."
        ),
    )

    def __init__(
        self, *args: Any, candidates: Sequence[Candidate], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        lead = self.fields["lead"]
        assert isinstance(lead, LeadField)
        lead.offer(candidates)


class ScheduleForm(LeadForm, DatesForm):
    """The days, and who leads the work."""

    field_order = ["starts_on", "ends_on", "lead"]


class ReportForm(forms.ModelForm):
    """The completion report, with the deliverable and two declarations."""

    deliverable = DocumentField(
        label=_("The customer's deliverable"),
        help_text=_(
            "The final version that the customer has. Both of you can read it."
        ),
    )
    # The voucher pays for the planning, travel included. [PS-PROC]
    no_extra_charge = forms.BooleanField(
        label=_(
            "The customer was charged nothing extra for this planning, travel included."
        )
    )
    policies_met = forms.BooleanField(
        label=_("The engagement met the program's policies.")
    )

    class Meta:
        model = CompletionReport
        fields = [
            "days_on_site",
            "days_off_site",
            "deliverable_kind",
            "summary",
            "next_steps",
            "accepted_by",
            "accepted_on",
            "no_extra_charge",
            "policies_met",
        ]
        labels = {
            "accepted_by": _("Who accepted the deliverable for the customer"),
            "accepted_on": _("On which day"),
        }
        help_texts = {
            "days_on_site": _("On site and off site together are the voucher's days."),
            "summary": _("What you planned, with whom, for how many seats or servers."),
        }

    field_order = [*Meta.fields[:5], "deliverable"]

    def __init__(self, *args: Any, fewer: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fewer:
            self.fields["days_on_site"].help_text = _(
                "On site and off site together are at most the voucher's days. What"
                " is not delivered leaves the voucher and is not paid."
            )
        kind = self.fields["deliverable_kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [("", _("Choose a kind")), *DeliverableKind.choices]


class EngagementFilter(ListFilter):
    """Which engagements a list shows."""

    state = ChoiceFilter(
        "state",
        label=_("State"),
        choices=[("", _("All")), *EngagementState.choices],
    )

"""What a customer types about its vouchers."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from enrollment.models import EngagementType
from portal import clock
from portal.actors import Member
from portal.forms import CountryField
from portal.models import Organization
from portal.row_fields import RowChoices, RowField, SearchedField, look_in
from portal.text import join_words
from vouchers.forms.assignment import PERSON
from vouchers.models import CustomerAgreement
from vouchers.services import assignment
from vouchers.services.assignment import Assignee
from vouchers.services.vouchers import VoucherSpec

TICKET = "voucher-ticket"

# More come from a table.
MOST_AT_ONCE = 50


def new_ticket() -> str:
    """Return the signed ticket that a form carries, so that it makes one batch."""
    return signing.dumps(str(uuid4()), salt=TICKET)


class DaysField(forms.TypedChoiceField):
    """A choice of lengths; the action itself says which a type comes in."""

    def valid_value(self, value: Any) -> bool:
        try:
            int(value)
        except ValueError:
            return False
        return True


class ByOffering(RowChoices):
    """Engagement types under the names of their offerings."""

    def __iter__(self) -> Iterator[Any]:
        """Return the empty choice, then one group for each offering."""
        yield ("", _("Choose an engagement type"))
        for offering, types in groupby(self.queryset, key=attrgetter("offering")):
            yield (
                str(offering),
                [self.choice(engagement_type) for engagement_type in types],
            )


class EngagementTypeField(RowField):
    """A choice of engagement types with the lengths that each comes in."""

    iterator = ByOffering

    def label_from_instance(self, obj: EngagementType) -> str:
        lengths = join_words(sorted(obj.lengths))
        return _("%(type)s (%(lengths)s days)") % {"type": obj, "lengths": lengths}


class AgreementField(RowField):
    """A choice of agreements with the days that are free on each."""

    def label_from_instance(self, obj: CustomerAgreement) -> str:
        free = obj.balance.free
        words = ngettext("%(days)s day free", "%(days)s days free", free)
        return f"{obj.in_full}: {words % {'days': free}}"


class CreateForm(forms.Form):
    """What a customer wants of new vouchers, and to whom they go."""

    agreement = AgreementField(
        CustomerAgreement.objects.none(), label=_("Agreement"), empty_label=None
    )
    engagement_type = EngagementTypeField(
        EngagementType.objects.none(), label=_("Engagement type")
    )
    days = DaysField(
        label=_("Days"),
        coerce=int,
        help_text=_("One of the lengths that stand beside the engagement type."),
    )
    count = forms.IntegerField(
        label=_("Number of vouchers"), min_value=1, max_value=MOST_AT_ONCE, initial=1
    )
    country = CountryField(
        label=_("Country of delivery"),
        help_text=_("The partner delivers from a location in this country."),
    )
    label = forms.CharField(
        label=_("Label"),
        max_length=80,
        required=False,
        help_text=_("For example a project. Your partner reads it too."),
    )
    project_manager = SearchedField(
        lookups=PERSON,
        label=_("Project manager"),
        required=False,
        empty_label=_("Assign later"),
        help_text=_("With a person here the vouchers are assigned in the same act."),
    )
    partner = SearchedField(
        label=_("Partner"),
        required=False,
        empty_label=_("Any eligible partner"),
    )
    ticket = forms.CharField(widget=forms.HiddenInput, initial=new_ticket)

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organization = by.organization
        today = clock.today(organization.time_zone)
        agreements = CustomerAgreement.objects.visible_to(by).running(today)
        agreements = agreements.filter(activated_at__isnull=False).with_pool()
        types = EngagementType.objects.filter(
            offering__program__in=agreements.values("program")
        ).select_related("offering__program")
        offered = self._offer("agreement", agreements)
        self.engagement_types = self._offer("engagement_type", types)
        lengths = sorted(
            {days for kind in self.engagement_types for days in kind.lengths}
        )
        look_in(self, "project_manager", assignment.managers_of(organization))
        look_in(self, "partner", Organization.objects.listed())
        days = self.fields["days"]
        assert isinstance(days, forms.ChoiceField)
        days.choices = [
            ("", _("Choose a length")),
            *((length, length) for length in lengths),
        ]
        self.fields["country"].initial = organization.country
        self.has_agreements = bool(offered)

    def _offer(self, name: str, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Let a field choose among rows; returns them as it reads them."""
        field = self.fields[name]
        assert isinstance(field, RowField)
        field.queryset = rows
        return field.rows

    def clean_ticket(self) -> UUID:
        try:
            return UUID(signing.loads(self.cleaned_data["ticket"], salt=TICKET))
        except signing.BadSignature as error:
            raise ValidationError(_("Open the form again.")) from error

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("partner") and not data.get("project_manager"):
            self.add_error(
                "project_manager",
                _("Name a project manager too: a partner alone is not enough."),
            )
        return data

    def specs(self) -> list[VoucherSpec]:
        data = self.cleaned_data
        manager = data["project_manager"]
        to = Assignee(manager, data["partner"]) if manager else None
        return [
            VoucherSpec(
                data["engagement_type"],
                data["days"],
                data["country"],
                data["label"],
                to,
            )
            for _number in range(data["count"])
        ]

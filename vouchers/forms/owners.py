"""What a customer types about its vouchers."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from enrollment.models import EngagementType
from portal import clock
from portal.actors import Actor
from portal.forms import CountryField
from portal.models import Organization, User
from portal.words import listed
from vouchers import services
from vouchers.models import CustomerAgreement, Voucher
from vouchers.numbers import new_number

TICKET = "voucher-ticket"


def new_ticket() -> str:
    """Give the signed number that a form carries, so that it makes one voucher."""
    return signing.dumps(new_number(), salt=TICKET)


class ByOffering(ModelChoiceIterator):
    """Engagement types under the names of their offerings."""

    def __iter__(self) -> Iterator[Any]:
        """Give the empty choice, then one group for each offering."""
        yield ("", _("Choose an engagement type"))
        for offering, types in groupby(self.queryset, key=attrgetter("offering")):
            yield (str(offering), [self.choice(each) for each in types])


class EngagementTypeField(forms.ModelChoiceField):
    """A choice of engagement types with the lengths that each comes in."""

    iterator = ByOffering

    def label_from_instance(self, obj: EngagementType) -> str:
        lengths = listed(sorted(obj.lengths))
        return _("%(type)s (%(lengths)s days)") % {"type": obj, "lengths": lengths}


class AgreementField(forms.ModelChoiceField):
    """A choice of agreements with the days that are free on each."""

    def label_from_instance(self, obj: CustomerAgreement) -> str:
        free = obj.balance.free
        words = ngettext("%(days)s day free", "%(days)s days free", free)
        return f"{obj}: {words % {'days': free}}"


class CreateForm(forms.Form):
    """What a customer wants of a new voucher."""

    agreement = AgreementField(
        CustomerAgreement.objects.none(), label=_("Agreement"), empty_label=None
    )
    engagement_type = EngagementTypeField(
        EngagementType.objects.none(), label=_("Engagement type")
    )
    days = forms.TypedChoiceField(
        label=_("Days"),
        coerce=int,
        help_text=_("One of the lengths that stand beside the engagement type."),
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
    ticket = forms.CharField(widget=forms.HiddenInput, initial=new_ticket)

    def __init__(self, *args: Any, by: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organization = by.organization
        assert organization is not None, "a page of an organization"
        today = clock.today(organization.time_zone)
        agreements = CustomerAgreement.objects.visible_to(by).running(today)
        agreements = agreements.filter(activated_at__isnull=False).with_pool()
        types = EngagementType.objects.filter(
            offering__program__in=agreements.values("program")
        ).select_related("offering__program")
        self.engagement_types = types
        lengths = sorted({days for each in types for days in each.lengths})
        self._choose("agreement", agreements)
        self._choose("engagement_type", types)
        days = self.fields["days"]
        assert isinstance(days, forms.ChoiceField)
        days.choices = [("", _("Choose a length")), *((each, each) for each in lengths)]
        self.fields["country"].initial = organization.country
        self.has_agreements = bool(agreements)

    def _choose(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def clean_ticket(self) -> str:
        try:
            number: str = signing.loads(self.cleaned_data["ticket"], salt=TICKET)
        except signing.BadSignature as error:
            raise ValidationError(_("Open the form again.")) from error
        return number

    def wanted(self) -> services.Wanted:
        typed = self.cleaned_data
        return services.Wanted(
            typed["engagement_type"],
            typed["days"],
            typed["country"],
            typed["label"],
            typed["ticket"],
        )


class AssignForm(forms.Form):
    """To whom a voucher goes."""

    project_manager = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Project manager"),
        empty_label=_("Choose a person"),
        help_text=_("Works with the partner, and gets the voucher number by mail."),
    )
    partner = forms.ModelChoiceField(
        Organization.objects.none(),
        label=_("Partner"),
        required=False,
        empty_label=_("Any eligible partner"),
        help_text=_(
            "These partners can deliver it today. A named partner is told by mail;"
            " without one, your project manager passes the number on."
        ),
    )

    def __init__(self, data: Any, *, voucher: Voucher) -> None:
        initial = {
            "project_manager": voucher.project_manager_id,
            "partner": voucher.partner_id,
        }
        super().__init__(data, initial=initial)
        managers = [person.pk for person in services.managers_for(voucher)]
        partners = [partner.pk for partner in services.partners_for(voucher)]
        self._choose("project_manager", User.objects.filter(pk__in=managers))
        self._choose("partner", Organization.objects.filter(pk__in=partners))

    def _choose(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows.order_by("name", "pk")

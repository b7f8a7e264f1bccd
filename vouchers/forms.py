"""What customers and partners type about vouchers."""

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
from portal.models import Location, Organization, User
from portal.words import listed
from vouchers import services
from vouchers.models import CustomerAgreement, ReleaseReason, State, Voucher
from vouchers.models.reservations import OF_PARTNER
from vouchers.models.vouchers import VoucherQuerySet
from vouchers.numbers import new_number, read_number

TICKET = "voucher-ticket"


def new_ticket() -> str:
    """Give the signed number that a form carries, so that it makes one voucher."""
    return signing.dumps(new_number(), salt=TICKET)


class FilterForm(forms.Form):
    """Which vouchers a list shows, kept in its address."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All states")), *State.choices],
        required=False,
    )
    q = forms.CharField(label=_("Number or label"), max_length=80, required=False)

    def narrow(self, vouchers: VoucherQuerySet) -> VoucherQuerySet:
        """Keep what was asked for; what makes no sense is passed over."""
        self.full_clean()
        state, typed = self.cleaned_data.get("state"), self.cleaned_data.get("q")
        if state:
            vouchers = vouchers.filter(state=state)
        return vouchers.matching(typed) if typed else vouchers


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


class ValidateForm(forms.Form):
    """The two words that prove a voucher to a partner."""

    number = forms.CharField(
        label=_("Voucher number"),
        max_length=40,
        help_text=_(
            "Three groups of four letters and digits, such as 7K3M-9QXR-2FHC. Small"
            " letters and spaces are all right."
        ),
    )
    email = forms.EmailField(
        label=_("E-mail address of the voucher admin"),
        help_text=_("It stands beside the number in the customer's mail."),
    )

    def clean_number(self) -> str:
        return read_number(self.cleaned_data["number"])


class ReserveForm(forms.Form):
    """Under which location a partner reserves, and that it accepts the terms."""

    location = forms.ModelChoiceField(
        Location.objects.none(), label=_("Location"), empty_label=None
    )
    accepts_terms = forms.BooleanField(
        label=_("My company delivers under the terms that it has signed."),
        error_messages={"required": _("Accept the program's terms to reserve.")},
    )

    def __init__(self, *args: Any, voucher: Voucher, by: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["location"]
        assert isinstance(field, forms.ModelChoiceField)
        places = Location.objects.visible_to(by).filter(country=voucher.country)
        field.queryset = places.order_by("name")
        field.help_text = _("Your locations in %(country)s.") % {
            "country": voucher.country_name
        }


class ReleaseForm(forms.Form):
    """Why a partner gives a voucher back."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        widget=forms.RadioSelect,
        choices=[(reason.value, ReleaseReason(reason).label) for reason in OF_PARTNER],
    )

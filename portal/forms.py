"""What people type about organizations, people and decisions."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal import clock, files, zones
from portal.findings import Refused, Text
from portal.models import Location, Organization, Reason, TemporaryFile, Topic
from portal.models.organizations import country_choices, country_name
from portal.names import ensure_no_link
from portal.roles import ROLES_OF, Side
from portal.spreadsheets.downloads import ACCEPT


class CountryField(forms.ChoiceField):
    """A choice of countries, named in the reader's language."""

    def __init__(self, *, empty_label: Text = "", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Country"))
        empty = empty_label or _("Choose a country")
        super().__init__(choices=lambda: [("", empty), *country_choices()], **kwargs)


class TimeZoneField(forms.ChoiceField):
    """A choice of time zones; an older name leads to today's."""

    def __init__(self, *, is_open: bool = False, **kwargs: Any) -> None:
        empty = [("", _("That of the country"))] if is_open else []
        super().__init__(
            label=_("Time zone"),
            choices=lambda: [*empty, *((name, name) for name in zones.names())],
            help_text=_("Dates and deadlines of the organization are counted in it."),
            required=not is_open,
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        return zones.canonical(super().to_python(value))


class ZoneOfCountry(forms.Form):
    """Takes the time zone from the country, and asks where a country has several.

    Put the country before the time zone, which is ``TimeZoneField(is_open=True)``.
    """

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        country = data.get("country")
        if country and "time_zone" in data and not data["time_zone"]:
            data["time_zone"] = zones.only_zone_of(country, clock.now())
            if not data["time_zone"]:
                self._ask_for_zone(country)
        return data

    def _ask_for_zone(self, country: str) -> None:
        """Preselect the zone where most people of the country live."""
        likely = next(iter(zones.of_country(country)), zones.UTC)
        post_data: Any = self.data
        post_data = post_data.copy()
        post_data[self.add_prefix("time_zone")] = likely
        self.data = post_data
        self.add_error(
            "time_zone",
            _("%(country)s has several time zones. Is %(zone)s right for you?")
            % {"country": country_name(country), "zone": likely},
        )


class TimeZoneForm(forms.Form):
    """The time zone in which an organization lives from now on."""

    time_zone = TimeZoneField()


class LocationForm(forms.ModelForm):
    """A place: vouchers are delivered and paid under one in the country."""

    country = CountryField()

    class Meta:
        model = Location
        fields = ["name", "street", "postal_code", "city", "country"]
        labels = {"name": _("Name of the location")}
        help_texts = {"name": _("For example “Head office” or “Munich”.")}


class CompanyForm(ZoneOfCountry):
    """A partner company and its first location."""

    name = forms.CharField(
        max_length=120, label=_("Company name"), validators=[ensure_no_link]
    )
    country = CountryField(
        help_text=_("Vouchers are delivered under a location in the same country.")
    )
    time_zone = TimeZoneField(is_open=True)
    location_name = forms.CharField(
        max_length=80,
        label=_("Name of your first location"),
        initial=_("Head office"),
        validators=[ensure_no_link],
    )
    street = forms.CharField(max_length=160, label=_("Street"))
    postal_code = forms.CharField(max_length=20, label=_("Postal code"), required=False)
    city = forms.CharField(max_length=80, label=_("City"))
    is_separate = forms.BooleanField(
        label=_("This is a company of its own, such as a subsidiary"),
        help_text=_("It is registered beside the other one, without the mail domain."),
        required=False,
    )

    def __init__(self, *args: Any, is_alone: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_alone:
            del self.fields["is_separate"]

    def organization(self) -> Organization:
        data = self.cleaned_data
        return Organization(
            name=data["name"], country=data["country"], time_zone=data["time_zone"]
        )

    def location(self) -> Location:
        data = self.cleaned_data
        return Location(
            name=data["location_name"],
            street=data["street"],
            postal_code=data["postal_code"],
            city=data["city"],
            country=data["country"],
        )


class RolesForm(forms.Form):
    """What a person may do in an organization of one kind."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, kind: Side, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = self.fields["roles"]
        assert isinstance(roles, forms.MultipleChoiceField)
        roles.choices = [(role.value, role.label) for role in ROLES_OF[kind]]


class InviteForm(RolesForm):
    """Whom to invite, and what that person may do."""

    email = forms.EmailField(label=_("E-mail address"))
    field_order = ["email", "roles"]


class MailDomainForm(forms.Form):
    """An address at a mail domain, to which a link is mailed."""

    address = forms.EmailField(
        label=_("E-mail address at the mail domain"),
        help_text=_(
            "Any address there that you or a colleague can read,"
            " for example office@your-company.com."
        ),
    )


class ExplanationForm(forms.Form):
    """What happened to the admin, for the sponsor to judge."""

    explanation = forms.CharField(
        label=_("What happened"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "The sponsor and your company's admins read this."
            " Say who was the admin and why nobody can do the work now."
        ),
    )


class OwnNameForm(forms.Form):
    """The name of a person, put right by this person."""

    name = forms.CharField(
        max_length=120, label=_("Full name"), validators=[ensure_no_link]
    )


class LostFactorForm(forms.Form):
    """How every second factor was lost, for the sponsor's support to call back."""

    explanation = forms.CharField(
        label=_("What happened"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "The sponsor's support reads this and calls you. Say how the telephone and"
            " the recovery codes were lost, and when you can be reached."
        ),
    )


class ObjectionForm(forms.Form):
    """What an admin who is still there says against another one."""

    objection = forms.CharField(
        label=_("Why not"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The sponsor reads this before it decides."),
    )


class ColleagueForm(ExplanationForm):
    """What somebody needs whose company is registered already."""

    INVITATION, ADMIN = "invitation", "admin"

    domain = forms.ChoiceField(label=_("Mail domain of the company"))
    wish = forms.ChoiceField(
        label=_("What do you need?"),
        widget=forms.RadioSelect,
        choices=[
            (INVITATION, _("An invitation: our admin is still there")),
            (ADMIN, _("To become admin: our admin has left or cannot sign in")),
        ],
        initial=INVITATION,
    )
    field_order = ["domain", "wish", "explanation"]

    def __init__(self, *args: Any, domains: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["domain"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name) for name in domains]
        self.fields["explanation"].required = False
        self.fields["explanation"].help_text = _(
            "Needed to become admin: the sponsor and your company's admins read it."
            " Say who was the admin and why nobody can do the work now."
        )

    def clean_explanation(self) -> str:
        """Ask for the words only where the sponsor decides by them."""
        words: str = self.cleaned_data["explanation"]
        if not words and self.cleaned_data.get("wish") == self.ADMIN:
            raise ValidationError(_("Say what happened: the sponsor decides by it."))
        return words


class DraftInput(forms.FileInput):
    """A file that is not lost when its form comes back with an error.

    ``draft`` is what was kept of it (``portal.drafts``): its name is shown, and it is
    sent again unless another file is chosen.
    """

    template_name = "portal/draft_input.html"
    draft: TemporaryFile | None = None

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["draft"] = self.draft
        context["widget"]["draft_name"] = draft_name(name)
        return context


def draft_name(name: str) -> str:
    """Return the name under which a form says which draft its file is."""
    return f"{name}-draft"


class DocumentField(forms.FileField):
    """A file that we take: what is wrong with another stands beside the field."""

    widget = DraftInput(attrs={"accept": files.ACCEPT})

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file and file is not initial:
            try:
                files.checked_type(file, file.name)
            except Refused as refusal:
                raise ValidationError(str(refusal), code="refused") from refusal
        return file


class WrongRowsForm(forms.Form):
    """The rows of an upload that its page showed as wrong, by their numbers."""

    wrong = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_wrong(self) -> set[int]:
        typed = self.cleaned_data["wrong"]
        try:
            return {int(number) for number in typed.split(",") if number}
        except ValueError as error:
            raise ValidationError(_("Open the preview again.")) from error


class TableForm(WrongRowsForm):
    """A table that somebody wants read, perhaps of rows that mend another one."""

    beside = forms.UUIDField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label=_("Table"),
        help_text=_(
            "CSV or Excel workbook (.xlsx), with the headings of the template."
        ),
        widget=DraftInput(attrs={"accept": ACCEPT}),
    )

    def clean_file(self) -> Any:
        """Refuse what nobody will read, before it is kept."""
        file = self.cleaned_data["file"]
        try:
            files.ensure_size(file, settings.DOCUMENT_MAX_BYTES)
        except Refused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal
        return file


class CodedReasonForm(forms.Form):
    """A reason from the sponsor's list, with a note where the list asks for one."""

    topic: Topic
    reason = forms.ModelChoiceField(
        Reason.objects.none(), label=_("Reason"), empty_label=_("Choose a reason")
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "The other side reads the reason with its advice, and this note: "
            "say what exactly is missing and how to mend it."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = self.fields["reason"]
        assert isinstance(reasons, forms.ModelChoiceField)
        reasons.queryset = Reason.objects.usable_for(self.topic)

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        reason = self.cleaned_data.get("reason")
        if reason:
            try:
                reason.must_fit(self.topic, note)
            except Refused as refusal:
                raise ValidationError(str(refusal), code="refused") from refusal
        return note


def coded_reason(topic: Topic) -> type[CodedReasonForm]:
    """Return the form that asks for a reason of one topic.

    The service behind it takes ``reason: Reason, note: str`` and begins with
    ``reason.must_fit(topic, note)``.
    """
    return type(f"{topic.name.title()}ReasonForm", (CodedReasonForm,), {"topic": topic})

"""What a partner types of itself."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import ProfileDraft, Tag, TagKind
from enrollment.models.profiles import (
    LONGEST_DESCRIPTION,
    LONGEST_SKILL,
    MOST_LOCATIONS,
    MOST_SKILLS,
)
from enrollment.services import profiles
from portal import files
from portal.fields import LinkField
from portal.findings import Refused
from portal.models import Location
from portal.models.organizations import country_name

# What cannot be seen: control characters, and marks that turn the reading direction.
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
BETWEEN_SKILLS = re.compile("[,;\n，；、]")


def of_most(count: int, most: int) -> dict[str, str]:
    """Return a count and its limit as the reader writes numbers: 2,501 and 2,500."""
    return {
        "found": number_format(count, force_grouping=True),
        "most": number_format(most, force_grouping=True),
    }


class DescriptionField(forms.CharField):
    """Plain text; a browser is not told its limit, since it would cut silently."""

    widget = forms.Textarea(attrs={"rows": 12})

    def to_python(self, value: Any) -> str:
        """Count each end of a line once, as the database does."""
        lines = (super().to_python(value) or "").splitlines()
        return UNSEEN.sub("", "\n".join(line.rstrip() for line in lines))

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > LONGEST_DESCRIPTION:
            raise ValidationError(
                gettext("%(found)s of %(most)s characters: shorten the text.")
                % of_most(len(value), LONGEST_DESCRIPTION)
            )


class SkillsField(forms.CharField):
    """A few words each, between commas or on lines of their own."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        words = BETWEEN_SKILLS.split(super().clean(value))
        names = [" ".join(UNSEEN.sub(" ", word).split()) for word in words]
        skills = list({skill.casefold(): skill for skill in names if skill}.values())
        _ensure_few(skills)
        return skills


def _ensure_few(skills: list[str]) -> None:
    if len(skills) > MOST_SKILLS:
        raise ValidationError(
            gettext("%(found)s of %(most)s skills: keep the sharpest ones.")
            % of_most(len(skills), MOST_SKILLS)
        )
    long = next((skill for skill in skills if len(skill) > LONGEST_SKILL), None)
    if long:
        raise ValidationError(
            gettext("“%(skill)s” has %(found)s of %(most)s characters.")
            % {"skill": long, **of_most(len(long), LONGEST_SKILL)}
        )


@dataclass(frozen=True)
class StoredLogo:
    """The logo that the draft has, for the field to point to."""

    name: str
    url: str

    def __str__(self) -> str:
        return self.name


class LogoInput(forms.ClearableFileInput):
    """Shows the logo that is kept, and takes another one or none."""

    template_name = "enrollment/partials/logo_input.html"

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(*args, **kwargs)
        context["widget"]["initial_text"] = _("The logo of the draft")
        context["widget"]["clear_checkbox_label"] = _("Take the logo away")
        return context


class LogoField(forms.FileField):
    """A picture; what is wrong with another file stands beside the field."""

    stored_logo: StoredLogo | None = None
    widget = LogoInput(attrs={"accept": files.IMAGE_TYPES})

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file and file is not initial:
            try:
                files.drawn_anew(file, widest=profiles.WIDEST_LOGO)
            except Refused as refusal:
                raise ValidationError(str(refusal), code="refused") from refusal
        return file

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show what the draft has: an upload is kept there, or was refused."""
        return self.stored_logo


class SeveralField(forms.TypedMultipleChoiceField):
    """Checkboxes whose values are keys of rows."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, required=False, **kwargs)


class CountryOfProfileForm(forms.Form):
    """For which of the company's countries a profile is begun."""

    country = forms.ChoiceField(label=_("Country"))

    def __init__(self, *args: Any, countries: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, country_name(code)) for code in countries]


class ProfileForm(forms.Form):
    """What a partner says of itself to customers in one country."""

    description = DescriptionField(
        label=_("Description"),
        required=False,
        help_text=_(
            "At most 2,500 characters of plain text; needed before you publish. The"
            " first two lines stand in the directory. Name no other companies unless"
            " they belong to yours."
        ),
    )
    logo = LogoField(
        label=_("Logo"),
        required=False,
        help_text=_("At most 300 pixels wide and 600 high."),
    )
    website = LinkField(label=_("Website"))
    linkedin = LinkField(label=_("LinkedIn page"), site="linkedin.com")
    skills = SkillsField(
        label=_("Skills and solutions"),
        required=False,
        help_text=_(
            "Up to 10, each on a line of its own or after a comma. Customers find you"
            " by these words; fewer and sharper is better."
        ),
    )
    industry = SeveralField(label=_("Industries"))
    product = SeveralField(label=_("Products"))
    service = SeveralField(label=_("Types of service"))
    language = SeveralField(label=_("Languages"))
    size = SeveralField(label=_("Size of customers you work for"))
    locations = SeveralField(
        label=_("Locations"),
        help_text=_("Up to five. Each must stand in public records as yours."),
    )

    def __init__(
        self,
        *args: Any,
        draft: ProfileDraft,
        places: Iterable[Location],
        logo: StoredLogo | None,
        **kwargs: Any,
    ) -> None:
        tags = list(Tag.objects.all())
        kwargs["initial"] = self._initial(draft, tags, logo)
        super().__init__(*args, **kwargs)
        self.show_logo(logo)
        self._offer(
            "locations",
            [
                (place.pk, f"{place.name}, {place.street}, {place.city}")
                for place in places
            ],
        )
        for kind in TagKind:
            alike = [(tag.pk, str(tag)) for tag in tags if tag.kind == kind]
            self._offer(kind.value, alike)

    def _initial(
        self, draft: ProfileDraft, tags: list[Tag], logo: StoredLogo | None
    ) -> dict[str, Any]:
        words = {name: getattr(draft, name) for name in ProfileDraft.WORDS}
        tags_by_kind = {
            kind.value: [
                tag.pk for tag in tags if tag.kind == kind and tag.pk in draft.tags
            ]
            for kind in TagKind
        }
        return {**words, **tags_by_kind, "locations": draft.locations, "logo": logo}

    def show_logo(self, logo: StoredLogo | None) -> None:
        """Point to the logo that the draft has."""
        field = self.fields["logo"]
        assert isinstance(field, LogoField)
        field.stored_logo = logo

    def _offer(self, name: str, choices: list[tuple[int, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, SeveralField)
        field.choices = choices

    def clean_locations(self) -> list[int]:
        locations: list[int] = self.cleaned_data["locations"]
        if len(locations) > MOST_LOCATIONS:
            raise ValidationError(
                gettext("%(found)s of %(most)s locations: keep the most important.")
                % of_most(len(locations), MOST_LOCATIONS)
            )
        return locations

    def typed_draft(self) -> ProfileDraft:
        """Return what was typed, as a draft that is not kept yet."""
        data = self.cleaned_data
        return ProfileDraft(
            **{name: data[name] for name in ProfileDraft.WORDS},
            tags=[tag for kind in TagKind for tag in data[kind.value]],
            locations=data["locations"],
        )

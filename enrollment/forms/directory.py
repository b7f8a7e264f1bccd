"""What customers look for in the directory."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from enrollment.models import EngagementType, Tag, TagKind
from enrollment.models.directory import Circle
from enrollment.services.directory import DirectorySearch
from portal.models import Place
from portal.models.organizations import country_choices
from portal.places import cities_named, key_of

DISTANCES = [25, 50, 100, 250]
USUAL_DISTANCE = 50
MOST_WORDS = 8
# A choice of a whole offering is told from one of its types by this.
WHOLE = "offering:"
KINDS = {
    TagKind.INDUSTRY: _("Any industry"),
    TagKind.PRODUCT: _("Any product"),
    TagKind.SERVICE: _("Any type of service"),
    TagKind.LANGUAGE: _("Any language"),
    TagKind.SIZE: _("Any size"),
}


class SearchForm(forms.Form):
    """Every wish is optional; one that makes no sense leaves the others as they are."""

    q = forms.CharField(label=_("Name or words"), max_length=80, required=False)
    what = forms.ChoiceField(label=_("Engagement type"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    place = forms.CharField(label=_("City"), max_length=80, required=False)
    km = forms.TypedChoiceField(
        label=_("Distance from the city"),
        choices=[(distance, f"{distance} km") for distance in DISTANCES],
        coerce=int,
        required=False,
    )
    at = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict) -> None:
        # The usual distance stands in the list until another is chosen.
        super().__init__({"km": USUAL_DISTANCE, **data.dict()})
        self.cities: list[Place] = []
        self._choose("what", list(_engagements()))
        self._choose("country", [("", _("Any country")), *country_choices()])
        tags = Tag.objects.order_by("kind", "position", "name")
        self.tags: dict[str, list[Tag]] = {
            kind: list(alike) for kind, alike in groupby(tags, key=attrgetter("kind"))
        }
        for kind, anything in KINDS.items():
            known = [(tag.slug, str(tag)) for tag in self.tags.get(kind, [])]
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=[("", anything), *known], required=False
            )

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Find the city that was typed, first in the chosen country."""
        data = super().clean() or self.cleaned_data
        place, country = data.get("place", ""), data.get("country", "")
        if place:
            everywhere = list(cities_named(place))
            cities_of_country = [city for city in everywhere if city.country == country]
            self.cities = cities_of_country or everywhere
            self._prefer(data.get("at"))
            if not self.cities:
                self.add_error(
                    "place",
                    _(
                        "We do not know this city, or it has fewer than 15,000"
                        " inhabitants. Type a larger one nearby."
                    ),
                )
        return data

    def _prefer(self, pk: int | None) -> None:
        self.cities.sort(key=lambda city: city.pk != pk)

    @property
    def city(self) -> Place | None:
        """Return the city from which distances are measured."""
        return self.cities[0] if self.cities else None

    @property
    def has_more(self) -> bool:
        """Tell whether something is chosen among the wishes that few people have."""
        return any(self.cleaned_data.get(kind.value) for kind in KINDS)

    def directory_search(self) -> DirectorySearch:
        """Return the search that was asked for; what makes no sense is passed over."""
        self.full_clean()
        data = self.cleaned_data
        what = data.get("what", "")
        is_whole = what.startswith(WHOLE)
        return DirectorySearch(
            words=key_of(data.get("q", "")).split()[:MOST_WORDS],
            offering=what.removeprefix(WHOLE) if is_whole else "",
            engagement_type="" if is_whole else what,
            country=data.get("country", ""),
            tags=[tag.pk for tag in self._chosen_tags()],
            circle=self._circle(),
        )

    def _chosen_tags(self) -> Iterator[Tag]:
        for kind in KINDS:
            slug = self.cleaned_data.get(kind.value)
            alike = self.tags.get(kind, [])
            yield from (tag for tag in alike if tag.slug == slug)

    def _circle(self) -> Circle | None:
        if self.city is None:
            return None
        km = self.cleaned_data.get("km") or USUAL_DISTANCE
        return Circle(self.city.latitude, self.city.longitude, km)


def _engagements() -> Iterator[tuple[str, Any]]:
    """Return every engagement type under its offering, which is a choice too."""
    yield "", _("Any engagement type")
    types = EngagementType.objects.select_related("offering")
    in_order = types.order_by("offering__code", "name")
    for offering, alike in groupby(in_order, key=attrgetter("offering")):
        label = _("All of %(offering)s") % {"offering": offering.code}
        choices = [
            (engagement_type.slug, str(engagement_type)) for engagement_type in alike
        ]
        yield str(offering), [(f"{WHOLE}{offering.code}", label), *choices]
